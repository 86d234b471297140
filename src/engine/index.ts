export { type Gpu, NO_GPU_SENTENCES, type NoGpuReason, openGpu } from './device';
export { GmnProgram } from './gmn-program';
export type { RunOptions } from './gmn-run';
export { GpuError, GraphTooLargeError } from './gpu-error';
