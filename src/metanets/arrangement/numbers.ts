/**
 * What is said of a list of numbers whatever their order: scale and shape. Of N numbers x:
 *
 *   log( ε + c · rms )       ∂/∂x_i = c · x_i / (N · rms) / (ε + c · rms)
 *   log( max |x| / rms )     ∂/∂x_i = 1 / x_i at the first that is largest, and − x_i / Σ x² everywhere
 *   log( mean x⁴ / rms⁴ )    ∂/∂x_i = 4 x_i³ / Σ x⁴ − 4 x_i / Σ x²
 */

/** ε */
export const LEAST = 1e-4;

interface Moments {
  /** Σ x², Σ x⁴ */
  readonly squares: number;
  readonly fourths: number;
  /** Where the first number of the largest magnitude stands. */
  readonly place: number;
}

function moments(values: ArrayLike<number>): Moments {
  let [squares, fourths, largest, place] = [0, 0, 0, 0];
  for (let k = 0; k < values.length; k++) {
    const square = values[k] * values[k];
    squares += square;
    fourths += square * square;
    if (square > largest) [largest, place] = [square, k];
  }
  return { squares, fourths, place };
}

const rootMeanSquare = (values: ArrayLike<number>) => Math.sqrt(moments(values).squares / values.length);

/** log( ε + c · rms ) */
export const scaleOf = (values: ArrayLike<number>, c: number) => Math.log(LEAST + rootMeanSquare(values) * c);

/** Where all numbers are 0 the root has a kink: there the gradient is 0. */
export function addScaleGradient(
  to: Float64Array,
  values: ArrayLike<number>,
  c: number,
  slope: number,
): void {
  const rms = rootMeanSquare(values);
  if (!(rms > 0)) return;
  const factor = (slope * c) / (values.length * rms) / (LEAST + rms * c);
  for (let k = 0; k < values.length; k++) to[k] += factor * values[k];
}

/** [2]: log( max |x| / rms ) and log( mean x⁴ / rms⁴ ), which are known for numbers that were drawn and not trained. */
export function shapeOf(values: Float32Array): number[] {
  const { squares, fourths, place } = moments(values);
  const meanSquare = squares / values.length;
  if (!(meanSquare > 0)) return [0, 0];
  return [
    Math.log(Math.abs(values[place]) / Math.sqrt(meanSquare)),
    Math.log(fourths / values.length / meanSquare ** 2),
  ];
}

export function addShapeGradient(to: Float64Array, values: Float32Array, slopes: readonly number[]): void {
  const { squares, fourths, place } = moments(values);
  if (!(squares > 0)) return;
  const [ofLargest, ofFourths] = slopes;
  to[place] += ofLargest / values[place];
  const cubic = (4 * ofFourths) / fourths;
  const linear = (ofLargest + 4 * ofFourths) / squares;
  for (let k = 0; k < values.length; k++) to[k] += (cubic * values[k] * values[k] - linear) * values[k];
}
