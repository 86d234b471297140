/**
 * F ratios of an analysis of variance (Fisher, 1925): do the means of groups of weights differ by more than by chance?
 *
 * With d the deviations of the numbers x from their mean, and D_g their sum in group g, of n numbers each:
 *   R = log( Σ_g D_g² / (groups · n) / (Σ d² / count) )
 *   ∂R/∂x_i = 2 · (D_g(i) / Σ D² − d_i / Σ d²)         where x = w², times ∂x/∂w = 2w
 */
import { sumOfSquares } from './correlation';
import type { Weights } from './weights';

/** A way to divide the weights into groups of `size`: sum of squares over the groups. */
interface Division {
  readonly squares: number;
  readonly groups: number;
  readonly size: number;
}

/** What the ratios are made of: one pass for the mean, one for everything else. */
interface Sums {
  readonly mean: number;
  /** Of the deviations' squares. */
  readonly squares: number;
  readonly bySource: Float64Array;
  readonly byTap: Float64Array;
  /** By target, source, pair and tap. */
  readonly divisions: readonly Division[];
}

function sumsOf({ values, targets, sources, taps, isWhole }: Weights, areSquared: boolean): Sums {
  const count = values.length;
  // As differences from the first: those of equal numbers are 0, and so are their deviations.
  const first = areSquared ? values[0] * values[0] : values[0];
  let total = 0;
  for (let k = 0; k < count; k++) total += (areSquared ? values[k] * values[k] : values[k]) - first;
  const mean = first + total / count;
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
  const divisions = [
    { squares: ofTargets, groups: targets, size: sources * taps },
    { squares: sumOfSquares(bySource), groups: isWhole ? sources : 0, size: targets * taps },
    { squares: ofPairs, groups: targets * sources, size: taps },
    { squares: sumOfSquares(byTap), groups: taps, size: targets * sources },
  ];
  return { mean, squares, bySource, byTap, divisions };
}

/** Means of one group, of single numbers, or without any difference have no ratio. */
const hasRatio = ({ squares, groups, size }: Division, variance: number) =>
  groups > 1 && size > 1 && squares / groups / size > 0 && variance > 0;

/** [4]: by target, source, pair and tap, of the weights or of their squares. */
export function fRatios(weights: Weights, areSquared: boolean): number[] {
  const { squares, divisions } = sumsOf(weights, areSquared);
  const variance = squares / weights.values.length;
  return divisions.map((division) =>
    hasRatio(division, variance)
      ? Math.log(division.squares / division.groups / division.size / variance)
      : 0,
  );
}

/** Adds the gradient of all weights, from the slopes [4] of the ratios. */
export function addFRatiosGradient(
  to: Float64Array,
  weights: Weights,
  areSquared: boolean,
  slopes: readonly number[],
): void {
  const { values, targets, sources, taps } = weights;
  const { mean, squares, bySource, byTap, divisions } = sumsOf(weights, areSquared);
  const variance = squares / values.length;
  if (!(variance > 0)) return;
  // What the sum of each group is multiplied with, and the deviation itself.
  const ofSums = divisions.map((division, k) =>
    hasRatio(division, variance) ? (2 * slopes[k]) / division.squares : 0,
  );
  const own = divisions.reduce((sum, division, k) => sum + (ofSums[k] * division.squares) / squares, 0);
  const [ofTarget, ofSource, ofPair, ofTap] = ofSums;
  const byPair = new Float64Array(sources);
  for (let target = 0; target < targets; target++) {
    const first = target * sources * taps;
    let sum = 0;
    for (let source = 0, index = first; source < sources; source++) {
      byPair[source] = 0;
      for (let tap = 0; tap < taps; tap++, index++)
        byPair[source] += (areSquared ? values[index] * values[index] : values[index]) - mean;
      sum += byPair[source];
    }
    for (let source = 0, index = first; source < sources; source++) {
      const ofGroups = ofTarget * sum + ofSource * bySource[source] + ofPair * byPair[source];
      for (let tap = 0; tap < taps; tap++, index++) {
        const value = values[index];
        const deviation = (areSquared ? value * value : value) - mean;
        const slope = ofGroups + ofTap * byTap[tap] - own * deviation;
        to[index] += areSquared ? 2 * value * slope : slope;
      }
    }
  }
}
