export { type BandThread, OwnThread } from './cpu/band-thread';
export { runGmnOnCpu } from './cpu/gmn-cpu';
export { type Gpu, NO_GPU_SENTENCES, type NoGpuReason, openGpu } from './device';
// The program and its kernels are loaded by whoever has a GPU: import('../engine/gmn-program').
export type { GmnProgram } from './gmn-program';
export { GpuError, GraphTooLargeError } from './gpu-error';
export { gradientOnCpu } from './gradient/gradient-cpu';
export type { RunOptions } from './run-options';
export { traceOnCpu } from './trace/trace-cpu';
