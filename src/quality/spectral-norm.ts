/** The largest singular value of a matrix by power iteration: for matrices whose whole spectrum would take too long. */
import { seededRandom } from '../graph';

/** Each step is two products with the matrix. Where the two largest are close, either is as good an answer. */
const MAX_STEPS = 200;
const CONVERGED = 1e-7;

/** `matrix` is [rows, columns], row-major. Never too large; relative error about 1e-6 unless the largest are nearly equal. */
export function spectralNorm(matrix: Float32Array, rows: number, columns: number): number {
  const random = seededRandom(1);
  let vector = Float64Array.from({ length: columns }, () => random() - 0.5);
  let norm = 0;
  for (let step = 0; step < MAX_STEPS; step++) {
    const length = euclidean(vector);
    if (length === 0) return 0;
    const next = new Float64Array(columns);
    let squares = 0;
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      const at = row * columns;
      for (let k = 0; k < columns; k++) sum += matrix[at + k] * vector[k];
      sum /= length;
      squares += sum * sum;
      for (let k = 0; k < columns; k++) next[k] += matrix[at + k] * sum;
    }
    const found = Math.sqrt(squares);
    const isConverged = Math.abs(found - norm) <= CONVERGED * found;
    norm = found;
    if (isConverged) break;
    vector = next;
  }
  return norm;
}

function euclidean(vector: Float64Array): number {
  let squares = 0;
  for (const value of vector) squares += value * value;
  return Math.sqrt(squares);
}
