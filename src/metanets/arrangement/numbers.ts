/** What is said of lists of numbers: their shape, scale, and how they go together. */
import type { Matrix } from './weights';

const LEAST = 1e-4;

const meanOf = (values: ArrayLike<number>, of: (value: number) => number) => {
  let total = 0;
  for (let k = 0; k < values.length; k++) total += of(values[k]);
  return total / values.length;
};

export const rootMeanSquare = (values: ArrayLike<number>) => Math.sqrt(meanOf(values, (x) => x * x));

/** log(ε + x) */
export const guardedLog = (x: number) => Math.log(LEAST + x);

/** [2]: log( max |x| / rms ) and log( mean x⁴ / rms⁴ ), which are known for numbers that were drawn and not trained. */
export function shapeOf(values: Float32Array): number[] {
  const rms = rootMeanSquare(values);
  if (!(rms > 0)) return [0, 0];
  const largest = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return [Math.log(largest / rms), Math.log(meanOf(values, (x) => x ** 4) / rms ** 4)];
}

/** [4] of a vector: how far it is from 0 and from 1, where biases and norms begin, and its shape. */
export const vectorNumbers = (values: Float32Array) => [
  guardedLog(rootMeanSquare(values)),
  guardedLog(rootMeanSquare(Float64Array.from(values, (x) => x - 1))),
  ...shapeOf(values),
];

export function centred(values: Float32Array | Float64Array): Float64Array {
  const mean = meanOf(values, (x) => x);
  const moved = new Float64Array(values);
  for (let k = 0; k < moved.length; k++) moved[k] -= mean;
  return moved;
}

/** Cosine of two lists in units of its spread in a random order, as asinh. */
export function correlation(x: Float64Array, y: Float64Array): number {
  const size = Math.sqrt(sumOfProducts(x, x) * sumOfProducts(y, y));
  return size > 1e-12 ? Math.asinh((sumOfProducts(x, y) / size) * Math.sqrt(x.length)) : 0;
}

function sumOfProducts(x: Float64Array, y: Float64Array): number {
  let total = 0;
  for (let k = 0; k < x.length; k++) total += x[k] * y[k];
  return total;
}

/** Of the weights into each neuron, or out of it: their sum, and the logarithm of the sum of their squares; both centred. */
export interface Strengths {
  readonly sums: Float64Array;
  readonly logarithms: Float64Array;
}

export function strengths({ values, rows, columns }: Matrix): Strengths {
  const [sums, squares] = [new Float64Array(rows), new Float64Array(rows)];
  for (let row = 0, index = 0; row < rows; row++) {
    for (const end = index + columns; index < end; index++) {
      sums[row] += values[index];
      squares[row] += values[index] * values[index];
    }
  }
  return { sums: centred(sums), logarithms: centred(squares.map((x) => Math.log(x + LEAST ** 2))) };
}

/** [2] of a centred vector, and of the weights that its neurons are written by, or are read by. */
export const besideTensor = (vector: Float64Array, { sums, logarithms }: Strengths) => [
  correlation(vector, logarithms),
  correlation(vector, sums),
];
