/**
 * The matrices whose spectra are looked at. A convolution has one per kernel position, [outputs, inputs], as WeightWatcher
 * cuts it; a recurrent layer's is [gates · units, inputs], any other weight's [outputs, inputs · pixels].
 */
import type { WeightArray } from './weight-arrays';

export interface LayerMatrices {
  readonly rows: number;
  readonly columns: number;
  /** Each [rows · columns], row-major. */
  readonly matrices: readonly Float32Array[];
}

/** A grouped weight is read as it is stored: [outputs, inputs of a part]. */
export function layerMatrices({ kind, rows, columns, taps, values }: WeightArray): LayerMatrices {
  if (taps === 1) return { rows, columns, matrices: [values] };
  if (kind === 'convWeight') return { rows, columns, matrices: perTap(values, taps) };
  const gates = new Float32Array(values.length);
  perTap(values, taps).forEach((gate, tap) => {
    gates.set(gate, tap * gate.length);
  });
  return { rows: rows * taps, columns, matrices: [gates] };
}

function perTap(values: Float32Array, taps: number): Float32Array[] {
  return Array.from({ length: taps }, (_, tap) => {
    const matrix = new Float32Array(values.length / taps);
    for (let entry = 0; entry < matrix.length; entry++) matrix[entry] = values[entry * taps + tap];
    return matrix;
  });
}

/** W·Wᵀ or Wᵀ·W, whichever is smaller: [side · side]. Its eigenvalues are the squares of W's singular values. */
export function gramMatrix(matrix: Float32Array, rows: number, columns: number): Float64Array {
  const side = Math.min(rows, columns);
  const gram = new Float64Array(side * side);
  if (rows <= columns) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let k = 0; k < columns; k++) sum += matrix[i * columns + k] * matrix[j * columns + k];
        gram[i * side + j] = gram[j * side + i] = sum;
      }
    }
    return gram;
  }
  for (let k = 0; k < rows; k++) {
    const row = matrix.subarray(k * columns, (k + 1) * columns);
    for (let i = 0; i < columns; i++) {
      const own = row[i];
      for (let j = 0; j <= i; j++) gram[i * side + j] += own * row[j];
    }
  }
  for (let i = 0; i < columns; i++) for (let j = 0; j < i; j++) gram[j * side + i] = gram[i * side + j];
  return gram;
}
