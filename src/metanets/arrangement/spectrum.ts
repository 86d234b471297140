/**
 * Spectra of weight tensors, laid out as matrices M[a, b]: directions that training has strengthened raise
 *
 *   log( ‖G‖² / (tr G)² · (a b + 2) / (a + b + 1) )      ∂/∂G = 2 G / ‖G‖² − 2 · 1 / tr G
 *
 * with G the smaller one of M Mᵀ and Mᵀ M, which have the same norm. The last factor makes it 0 for normally distributed entries.
 */
import { sumOfSquares } from './correlation';
import { addGramGradient, addToDiagonal, type Gram, gram, isGramFormed, trace } from './gram';
import type { Matrix } from './weights';

function transposed({ values, rows, columns }: Matrix): Matrix {
  const turned = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) turned[j * rows + i] = values[i * columns + j];
  }
  return { values: turned, rows: columns, columns: rows };
}

/** The matrix or its transpose, whichever has fewer rows, and G; undefined where there is no spectrum. `own`: M Mᵀ, if it is there. */
function smaller(matrix: Matrix, own?: Gram): { side: Matrix; products: Gram } | undefined {
  const { rows, columns } = matrix;
  const shape = { rows: Math.min(rows, columns), columns: Math.max(rows, columns) };
  if (shape.rows < 2 || !isGramFormed(shape)) return undefined;
  const side = rows <= columns ? matrix : transposed(matrix);
  const products = side === matrix && own ? own : gram(side);
  return products && trace(products) > 0 ? { side, products } : undefined;
}

export function spectrum(matrix: Matrix, own: Gram | undefined): number {
  const { rows, columns } = matrix;
  const { products } = smaller(matrix, own) ?? {};
  if (!products) return 0;
  const share = sumOfSquares(products.values) / trace(products) ** 2;
  return Math.log((share * (rows * columns + 2)) / (rows + columns + 1));
}

/** Adds the gradient of the matrix. */
export function addSpectrumGradient(to: Float64Array, matrix: Matrix, slope: number): void {
  const { side, products } = smaller(matrix) ?? {};
  if (!side || !products) return;
  const factor = (2 * slope) / sumOfSquares(products.values);
  const ofGram = products.values.map((x) => factor * x);
  addToDiagonal(ofGram, products.size, (-2 * slope) / trace(products));
  if (side === matrix) {
    addGramGradient(to, ofGram, matrix);
    return;
  }
  const turned = new Float64Array(to.length);
  addGramGradient(turned, ofGram, side);
  const { rows, columns } = matrix;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) to[i * columns + j] += turned[j * rows + i];
  }
}
