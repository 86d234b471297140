export { type Gpu, NO_GPU_SENTENCES, type NoGpuReason, openGpu } from './device';
export { GmnProgram, type RunOptions } from './gmn-program';
export { GpuError, GraphTooLargeError } from './gpu-error';
