/**
 * The edge encoder's first layer for one kernel shape: only those basis functions that the shape has, so that a Linear's
 * single tap costs three inputs and not twenty-seven (src/metanets/edge-inputs.ts). Columns in the order that the kernels
 * write them: coefficients, largest magnitude, mean square.
 */
import { BASIS, tapBasis } from '../metanets/edge-inputs';

export interface EdgeEncoder {
  readonly coefficients: number;
  /** Columns of the encoder's weights that the inputs meet, in their order: coefficients + 2. */
  readonly columns: readonly number[];
  /** Inputs padded to whole vectors of four. */
  readonly stride: number;
  /** [taps, stride]: basis functions, then zeros. */
  readonly basis: Float32Array;
}

export function edgeEncoder(tapShape: readonly number[]): EdgeEncoder {
  const [height, width] = [tapShape.at(-2) ?? 1, tapShape.at(-1) ?? 1];
  const kept: number[] = [];
  for (let u = 0; u < Math.min(BASIS, height); u++) {
    for (let v = 0; v < Math.min(BASIS, width); v++) kept.push(u * BASIS + v);
  }
  const stride = Math.ceil((kept.length + 2) / 4) * 4;
  const full = tapBasis(tapShape);
  const taps = full.length / BASIS ** 2;
  const basis = new Float32Array(taps * stride);
  for (let tap = 0; tap < taps; tap++) {
    kept.forEach((k, index) => {
      basis[tap * stride + index] = full[tap * BASIS ** 2 + k];
    });
  }
  const columns = [...kept, BASIS ** 2 + 1, BASIS ** 2];
  return { coefficients: kept.length, columns, stride, basis };
}
