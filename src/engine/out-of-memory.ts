/** Runs that may take more memory than the graphics device has. */
import { GraphTooLargeError } from './gpu-error';

const OUT_OF_MEMORY =
  'The graphics device ran out of memory on this network. Close other tabs that use it, or open a smaller network.';

/** Throws GraphTooLargeError where the device had no room for what `run` allocates. */
export async function refuseOutOfMemory<T>(device: GPUDevice, run: () => Promise<T>): Promise<T> {
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
