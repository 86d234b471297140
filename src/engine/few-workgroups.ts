/** For tests: what only the largest graphs need, on small ones. */
const FEW = 3;

/** From now on dispatches are laid out as if one dimension held three workgroups. Returns what undoes that. */
export function allowFewWorkgroups(device: GPUDevice): () => void {
  const limits = new Proxy(device.limits, {
    get: (all, key) => (key === 'maxComputeWorkgroupsPerDimension' ? FEW : Reflect.get(all, key, all)),
  });
  Object.defineProperty(device, 'limits', { value: limits, configurable: true });
  return () => Reflect.deleteProperty(device, 'limits');
}
