/** Weights of linear layers on the device, in the order that the kernels read them. */
import { type LinearWeights, transposed } from '../metanets/linear-algebra';
import type { GpuLinear } from './dispatcher';
import type { GpuBuffers } from './gpu-buffers';

/** [inputs, outputs], inputs padded to a multiple of four. */
export function padded(layer: LinearWeights): { weights: Float32Array; bias: Float32Array } {
  const { bias, inputs, outputs } = layer;
  const weights = new Float32Array(Math.ceil(inputs / 4) * 4 * outputs);
  weights.set(transposed(layer));
  return { weights, bias: bias ?? new Float32Array(outputs) };
}

export function uploadLinear(buffers: GpuBuffers, label: string, layer: LinearWeights): GpuLinear {
  const { weights, bias } = padded(layer);
  return {
    weights: buffers.upload(`${label} weights`, weights),
    bias: buffers.upload(`${label} bias`, bias),
    inputs4: Math.ceil(layer.inputs / 4),
    outputs4: layer.outputs / 4,
  };
}
