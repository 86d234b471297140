/**
 * StatNN (Unterthiner et al., 2020) read by a multilayer perceptron:
 *
 *   z = φ₁(φ₀((features − mean) / deviation))        φ(x) = ReLU(LN(W x + b))        outputs = O·z
 *
 * Mean and deviation are those of the training networks' features.
 */
import type { Checkpoint } from '../checkpoint';
import type { MetanetInput } from '../input';
import { type Floats, type LinearWeights, type Precision, zeros } from '../linear-algebra';
import { type NormedLinearWeights, normedLinear, normedLinearWeights } from '../normed-linear';
import { type MetanetOutput, outputOf } from '../output';
import { weightReader } from '../weight-reader';
import { STATNN_FEATURES, statnnFeatures } from './features';

export interface StatNNWeights {
  /** [STATNN_FEATURES] */
  readonly mean: Float32Array;
  readonly deviation: Float32Array;
  readonly hidden: readonly NormedLinearWeights[];
  readonly output: LinearWeights;
}

/** Looks up every weight of a checkpoint. Throws where one is missing or has another size. */
export function statNNWeights(checkpoint: Checkpoint): StatNNWeights {
  const { width } = checkpoint.card.config;
  const reader = weightReader(checkpoint);
  return {
    mean: reader.take('features_mean', STATNN_FEATURES),
    deviation: reader.take('features_deviation', STATNN_FEATURES),
    hidden: [STATNN_FEATURES, width].map((inputs, k) =>
      normedLinearWeights(reader, `hidden.${k}`, inputs, width),
    ),
    output: reader.output('output', width),
  };
}

/** Runs the metanet on one input network. */
export function runStatNN(
  { mean, deviation, hidden, output }: StatNNWeights,
  input: MetanetInput,
  { precision = 'float32' }: { precision?: Precision } = {},
): MetanetOutput {
  const features = statnnFeatures(input);
  let embedding: Floats = zeros(features.length, precision);
  embedding.set(features.map((feature, k) => (feature - mean[k]) / deviation[k]));
  for (const layer of hidden) embedding = normedLinear(embedding, layer, precision);
  return outputOf(embedding, output);
}
