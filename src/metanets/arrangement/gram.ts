/** Gram matrices of weight tensors: the directions that training has strengthened, and whether the next tensor reads them. */
import { centred, correlation } from './numbers';
import type { Matrix } from './weights';

/** A Gram matrix that takes more multiplications than any of the zoos’ is not formed: there has to be an answer for large networks, too. */
const MOST_PRODUCTS = 2 ** 22;

/** A symmetric matrix, [size, size]. */
export interface Gram {
  readonly values: Float64Array;
  readonly size: number;
}

/** M Mᵀ; undefined where that takes too long. */
export function gram({ values, rows, columns }: Matrix): Gram | undefined {
  if (rows * rows * columns > MOST_PRODUCTS) return undefined;
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

const diagonal = ({ values, size }: Gram) =>
  Float64Array.from({ length: size }, (_, i) => values[i * size + i]);

const trace = (matrix: Gram) => diagonal(matrix).reduce((total, x) => total + x, 0);

/** Everything above the diagonal, row by row. */
function above({ values, size }: Gram): Float64Array {
  const kept = new Float64Array((size * (size - 1)) / 2);
  for (let i = 0, at = 0; i < size; i++) {
    for (let j = i + 1; j < size; j++) kept[at++] = values[i * size + j];
  }
  return kept;
}

/**
 * log of ‖M Mᵀ‖² / ‖M‖⁴ over what it is for normally distributed entries of a matrix [a, b], (a + b + 1) / (a b + 2). ‖M Mᵀ‖ is
 * ‖Mᵀ M‖: the smaller one is formed, unless it is `own`, the matrix's Gram matrix.
 */
export function spectrum(matrix: Matrix, own: Gram | undefined): number {
  const { rows, columns } = matrix;
  if (rows < 2 || columns < 2) return 0;
  const products = rows <= columns ? own : gram(transposed(matrix));
  const total = products ? trace(products) : 0;
  if (!products || !(total > 0)) return 0;
  const squares = products.values.reduce((sum, x) => sum + x * x, 0);
  return Math.log(((squares / total ** 2) * (rows * columns + 2)) / (rows + columns + 1));
}

function transposed({ values, rows, columns }: Matrix): Matrix {
  const turned = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) turned[j * rows + i] = values[i * columns + j];
  }
  return { values: turned, rows: columns, columns: rows };
}

/** [3] of the Gram matrices, [n, n], of the tensor that writes n neurons and of one that reads them. */
export function pairNumbers(written: Gram, read: Gram): number[] {
  const traces = trace(written) * trace(read);
  const product = written.values.reduce((total, x, k) => total + x * read.values[k], 0);
  return [
    traces > 0 && product > 0 ? Math.log((product * read.size) / traces) : 0,
    correlation(above(written), above(read)),
    correlation(centred(diagonal(written)), centred(diagonal(read))),
  ];
}
