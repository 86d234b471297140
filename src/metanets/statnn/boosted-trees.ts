/**
 * StatNN (Unterthiner et al., 2020) read by gradient-boosted trees, as scikit-learn fits them (training/metanets/train_trees.py):
 *
 *   accuracy = initial + rate · Σ over trees of the value of the leaf that the features lead to
 *
 * From a node the way goes left where feature ≤ threshold. Both are float32, as scikit-learn compares them.
 */
import type { Checkpoint } from '../checkpoint';
import type { MetanetInput } from '../input';
import type { MetanetOutput } from '../output';
import { weightReader } from '../weight-reader';
import { STATNN_FEATURES, statnnFeatures } from './features';

/** Predicted accuracies are kept within these, so that they have a logit. */
const LEAST_ACCURACY = 0.001;
const MOST_ACCURACY = 0.999;

export interface BoostedTreesWeights {
  readonly initial: number;
  readonly rate: number;
  /** [trees]: the first node of each. */
  readonly roots: Float32Array;
  /** [nodes]; −1 for a leaf, which has a value and no children. */
  readonly feature: Float32Array;
  readonly threshold: Float32Array;
  readonly left: Float32Array;
  readonly right: Float32Array;
  readonly value: Float32Array;
  /** [STATNN_FEATURES], of the training networks. */
  readonly mean: Float32Array;
  readonly deviation: Float32Array;
}

/** Looks up all tensors of a checkpoint. Throws where one is missing or has another size. */
export function boostedTreesWeights(checkpoint: Checkpoint): BoostedTreesWeights {
  const { trees, initial, rate } = checkpoint.card.config;
  const { take } = weightReader(checkpoint);
  const nodes = checkpoint.tensors.get('feature')?.length ?? 0;
  return {
    initial,
    rate,
    roots: take('root', trees),
    feature: take('feature', nodes),
    threshold: take('threshold', nodes),
    left: take('left', nodes),
    right: take('right', nodes),
    value: take('value', nodes),
    mean: take('features_mean', STATNN_FEATURES),
    deviation: take('features_deviation', STATNN_FEATURES),
  };
}

/** Runs the trees on one input network. The embedding is the standardised features, whatever the trees make of them. */
export function runBoostedTrees(weights: BoostedTreesWeights, input: MetanetInput): MetanetOutput {
  const { initial, rate, roots, feature, threshold, left, right, value, mean, deviation } = weights;
  const features = statnnFeatures(input);
  const rounded = Float32Array.from(features);
  let sum = 0;
  for (const root of roots) {
    let node = root;
    while (feature[node] >= 0) node = rounded[feature[node]] <= threshold[node] ? left[node] : right[node];
    sum += value[node];
  }
  const accuracy = Math.min(Math.max(initial + rate * sum, LEAST_ACCURACY), MOST_ACCURACY);
  return {
    outputs: Float64Array.of(Math.log(accuracy / (1 - accuracy))),
    embedding: features.map((x, k) => (x - mean[k]) / deviation[k]),
  };
}
