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

/** Sums over the groups of one division, of numbers as far as they are from their mean. */
class Division {
  readonly #sums: Float64Array;

  constructor(readonly groups: number) {
    this.#sums = new Float64Array(groups);
  }

  add(group: number, deviation: number): void {
    this.#sums[group] += deviation;
  }

  /** `size`: numbers in each group. `variance`: of all. */
  logRatio(size: number, variance: number): number {
    let squares = 0;
    for (const sum of this.#sums) squares += (sum / size) ** 2;
    const between = (squares / this.groups) * size;
    return this.groups > 1 && size > 1 && between > 0 && variance > 0 ? Math.log(between / variance) : 0;
  }
}

/** Ratios by target, source, pair and tap, of the weights or of their squares. */
function ratiosOf(
  values: Float32Array,
  [targets, sources, taps]: readonly [number, number, number],
  areSquared: boolean,
  isWhole: boolean,
): number[] {
  const count = values.length;
  const of = (value: number) => (areSquared ? value * value : value);
  let mean = 0;
  for (const value of values) mean += of(value) / count;
  const byTarget = new Division(targets);
  const bySource = new Division(sources);
  const byPair = new Division(targets * sources);
  const byTap = new Division(taps);
  let [variance, index] = [0, 0];
  for (let target = 0; target < targets; target++) {
    for (let source = 0; source < sources; source++) {
      for (let tap = 0; tap < taps; tap++) {
        const deviation = of(values[index++]) - mean;
        variance += deviation ** 2 / count;
        byTarget.add(target, deviation);
        bySource.add(source, deviation);
        byPair.add(target * sources + source, deviation);
        byTap.add(tap, deviation);
      }
    }
  }
  return [
    byTarget.logRatio(sources * taps, variance),
    isWhole ? bySource.logRatio(targets * taps, variance) : 0,
    byPair.logRatio(taps, variance),
    byTap.logRatio(targets * sources, variance),
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
    const isWhole = block.pattern !== 'diagonal' && block.groups === 1;
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
