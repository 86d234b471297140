/** What the GPU cannot do, or failed to do: what, where, what to do. */
export class GpuError extends Error {
  override readonly name = 'GpuError';
}

/** A network whose states do not fit. */
export class GraphTooLargeError extends Error {
  override readonly name = 'GraphTooLargeError';
}
