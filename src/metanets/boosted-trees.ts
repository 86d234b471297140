/**
 * Statistics of a network's weights read by gradient-boosted trees, as scikit-learn fits them (training/metanets/train_trees.py):
 *
 *   accuracy = initial + rate · Σ over trees of the value of the leaf that the features lead to
 *
 * From a node the way goes left where feature ≤ threshold. Both are float32, as scikit-learn compares them.
 */
import { ARRANGEMENT_FEATURES, arrangement } from './arrangement';
import type { Checkpoint } from './checkpoint';
import type { MetanetInput } from './input';
import type { MetanetOutput } from './output';
import { STATNN_FEATURES, statnnFeatures } from './statnn';
import { weightReader } from './weight-reader';

/** What trees read: how many numbers, and how they are formed. */
export interface Statistics {
  readonly count: number;
  readonly of: (input: MetanetInput) => Float64Array;
}

/** StatNN's (Unterthiner et al., 2020), of single weights; and our own, of how weights are arranged: spectra, Gram matrices. */
export const STATNN: Statistics = { count: STATNN_FEATURES, of: statnnFeatures };
export const SPECTRAL_STATNN: Statistics = { count: ARRANGEMENT_FEATURES, of: arrangement };

/** Predicted accuracies are kept within these, so that they have a logit. */
const LEAST_ACCURACY = 0.001;
const MOST_ACCURACY = 0.999;

/** In place of a feature. */
const LEAF = 255;

export interface BoostedTreesWeights {
  readonly statistics: Statistics;
  readonly initial: number;
  readonly rate: number;
  /** [trees]: the first node of each. */
  readonly roots: Float32Array;
  /** [nodes], LEAF for a leaf. A node's left child follows it. */
  readonly feature: Float32Array;
  /** [nodes]: the threshold, or a leaf's value. */
  readonly number: Float32Array;
  /** [nodes]: how far behind it its right child stands. */
  readonly toRight: Float32Array;
  /** [statistics.count], of the training networks. */
  readonly mean: Float32Array;
  readonly deviation: Float32Array;
}

/** Looks up all tensors of a checkpoint. Throws where one is missing or has another size. */
export const boostedTreesWeights =
  (statistics: Statistics) =>
  (checkpoint: Checkpoint): BoostedTreesWeights => {
    const { trees, initial, rate } = checkpoint.card.config;
    const { take } = weightReader(checkpoint);
    const nodes = checkpoint.tensors.get('feature')?.length ?? 0;
    return {
      statistics,
      initial,
      rate,
      roots: take('root', trees),
      feature: take('feature', nodes),
      number: take('number', nodes),
      toRight: take('to_right', nodes),
      mean: take('features_mean', statistics.count),
      deviation: take('features_deviation', statistics.count),
    };
  };

/** Runs the trees on one input network. The embedding is the standardised features, whatever the trees make of them. */
export function runBoostedTrees(weights: BoostedTreesWeights, input: MetanetInput): MetanetOutput {
  const { initial, rate, roots, feature, number, toRight, mean, deviation } = weights;
  const features = weights.statistics.of(input);
  const rounded = Float32Array.from(features);
  let sum = 0;
  for (const root of roots) {
    let node = root;
    while (feature[node] !== LEAF) node += rounded[feature[node]] <= number[node] ? 1 : toRight[node];
    sum += number[node];
  }
  const accuracy = Math.min(Math.max(initial + rate * sum, LEAST_ACCURACY), MOST_ACCURACY);
  return {
    outputs: Float64Array.of(Math.log(accuracy / (1 - accuracy))),
    embedding: features.map((x, k) => (x - mean[k]) / deviation[k]),
  };
}
