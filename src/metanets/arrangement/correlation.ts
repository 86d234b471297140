/**
 * How two lists of m numbers go together: their cosine c = x·y / (|x| |y|) in units of its spread in a random order, as asinh.
 *
 *   r = asinh(√m · c)      ∂r/∂x = √m / √(1 + m c²) · (y / (|x| |y|) − c · x / |x|²)
 */

/** Less their mean. The map is symmetric: it also takes the gradient of what was centred to that of the numbers. */
export function centred(values: Float32Array | Float64Array): Float64Array {
  let total = 0;
  for (let k = 0; k < values.length; k++) total += values[k];
  const mean = total / values.length;
  const moved = new Float64Array(values);
  for (let k = 0; k < moved.length; k++) moved[k] -= mean;
  return moved;
}

export function sumOfProducts(x: Float64Array, y: Float64Array): number {
  let total = 0;
  for (let k = 0; k < x.length; k++) total += x[k] * y[k];
  return total;
}

export const sumOfSquares = (x: Float64Array) => sumOfProducts(x, x);

/** Lists whose |x| |y| is less have no direction. */
export const LEAST_SIZE = 1e-12;

const sizeOf = (x: Float64Array, y: Float64Array) => Math.sqrt(sumOfSquares(x) * sumOfSquares(y));

export function correlation(x: Float64Array, y: Float64Array): number {
  const size = sizeOf(x, y);
  return size > LEAST_SIZE ? Math.asinh((sumOfProducts(x, y) / size) * Math.sqrt(x.length)) : 0;
}

/** Adds the gradient of x; that of y is the same with the two exchanged. */
export function addCorrelationGradient(
  to: Float64Array,
  x: Float64Array,
  y: Float64Array,
  slope: number,
): void {
  const size = sizeOf(x, y);
  if (!(size > LEAST_SIZE)) return;
  const cosine = sumOfProducts(x, y) / size;
  const factor = slope * Math.sqrt(x.length / (1 + x.length * cosine ** 2));
  const [ofY, ofX] = [factor / size, (factor * cosine) / sumOfSquares(x)];
  for (let k = 0; k < x.length; k++) to[k] += ofY * y[k] - ofX * x[k];
}
