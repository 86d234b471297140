/** For tests: what only the largest graphs need, on small ones. */
const FEW = 3;

/** What a run gives while its dispatches are laid out as if one dimension held three workgroups. */
export async function withFewWorkgroups<T>(device: GPUDevice, run: () => Promise<T>): Promise<T> {
  const limits = new Proxy(device.limits, {
    get: (all, key) => (key === 'maxComputeWorkgroupsPerDimension' ? FEW : Reflect.get(all, key, all)),
  });
  Object.defineProperty(device, 'limits', { value: limits, configurable: true });
  try {
    return await run();
  } finally {
    Reflect.deleteProperty(device, 'limits');
  }
}
