/**
 * The one place where a GPU device is made: the ladder of reasons why there may be none, and what becomes of errors.
 */
import { GpuError } from './gpu-error';

export type NoGpuReason =
  | 'insecureContext'
  | 'noWebGpu'
  | 'noAdapter'
  | 'deviceRefused'
  | 'softwareAdapter'
  | 'deviceLost'
  | 'turnedOff';

/** Each rung in plain words: what is missing, and what one may do about it. */
export const NO_GPU_SENTENCES: Readonly<Record<NoGpuReason, string>> = {
  insecureContext: 'WebGPU needs a secure page: open this one through https or localhost.',
  noWebGpu: 'This browser has no WebGPU.',
  noAdapter:
    'This browser has WebGPU but offers no graphics adapter (drivers, or hardware acceleration turned off).',
  deviceRefused: 'The graphics adapter was found and refused to make a device.',
  deviceLost: 'The graphics device was lost and could not be made again.',
  softwareAdapter:
    'The only graphics adapter here is software, and WebAssembly is faster on the same processor.',
  turnedOff: 'The GPU was turned off for this page.',
};

export interface Gpu {
  readonly device: GPUDevice;
  /** As the browser describes the adapter; browsers may leave it vague. */
  readonly description: string;
  /** A software adapter: it computes the same, slowly. */
  readonly isSoftware: boolean;
  /** Resolves when the device is gone, whatever took it. */
  readonly lost: Promise<unknown>;
}

/** Limits that decide how large a graph fits; the adapter's own are asked for, the rest stay at WebGPU's defaults. */
const WANTED_LIMITS = ['maxStorageBufferBindingSize', 'maxBufferSize'] as const;

/** Opens a device, or says why there is none. Errors that no one awaits go to `onError`. */
export async function openGpu(onError: (error: GpuError) => void): Promise<Gpu | NoGpuReason> {
  if (!globalThis.isSecureContext) return 'insecureContext';
  if (!('gpu' in navigator) || !navigator.gpu) return 'noWebGpu';
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) return 'noAdapter';
  const requiredLimits = Object.fromEntries(WANTED_LIMITS.map((limit) => [limit, adapter.limits[limit]]));
  let device: GPUDevice;
  try {
    device = await adapter.requestDevice({ label: 'metanet', requiredLimits });
  } catch {
    return 'deviceRefused'; // the browser's own message says no more than that
  }
  device.addEventListener('uncapturederror', ({ error }) => onError(new GpuError(error.message)));
  const { vendor, architecture, description } = adapter.info;
  const text = description || [vendor, architecture].filter(Boolean).join(' ') || 'unnamed adapter';
  return {
    device,
    description: text,
    lost: device.lost,
    isSoftware: adapter.info.isFallbackAdapter || /swiftshader|llvmpipe/i.test(text),
  };
}
