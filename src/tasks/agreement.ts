/**
 * How well predictions agree with the truth: in value (R², mean error) and in order (Kendall's τ-b).
 */

export interface Agreement {
  readonly count: number;
  /** 1 − squared errors over squared distances from the mean. NaN, as τ is, where there is nothing to tell apart. */
  readonly r2: number;
  readonly tau: number;
  readonly meanError: number;
}

export function agreement(predicted: Float64Array, known: Float64Array): Agreement {
  const count = known.length;
  const mean = known.reduce((total, value) => total + value, 0) / count;
  let [residual, spread, distance] = [0, 0, 0];
  for (let index = 0; index < count; index++) {
    const error = predicted[index] - known[index];
    residual += error * error;
    spread += (known[index] - mean) ** 2;
    distance += Math.abs(error);
  }
  return {
    count,
    r2: spread > 0 ? 1 - residual / spread : Number.NaN,
    tau: kendallTau(predicted, known),
    meanError: distance / count,
  };
}

const pairsOf = (count: number) => (count * (count - 1)) / 2;

/** Pairs of neighbours in an ordered list that are the same. */
function tiedPairs(count: number, isSameAsBefore: (index: number) => boolean): number {
  let [ties, run] = [0, 1];
  for (let index = 1; index <= count; index++) {
    if (index < count && isSameAsBefore(index)) run++;
    else {
      ties += pairsOf(run);
      run = 1;
    }
  }
  return ties;
}

/** Sorts `values` in place, and returns how many pairs stood in the wrong order. */
function sortCountingInversions(values: Float64Array): number {
  let inversions = 0;
  const merged = new Float64Array(values.length);
  for (let width = 1; width < values.length; width *= 2) {
    for (let start = 0; start < values.length; start += 2 * width) {
      const middle = Math.min(start + width, values.length);
      const end = Math.min(start + 2 * width, values.length);
      let [left, right] = [start, middle];
      for (let place = start; place < end; place++) {
        if (left < middle && (right >= end || values[left] <= values[right])) merged[place] = values[left++];
        else {
          inversions += middle - left;
          merged[place] = values[right++];
        }
      }
    }
    values.set(merged);
  }
  return inversions;
}

/**
 * Kendall's τ-b of two lists, by Knight's algorithm in O(n log n):
 *   τ = (concordant − discordant) / √((pairs − tied in a) · (pairs − tied in b))
 */
export function kendallTau(a: Float64Array, b: Float64Array): number {
  const count = a.length;
  const order = Array.from(a, (_, index) => index).sort((i, j) => a[i] - a[j] || b[i] - b[j]);
  const [first, second] = [order.map((index) => a[index]), Float64Array.from(order, (index) => b[index])];
  const tiedInA = tiedPairs(count, (k) => first[k] === first[k - 1]);
  const tiedInBoth = tiedPairs(count, (k) => first[k] === first[k - 1] && second[k] === second[k - 1]);
  const discordant = sortCountingInversions(second);
  const tiedInB = tiedPairs(count, (k) => second[k] === second[k - 1]);
  const pairs = pairsOf(count);
  const concordant = pairs - tiedInA - tiedInB + tiedInBoth - discordant;
  return (concordant - discordant) / Math.sqrt((pairs - tiedInA) * (pairs - tiedInB));
}
