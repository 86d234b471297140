/**
 * A small network on features of a whole network:
 *
 *   outputs = W3 h + b3,    h = σ(W2 σ(W1 z + b1) + b2),    z = (x − mean) / deviation, no further than CLIP from 0;  σ = SiLU
 *
 * training/metanets/feature_mlp.py is the same.
 */
import type { Checkpoint } from './checkpoint';
import { type LinearWeights, linear, silu } from './linear-algebra';
import { weightReader } from './weight-reader';

/** z goes no further from 0. */
export const CLIP = 8;

export interface FeatureMlpWeights {
  /** [features], of the networks that it has learned from. */
  readonly mean: Float32Array;
  readonly deviation: Float32Array;
  readonly first: LinearWeights;
  readonly second: LinearWeights;
  readonly output: LinearWeights;
}

/** What each layer computes, before its activation. */
export interface FeatureMlpSteps {
  readonly z: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** Looks up its weights under this name. Throws where one is missing or has another size. */
export function featureMlpWeights(checkpoint: Checkpoint, name: string, features: number): FeatureMlpWeights {
  const { take, linear, output } = weightReader(checkpoint);
  const width = checkpoint.tensors.get(`${name}.first.bias`)?.length ?? 0;
  return {
    mean: take(`${name}.mean`, features),
    deviation: take(`${name}.deviation`, features),
    first: linear(`${name}.first`, features, width),
    second: linear(`${name}.second`, width, width),
    output: output(`${name}.output`, width),
  };
}

export function featureMlpSteps(weights: FeatureMlpWeights, x: Float64Array): FeatureMlpSteps {
  const { mean, deviation } = weights;
  const z = x.map((value, k) => Math.min(CLIP, Math.max(-CLIP, (value - mean[k]) / deviation[k])));
  const first = Float64Array.from(linear(z, weights.first, 'float64'));
  const second = Float64Array.from(linear(first.map(silu), weights.second, 'float64'));
  return { z, first, second };
}

/** Outputs and h of the features, [features]. */
export function runFeatureMlp(
  weights: FeatureMlpWeights,
  x: Float64Array,
): { readonly outputs: Float64Array; readonly hidden: Float64Array } {
  const hidden = featureMlpSteps(weights, x).second.map(silu);
  return { outputs: Float64Array.from(linear(hidden, weights.output, 'float64')), hidden };
}
