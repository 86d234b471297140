/**
 * What is drawn of an edge block: one signed strength per pair of nodes, all of them or the strongest.
 */
import type { BlockShape } from '../graph';

/** Blocks with more pairs than this are pictured by their strongest ones, until more are asked for. */
const MAX_PICTURED_PAIRS = 24_000;
const STRONGEST = 3_000;

export interface BlockPicture {
  /** Pairs within the block, weakest first, so that the strongest are drawn on top. */
  readonly pairs: Uint32Array;
  /** Euclidean length of a pair's taps, with the sign of their sum; one per entry of `pairs`. */
  readonly strengths: Float32Array;
  /** Over all pairs of the block. */
  readonly rootMeanSquare: number;
  readonly strongest: number;
  /** Share of the pairs whose sign is positive. */
  readonly positiveShare: number;
}

/** Signed strength of every pair: [pairCount]. What is not finite has none, and is not drawn. */
export function pairStrengths(block: BlockShape, values: Float32Array): Float32Array {
  const strengths = new Float32Array(block.pairCount);
  for (let pair = 0; pair < block.pairCount; pair++) {
    let [sum, squares] = [0, 0];
    for (let tap = pair * block.taps; tap < (pair + 1) * block.taps; tap++) {
      sum += values[tap];
      squares += values[tap] * values[tap];
    }
    strengths[pair] = Number.isFinite(squares) ? Math.sqrt(squares) * (sum < 0 ? -1 : 1) : 0;
  }
  return strengths;
}

/** The smallest magnitude among the `count` largest, found on a sample: exactness does not show in a picture. */
function thresholdFor(strengths: Float32Array, count: number): number {
  const stride = Math.max(1, Math.floor(strengths.length / 50_000));
  const sample = Float32Array.from({ length: Math.floor(strengths.length / stride) }, (_, index) =>
    Math.abs(strengths[index * stride]),
  ).sort();
  return sample[Math.max(0, Math.floor(sample.length * (1 - count / strengths.length)))];
}

/** The strongest pairs of a block: at least `wanted` of them, where that is given and the block has as many. */
export function blockPicture(block: BlockShape, values: Float32Array, wanted?: number): BlockPicture {
  const strengths = pairStrengths(block, values);
  let [squares, strongest, positive] = [0, 0, 0];
  for (const strength of strengths) {
    squares += strength * strength;
    strongest = Math.max(strongest, Math.abs(strength));
    if (strength >= 0) positive++;
  }
  const few = wanted ?? (strengths.length > MAX_PICTURED_PAIRS ? STRONGEST : strengths.length);
  const threshold = few < strengths.length ? thresholdFor(strengths, few) : -1;
  const above: number[] = [];
  for (let pair = 0; pair < strengths.length; pair++)
    if (Math.abs(strengths[pair]) >= threshold) above.push(pair);
  // Where many are equally strong, take some from everywhere, not the first ones.
  const stride = threshold < 0 ? 1 : Math.max(1, above.length / (2 * few));
  const chosen = Array.from(
    { length: Math.floor(above.length / stride) },
    (_, index) => above[Math.floor(index * stride)],
  );
  chosen.sort((a, b) => Math.abs(strengths[a]) - Math.abs(strengths[b]));
  return {
    pairs: Uint32Array.from(chosen),
    strengths: Float32Array.from(chosen, (pair) => strengths[pair]),
    rootMeanSquare: Math.sqrt(squares / Math.max(1, strengths.length)),
    strongest,
    positiveShare: positive / Math.max(1, strengths.length),
  };
}
