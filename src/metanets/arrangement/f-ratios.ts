/** F ratios of an analysis of variance (Fisher, 1925): do the means of groups of weights differ by more than by chance? */
import type { Weights } from './weights';

/** Sums of squares over the groups of a division, made into the F ratio's logarithm. `size`: numbers in each group. */
function logRatio(squares: number, groups: number, size: number, variance: number): number {
  const between = squares / groups / size;
  return groups > 1 && size > 1 && between > 0 && variance > 0 ? Math.log(between / variance) : 0;
}

const sumOfSquares = (sums: Float64Array) => sums.reduce((total, sum) => total + sum * sum, 0);

/** [4]: by target, source, pair and tap, of the weights or of their squares: one pass for their mean, one for everything else. */
export function fRatios({ values, targets, sources, taps, isWhole }: Weights, areSquared: boolean): number[] {
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
