/**
 * ReLU(LN(W x + b)): the layer that DeepSets, DMC and StatNN are made of. LN with scale and shift.
 */
import { type Floats, type LinearWeights, layerNorm, linear, type Precision, relu } from './linear-algebra';
import type { WeightReader } from './weight-reader';

export interface NormedLinearWeights {
  readonly linear: LinearWeights;
  /** [outputs] */
  readonly scale: Float32Array;
  readonly shift: Float32Array;
}

export function normedLinearWeights(
  { linear, take }: WeightReader,
  name: string,
  inputs: number,
  outputs: number,
): NormedLinearWeights {
  return {
    linear: linear(`${name}.linear`, inputs, outputs),
    scale: take(`${name}.norm.weight`, outputs),
    shift: take(`${name}.norm.bias`, outputs),
  };
}

/** [rows, inputs] to [rows, outputs] */
export function normedLinear(x: Floats, weights: NormedLinearWeights, precision: Precision): Floats {
  const { scale, shift } = weights;
  const normed = layerNorm(linear(x, weights.linear, precision), scale, scale.length, precision);
  return normed.map((value, i) => relu(value + shift[i % shift.length]));
}
