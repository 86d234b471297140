/**
 * States in three numbers: their coordinates along the first three principal axes of all tables together, so that a round
 * can be compared with another.
 */
import type { Floats } from '../metanets/linear-algebra';

export const COMPONENTS = 3;

/** The axes are found on so many rows at most, taken evenly from all. */
const MAX_FITTED_ROWS = 20_000;
/** Jacobi's method has long converged by then. */
const MAX_SWEEPS = 30;

/**
 * Per table of rows [·, width] their coordinates, [·, 3], in units of two standard deviations: most lie within ±1. An axis that
 * nothing varies along gives zeros. Its direction is that of its largest entry, so that colours are the same every time.
 */
export function principalComponents(tables: readonly Floats[], width: number): Float32Array[] {
  const { mean, covariance } = statistics(tables, width);
  const { values, vectors } = eigen(covariance, width);
  const order = [...values.keys()].sort((a, b) => values[b] - values[a]);
  const axes = Array.from({ length: COMPONENTS }, (_, component) => {
    const column = order[component];
    if (column === undefined || values[column] <= 1e-12 * values[order[0]]) return new Float64Array(width);
    const axis = Float64Array.from({ length: width }, (_, k) => vectors[k * width + column]);
    const largest = axis.reduce((most, entry) => (Math.abs(entry) > Math.abs(most) ? entry : most), 0);
    const scale = Math.sign(largest) / (2 * Math.sqrt(values[column]));
    return axis.map((entry) => scale * entry);
  });
  return tables.map((table) => project(table, width, mean, axes));
}

function project(
  table: Floats,
  width: number,
  mean: Float64Array,
  axes: readonly Float64Array[],
): Float32Array {
  const rows = table.length / width;
  const coordinates = new Float32Array(rows * COMPONENTS);
  for (let row = 0; row < rows; row++) {
    axes.forEach((axis, component) => {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += axis[k] * (table[row * width + k] - mean[k]);
      coordinates[row * COMPONENTS + component] = sum;
    });
  }
  return coordinates;
}

/** Mean [width] and covariance [width, width] of rows taken evenly from all tables. */
function statistics(tables: readonly Floats[], width: number) {
  const total = tables.reduce((sum, { length }) => sum + length / width, 0);
  const stride = Math.max(1, Math.ceil(total / MAX_FITTED_ROWS));
  const mean = new Float64Array(width);
  const covariance = new Float64Array(width * width);
  const centred = new Float64Array(width);
  const forEachRow = (visit: (table: Floats, at: number) => void) => {
    for (const table of tables) {
      for (let at = 0; at < table.length; at += stride * width) visit(table, at);
    }
  };
  let count = 0;
  forEachRow((table, at) => {
    count++;
    for (let k = 0; k < width; k++) mean[k] += table[at + k];
  });
  for (let k = 0; k < width; k++) mean[k] /= Math.max(1, count);
  forEachRow((table, at) => {
    for (let k = 0; k < width; k++) centred[k] = table[at + k] - mean[k];
    for (let k = 0; k < width; k++) {
      for (let l = 0; l < width; l++) covariance[k * width + l] += (centred[k] * centred[l]) / count;
    }
  });
  return { mean, covariance };
}

/** Eigenvalues and eigenvectors (columns) of a symmetric matrix, which is overwritten: Jacobi's rotations. */
function eigen(matrix: Float64Array, size: number): { values: Float64Array; vectors: Float64Array } {
  const vectors = new Float64Array(size * size);
  for (let k = 0; k < size; k++) vectors[k * size + k] = 1;
  let scale = 0;
  for (const entry of matrix) scale += entry * entry;
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    let beside = 0;
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) {
        beside += matrix[p * size + q] ** 2;
        rotate(matrix, vectors, size, p, q);
      }
    }
    if (beside <= 1e-24 * scale) break;
  }
  return { values: Float64Array.from({ length: size }, (_, k) => matrix[k * size + k]), vectors };
}

/** Turns the plane of axes p and q so that the entry between them vanishes. */
function rotate(matrix: Float64Array, vectors: Float64Array, size: number, p: number, q: number): void {
  const between = matrix[p * size + q];
  if (between === 0) return;
  const slope = (matrix[q * size + q] - matrix[p * size + p]) / (2 * between);
  const tangent = Math.sign(slope || 1) / (Math.abs(slope) + Math.hypot(slope, 1));
  const cosine = 1 / Math.hypot(tangent, 1);
  const sine = tangent * cosine;
  const turn = (numbers: Float64Array, i: number, j: number) => {
    const [a, b] = [numbers[i], numbers[j]];
    numbers[i] = cosine * a - sine * b;
    numbers[j] = sine * a + cosine * b;
  };
  for (let k = 0; k < size; k++) turn(matrix, k * size + p, k * size + q);
  for (let k = 0; k < size; k++) turn(matrix, p * size + k, q * size + k);
  for (let k = 0; k < size; k++) turn(vectors, k * size + p, k * size + q);
}
