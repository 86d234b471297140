/** Runs that may take more memory than the graphics device has. */
import { GraphTooLargeError } from './gpu-error';

const OUT_OF_MEMORY =
  'The graphics device ran out of memory on this network. Close other tabs that use it, or open a smaller network.';

/** The last run of each device. */
const last = new WeakMap<GPUDevice, Promise<unknown>>();

/**
 * Throws GraphTooLargeError where the device had no room for what `run` allocates. Runs of one device follow each other: error scopes
 * are a stack, and each run may take the whole budget of memory.
 */
export async function refuseOutOfMemory<T>(device: GPUDevice, run: () => Promise<T>): Promise<T> {
  const own = (last.get(device) ?? Promise.resolve()).then(() => runInScope(device, run));
  last.set(
    device,
    own.catch(() => undefined),
  );
  return await own;
}

async function runInScope<T>(device: GPUDevice, run: () => Promise<T>): Promise<T> {
  device.pushErrorScope('out-of-memory');
  let isScopeOpen = true;
  try {
    const result = await run();
    isScopeOpen = false;
    if (await device.popErrorScope()) throw new GraphTooLargeError(OUT_OF_MEMORY);
    return result;
  } finally {
    // On a device that is gone there is nothing to pop.
    if (isScopeOpen) device.popErrorScope().catch(() => undefined);
  }
}
