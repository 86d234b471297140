/**
 * How the weights of a network are arranged: what training leaves in them and a random order takes away. Statistics of single
 * weights, StatNN's, are the same for a network whose weights have been shuffled.
 *
 * For each weight tensor w[target, source, tap] and each way to divide its entries into groups of n (by target, by source, by pair
 * of both, by tap), F ratios of an analysis of variance (Fisher, 1925), of the weights and of their squares:
 *
 *   log( n · Var over groups of (mean over the group) / Var of all )
 *
 * which is about 0 for weights in random order, and stands at 0 where there is nothing to divide. Per network the mean, the
 * largest and the smallest over its tensors, and those of the first and of the last. training/metanets/arrangement.py is the same.
 */
import { isWeightBlock, sourcesPerTarget } from '../graph';
import type { MetanetInput } from './input';

/** Tensors with fewer weights say little. */
const LEAST_WEIGHTS = 64;
const RATIOS = 8;
export const ARRANGEMENT_FEATURES = 5 * RATIOS;

/** Sums of squares over the groups of a division, made into the F ratio's logarithm. `size`: numbers in each group. */
function logRatio(squares: number, groups: number, size: number, variance: number): number {
  const between = squares / groups / size;
  return groups > 1 && size > 1 && between > 0 && variance > 0 ? Math.log(between / variance) : 0;
}

const sumOfSquares = (sums: Float64Array) => sums.reduce((total, sum) => total + sum * sum, 0);

/** Ratios by target, source, pair and tap, of the weights or of their squares: one pass for their mean, one for everything else. */
function ratiosOf(
  values: Float32Array,
  [targets, sources, taps]: readonly [number, number, number],
  areSquared: boolean,
  isWhole: boolean,
): number[] {
  const count = values.length;
  let total = 0;
  for (let k = 0; k < count; k++) total += areSquared ? values[k] * values[k] : values[k];
  const mean = total / count;
  const bySource = new Float64Array(sources);
  const byTap = new Float64Array(taps);
  let [ofTargets, ofPairs, squares, index] = [0, 0, 0, 0];
  for (let target = 0; target < targets; target++) {
    let ofTarget = 0;
    for (let source = 0; source < sources; source++) {
      let ofPair = 0;
      for (let tap = 0; tap < taps; tap++) {
        const value = values[index++];
        const deviation = (areSquared ? value * value : value) - mean;
        squares += deviation * deviation;
        ofPair += deviation;
        byTap[tap] += deviation;
      }
      ofTarget += ofPair;
      ofPairs += ofPair * ofPair;
      bySource[source] += ofPair;
    }
    ofTargets += ofTarget * ofTarget;
  }
  const variance = squares / count;
  return [
    logRatio(ofTargets, targets, sources * taps, variance),
    isWhole ? logRatio(sumOfSquares(bySource), sources, targets * taps, variance) : 0,
    logRatio(ofPairs, targets * sources, taps, variance),
    logRatio(sumOfSquares(byTap), taps, targets * sources, variance),
  ];
}

/** [ARRANGEMENT_FEATURES] */
export function arrangement({ graph, values }: MetanetInput): Float64Array {
  const rows: number[][] = [];
  graph.blocks.forEach((block, index) => {
    if (!isWeightBlock(block) || values[index].length < LEAST_WEIGHTS) return;
    const sources = sourcesPerTarget(block, graph.groups);
    const shape = [block.pairCount / sources, sources, block.taps] as const;
    // In parts of its own, every target has other sources.
    const isWhole = block.groups === 1;
    rows.push([false, true].flatMap((areSquared) => ratiosOf(values[index], shape, areSquared, isWhole)));
  });
  if (rows.length === 0) return new Float64Array(ARRANGEMENT_FEATURES);
  const column = (k: number) => rows.map((row) => row[k]);
  const over = (summary: (numbers: number[]) => number) =>
    Array.from({ length: RATIOS }, (_, k) => summary(column(k)));
  return Float64Array.from([
    ...over((numbers) => numbers.reduce((sum, x) => sum + x / numbers.length, 0)),
    ...over((numbers) => Math.max(...numbers)),
    ...over((numbers) => Math.min(...numbers)),
    ...rows[0],
    ...rows[rows.length - 1],
  ]);
}
