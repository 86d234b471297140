/**
 * How strongly each neuron is written, or read, and whether vectors go with that: of the rows m of a matrix
 *
 *   s = Σ m,  ℓ = log( ε² + Σ m² ),  both less their mean over the rows      ∂s/∂m_k = 1,  ∂ℓ/∂m_k = 2 m_k / (ε² + Σ m²)
 */
import { addCorrelationGradient, centred, correlation } from './correlation';
import { LEAST } from './numbers';
import type { Matrix } from './weights';

/** Of the weights into each neuron, or out of it: their sum, and the logarithm of the sum of their squares; both centred. */
export interface Strengths {
  readonly sums: Float64Array;
  readonly logarithms: Float64Array;
}

function sumsOfRows({ values, rows, columns }: Matrix): { sums: Float64Array; squares: Float64Array } {
  const [sums, squares] = [new Float64Array(rows), new Float64Array(rows)];
  for (let row = 0, index = 0; row < rows; row++) {
    for (const end = index + columns; index < end; index++) {
      sums[row] += values[index];
      squares[row] += values[index] * values[index];
    }
  }
  return { sums, squares };
}

export function strengths(matrix: Matrix): Strengths {
  const { sums, squares } = sumsOfRows(matrix);
  return { sums: centred(sums), logarithms: centred(squares.map((x) => Math.log(x + LEAST ** 2))) };
}

/** Adds the gradient of the matrix, from that of its strengths. */
export function addStrengthsGradient(to: Float64Array, matrix: Matrix, slopes: Strengths): void {
  const { squares } = sumsOfRows(matrix);
  const [ofSums, ofLogarithms] = [centred(slopes.sums), centred(slopes.logarithms)];
  const { values, rows, columns } = matrix;
  for (let row = 0, index = 0; row < rows; row++) {
    const ofSquare = ofLogarithms[row] / (squares[row] + LEAST ** 2);
    for (const end = index + columns; index < end; index++)
      to[index] += ofSums[row] + 2 * ofSquare * values[index];
  }
}

/** [2] of a centred vector, and of the weights that its neurons are written by, or are read by. */
export const besideTensor = (vector: Float64Array, { sums, logarithms }: Strengths) => [
  correlation(vector, logarithms),
  correlation(vector, sums),
];

/** Adds the gradients of the centred vector and of the strengths. */
export function addBesideGradient(
  to: { readonly vector: Float64Array; readonly tensor: Strengths },
  vector: Float64Array,
  { sums, logarithms }: Strengths,
  [ofLogarithms, ofSums]: readonly number[],
): void {
  addCorrelationGradient(to.vector, vector, logarithms, ofLogarithms);
  addCorrelationGradient(to.vector, vector, sums, ofSums);
  addCorrelationGradient(to.tensor.logarithms, logarithms, vector, ofLogarithms);
  addCorrelationGradient(to.tensor.sums, sums, vector, ofSums);
}
