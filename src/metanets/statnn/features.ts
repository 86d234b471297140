/**
 * The statistics that StatNN reads (Unterthiner et al., "Predicting Neural Network Accuracy from Weights", 2020): of every
 * tensor mean, variance, and quantiles as numpy interpolates them. They do not know which weight belongs to which neuron.
 *
 * The paper's networks all have the same layers. Here they do not: tensors are aligned from the front and from the back, and
 * averaged. Weights come first, then vectors (biases, norms), each as
 *
 *   [first SLOTS tensors, last SLOTS tensors, mean over all tensors, how many there are]     zeros where there are fewer
 */
import { isWeightBlock } from '../../graph';
import type { MetanetInput } from '../input';
import { holdsParameters } from '../parameters';

const SLOTS = 4;
const QUANTILES = [0, 0.25, 0.5, 0.75, 1];
const STATISTICS = 2 + QUANTILES.length;
export const STATNN_FEATURES = 2 * ((2 * SLOTS + 1) * STATISTICS + 1);

/** Mean, variance and quantiles of the values of one tensor: [STATISTICS] */
export function statnnStatistics(values: Float32Array): number[] {
  const ordered = values.toSorted();
  const count = values.length;
  let [mean, variance] = [0, 0];
  for (const value of values) mean += value / count;
  for (const value of values) variance += (value - mean) ** 2 / count;
  const quantiles = QUANTILES.map((share) => {
    const place = share * (count - 1);
    const below = Math.floor(place);
    const [low, high] = [ordered[below], ordered[Math.min(below + 1, count - 1)]];
    return low + (high - low) * (place - below);
  });
  return [mean, variance, ...quantiles];
}

function aligned(rows: readonly number[][]): number[] {
  const nothing = Array.from({ length: SLOTS }, () => new Array<number>(STATISTICS).fill(0));
  const mean = nothing[0].map((_, k) => rows.reduce((sum, row) => sum + row[k] / rows.length, 0));
  const slots = [...[...rows, ...nothing].slice(0, SLOTS), ...[...nothing, ...rows].slice(-SLOTS)];
  return [...slots.flat(), ...mean, rows.length];
}

/** [STATNN_FEATURES] */
export function statnnFeatures({ graph, values }: MetanetInput): Float64Array {
  const weights: number[][] = [];
  const vectors: number[][] = [];
  graph.blocks.forEach((block, index) => {
    if (holdsParameters(block))
      (isWeightBlock(block) ? weights : vectors).push(statnnStatistics(values[index]));
  });
  return Float64Array.from([...aligned(weights), ...aligned(vectors)]);
}
