export { type BandThread, OwnThread, runGmnOnCpu } from './cpu/gmn-cpu';
export { type Gpu, NO_GPU_SENTENCES, type NoGpuReason, openGpu } from './device';
export { GmnProgram } from './gmn-program';
export { GpuError, GraphTooLargeError } from './gpu-error';
export type { RunOptions } from './run-options';
