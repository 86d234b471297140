/**
 * A power law fitted to the tail of a spectrum, as WeightWatcher does it (Martin, Peng and Mahoney, 2021; Clauset, Shalizi
 * and Newman, 2009): for every possible start of the tail the exponent of largest likelihood; the start whose fitted
 * distribution is nearest to the data (Kolmogorov and Smirnov) wins.
 */

export interface PowerLaw {
  /** p(x) ∝ x^−alpha for x ≥ start. */
  readonly alpha: number;
  readonly start: number;
  /** Largest distance of the two distribution functions: 0 for a perfect fit. */
  readonly distance: number;
}

/** With fewer values than this, the exponent's known bias is taken off, and a tail has at least LEAST_TAIL values. */
const SMALL = 20;
export const LEAST_TAIL = 8;

/** Fits ascending, positive values; undefined where there are too few, or all tails are one value. */
export function fitPowerLaw(values: Float64Array): PowerLaw | undefined {
  const { length } = values;
  if (length < LEAST_TAIL) return undefined;
  const isSmall = length < SMALL;
  const logs = values.map(Math.log);
  let best: PowerLaw | undefined;
  // The sum of logarithms from `first` on is made from the end.
  let sum = logs[length - 1];
  for (let first = length - 2; first >= 0; first--) {
    sum += logs[first];
    const count = length - first;
    const spread = sum - count * logs[first];
    if (!(spread > 0) || (isSmall && count < LEAST_TAIL)) continue;
    const alpha = 1 + (isSmall ? count - 1 : count) / spread;
    const distance = largestDistance(logs, first, alpha, best?.distance ?? 1);
    // WeightWatcher takes the first of equals.
    if (distance <= (best?.distance ?? 1)) best = { alpha, start: values[first], distance };
  }
  return best;
}

/** Stops as soon as it is farther than `bound`. */
function largestDistance(logs: Float64Array, first: number, alpha: number, bound: number): number {
  const count = logs.length - first;
  let distance = 0;
  for (let index = 0; index < count; index++) {
    const fitted = 1 - Math.exp((1 - alpha) * (logs[first + index] - logs[first]));
    distance = Math.max(distance, Math.abs(fitted - index / count));
    if (distance > bound) break;
  }
  return distance;
}
