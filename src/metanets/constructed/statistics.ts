/**
 * A graph metanetwork that computes StatNN's statistics (Lim et al., ICLR 2024, Proposition 3), with weights that are constructed.
 * The form is the paper's without node states, on the edges of one tensor:
 *
 *   u ← MLP_u( Σ over edges of MLP_m(w, u), u )
 *
 * w is an edge's value, u the global state. (All tensors at once: each edge's label, one-hot, multiplies its message.)
 *
 *   round 1     count, Σ w²        u: 1/n; ±√Σw², between which all values lie; ranks of the order statistics
 *   round 2     Σ w · 1/n          u: mean
 *   round 3     Σ (w − mean)²/n    u: variance
 *   round 4 …   Σ [w ≤ middle]     u: the half of each order statistic's interval in which it lies
 *
 * Mean and variance are exact, up to the rounding of float64: sums and pointwise functions say all that they are. Quantiles are
 * not sums of anything; they are found by counting, and after R rounds known to within 2·√Σw² / 2^R. [w ≤ middle] is a ramp, as
 * steep as STEEPNESS, so values that differ by less than its inverse are not told apart. Extremes are quantiles too.
 */
import {
  applyPerceptron,
  layerOf,
  type PerceptronLayer,
  type Pointwise,
  PRODUCT,
  square,
} from './perceptron';

/** The quantiles that StatNN reads, as shares of the values below them. */
const QUANTILES = [0, 0.25, 0.5, 0.75, 1];
const HALVINGS = 44;
const STEEPNESS = 2 ** 60;

const same: Pointwise = (x) => x;
const reciprocal: Pointwise = (x) => 1 / x;
const relu: Pointwise = (x) => Math.max(0, x);
/** Two ReLUs: relu(x) − relu(x − 1). */
const ramp: Pointwise = (x) => Math.min(Math.max(x, 0), 1);

/** w to [1, w²]. */
const COUNT_AND_SQUARE = [layerOf([[0], [1]], [1, 0], [square, square])];

/** [n, Σw²] to [1/n, 1/√n, √Σw²]. */
const SHARES_AND_BOUND = [
  layerOf(
    [
      [1, 0],
      [1, 0],
      [0, 1],
    ],
    undefined,
    [reciprocal, (x) => 1 / Math.sqrt(x), Math.sqrt],
  ),
];

/** [w, mean, 1/√n] to ((w − mean) · 1/√n)². */
const SQUARED_DEVIATION = [
  layerOf([
    [1, -1, 0],
    [0, 0, 1],
  ]),
  ...PRODUCT,
  layerOf([[1]], undefined, [square]),
];

/** n to [rank below, rank above, share of the way between them] of the quantile at a share of the values. */
const ranks = (share: number): readonly PerceptronLayer[] => [
  layerOf([[share], [share], [1]], [-share, -share, -1], [Math.floor, same, same]),
  layerOf(
    [
      [1, 0, 0],
      [-1, 0, 1],
      [0, 0, 1],
      [-1, 1, 0],
    ],
    [0, -1, 0, 0],
    [same, relu, same, same],
  ),
  // The rank above is one more, and n − 1 at most: n − 1 − relu(n − 1 − (below + 1)).
  layerOf([
    [1, 0, 0, 0],
    [0, -1, 1, 0],
    [0, 0, 0, 1],
  ]),
];

/** [w, low, high] to 1 where w ≤ (low + high) / 2, and 0 elsewhere. */
const IS_BELOW_MIDDLE = [layerOf([[-STEEPNESS, STEEPNESS / 2, STEEPNESS / 2]], [1], [ramp])];

/** [count up to the middle, low, high, rank] to the half of [low, high] that holds the value of that rank. */
const HALVE = [
  // 1 for the lower half; half the length; the middle; the upper end.
  layerOf(
    [
      [1, 0, 0, -1],
      [0, -0.5, 0.5, 0],
      [0, 0.5, 0.5, 0],
      [0, 0, 1, 0],
    ],
    undefined,
    [ramp, same, same, same],
  ),
  layerOf(
    [
      [1, 1, 0, 0],
      [1, -1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ],
    undefined,
    [square, square, same, same],
  ),
  // Both ends move down by half the length where the value lies in the lower half.
  layerOf([
    [-0.25, 0.25, 1, 0],
    [-0.25, 0.25, 0, 1],
  ]),
];

/** Σ over edges of MLP(w, u): [outputs]. */
function sumMessages(
  message: readonly PerceptronLayer[],
  values: Float32Array,
  u: readonly number[] = [],
): Float64Array {
  const width = 1 + u.length;
  const rows = new Float64Array(values.length * width);
  values.forEach((value, edge) => {
    rows[edge * width] = value;
    for (let k = 0; k < u.length; k++) rows[edge * width + 1 + k] = u[k];
  });
  const messages = applyPerceptron(message, rows);
  const outputs = messages.length / values.length;
  const sums = new Float64Array(outputs);
  for (let i = 0; i < messages.length; i++) sums[i % outputs] += messages[i];
  return sums;
}

const update = (perceptron: readonly PerceptronLayer[], ...state: number[]) =>
  applyPerceptron(perceptron, Float64Array.from(state));

/** The value of a rank (0 is the smallest), by halving [−bound, bound]. */
function orderStatistic(values: Float32Array, rank: number, bound: number): number {
  let [low, high] = [-bound, bound];
  for (let round = 0; round < HALVINGS; round++) {
    const [count] = sumMessages(IS_BELOW_MIDDLE, values, [low, high]);
    [low, high] = update(HALVE, count, low, high, rank);
  }
  return high;
}

/** Mean, variance and quantiles of the values of one tensor, in StatNN's order: [2 + QUANTILES.length]. */
export function constructedStatistics(values: Float32Array): number[] {
  const [count, squares] = sumMessages(COUNT_AND_SQUARE, values);
  const [share, rootShare, bound] = update(SHARES_AND_BOUND, count, squares);
  const [mean] = sumMessages(PRODUCT, values, [share]);
  const [variance] = sumMessages(SQUARED_DEVIATION, values, [mean, rootShare]);
  // One order statistic after the other; side by side in u they are one metanet.
  const quantiles = QUANTILES.map((part) => {
    const [below, above, way] = update(ranks(part), count);
    const low = orderStatistic(values, below, bound);
    const high = orderStatistic(values, above, bound);
    return low + update(PRODUCT, high - low, way)[0];
  });
  return [mean, variance, ...quantiles];
}
