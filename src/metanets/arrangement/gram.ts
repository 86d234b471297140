/** Gram matrices of weight tensors, G = M Mᵀ. */
import type { Matrix, MatrixShape } from './weights';

/** A Gram matrix that takes more multiplications than any of the zoos’ is not formed: there has to be an answer for large networks, too. */
const MOST_PRODUCTS = 2 ** 22;

export const isGramFormed = ({ rows, columns }: MatrixShape) => rows * rows * columns <= MOST_PRODUCTS;

/** A symmetric matrix, [size, size]. */
export interface Gram {
  readonly values: Float64Array;
  readonly size: number;
}

/** M Mᵀ; undefined where that takes too long. */
export function gram(matrix: Matrix): Gram | undefined {
  if (!isGramFormed(matrix)) return undefined;
  const { values, rows, columns } = matrix;
  const products = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= i; j++) {
      let total = 0;
      const [a, b] = [i * columns, j * columns];
      for (let k = 0; k < columns; k++) total += values[a + k] * values[b + k];
      products[i * rows + j] = total;
      products[j * rows + i] = total;
    }
  }
  return { values: products, size: rows };
}

/** Adds dM = (dG + dGᵀ) M, the gradient of the matrix whose Gram matrix has the gradient dG. */
export function addGramGradient(
  to: Float64Array,
  ofGram: Float64Array,
  { values, rows, columns }: Matrix,
): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < rows; j++) {
      const slope = ofGram[i * rows + j] + ofGram[j * rows + i];
      const [a, b] = [i * columns, j * columns];
      for (let k = 0; k < columns; k++) to[a + k] += slope * values[b + k];
    }
  }
}

export const diagonal = ({ values, size }: Gram) =>
  Float64Array.from({ length: size }, (_, i) => values[i * size + i]);

export const trace = (matrix: Gram) => diagonal(matrix).reduce((total, x) => total + x, 0);

/** Adds a number to every entry on the diagonal. */
export function addToDiagonal(values: Float64Array, size: number, more: number): void {
  for (let i = 0; i < size; i++) values[i * size + i] += more;
}
