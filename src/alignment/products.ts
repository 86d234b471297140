/** The one expensive loop of matching: inner products of all rows of one matrix with all rows of another. */
import type { Pace } from '../pace';

/** Rows and columns of the tile whose sums are kept in registers. */
const TILE_ROWS = 2;
const TILE_COLUMNS = 4;

/**
 * similarity[i, j] += weight · Σ_k a[i, k] · b[j, k]; a and b are [count, width], similarity [count, count]. Sums in float64.
 */
export async function addProducts(
  similarity: Float64Array,
  a: Float32Array,
  b: Float32Array,
  count: number,
  weight: number,
  pace: Pace,
): Promise<void> {
  const width = a.length / count;
  for (let row = 0; row < count; row += TILE_ROWS) {
    await pace();
    for (let column = 0; column < count; column += TILE_COLUMNS) {
      if (row + TILE_ROWS <= count && column + TILE_COLUMNS <= count) {
        addTile(similarity, a, b, count, width, row, column, weight);
      } else addOneByOne(similarity, a, b, count, width, row, column, weight);
    }
  }
}

function addTile(
  similarity: Float64Array,
  a: Float32Array,
  b: Float32Array,
  count: number,
  width: number,
  row: number,
  column: number,
  weight: number,
): void {
  let [s00, s01, s02, s03] = [0, 0, 0, 0];
  let [s10, s11, s12, s13] = [0, 0, 0, 0];
  const [a0, a1] = [row * width, (row + 1) * width];
  const [b0, b1] = [column * width, (column + 1) * width];
  const [b2, b3] = [(column + 2) * width, (column + 3) * width];
  for (let k = 0; k < width; k++) {
    const x0 = a[a0 + k];
    const x1 = a[a1 + k];
    const y0 = b[b0 + k];
    const y1 = b[b1 + k];
    const y2 = b[b2 + k];
    const y3 = b[b3 + k];
    s00 += x0 * y0;
    s01 += x0 * y1;
    s02 += x0 * y2;
    s03 += x0 * y3;
    s10 += x1 * y0;
    s11 += x1 * y1;
    s12 += x1 * y2;
    s13 += x1 * y3;
  }
  const at = row * count + column;
  similarity[at] += weight * s00;
  similarity[at + 1] += weight * s01;
  similarity[at + 2] += weight * s02;
  similarity[at + 3] += weight * s03;
  similarity[at + count] += weight * s10;
  similarity[at + count + 1] += weight * s11;
  similarity[at + count + 2] += weight * s12;
  similarity[at + count + 3] += weight * s13;
}

/** A tile at the edge, where rows or columns are missing. */
function addOneByOne(
  similarity: Float64Array,
  a: Float32Array,
  b: Float32Array,
  count: number,
  width: number,
  row: number,
  column: number,
  weight: number,
): void {
  for (let i = row; i < Math.min(row + TILE_ROWS, count); i++) {
    for (let j = column; j < Math.min(column + TILE_COLUMNS, count); j++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += a[i * width + k] * b[j * width + k];
      similarity[i * count + j] += weight * sum;
    }
  }
}
