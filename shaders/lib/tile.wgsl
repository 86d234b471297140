// Matrix product of a tile of 8 rows × 16 columns in registers, without barriers: each thread reads what it needs.
// (Shared memory is no faster where the caches hold the weights, and far slower on software adapters.)
//
// A kernel that uses this declares `weights: array<vec4f>` ([inputs, outputs] row-major, four outputs a vector) and
//   fn input_at(row: u32, k4: u32) -> vec4f     four consecutive inputs of one row
//   fn finish(row: u32, column4: u32, segment: u32, product: mat4x4f)     what becomes of sixteen sums of one row

const TILE_ROWS = 8u;
const TILE_COLUMNS = 16u;

// One row of the tile is a mat4x4f: sixteen columns as four vectors.
struct Tile {
  r0: mat4x4f, r1: mat4x4f, r2: mat4x4f, r3: mat4x4f,
  r4: mat4x4f, r5: mat4x4f, r6: mat4x4f, r7: mat4x4f,
}

fn weight_columns(k: u32, column4: u32, outputs4: u32) -> mat4x4f {
  let at = k * outputs4 + column4;
  return mat4x4f(weights[at], weights[at + 1u], weights[at + 2u], weights[at + 3u]);
}

// Rows first_row … first_row + 7, columns 4·column4 … 4·column4 + 15. Rows beyond last_row repeat it; the caller drops them.
fn tile_product(first_row: u32, last_row: u32, column4: u32, inputs4: u32, outputs4: u32) -> Tile {
  var t: Tile;
  let row1 = min(first_row + 1u, last_row);
  let row2 = min(first_row + 2u, last_row);
  let row3 = min(first_row + 3u, last_row);
  let row4 = min(first_row + 4u, last_row);
  let row5 = min(first_row + 5u, last_row);
  let row6 = min(first_row + 6u, last_row);
  let row7 = min(first_row + 7u, last_row);
  for (var k4 = 0u; k4 < inputs4; k4++) {
    let x0 = input_at(first_row, k4);
    let x1 = input_at(row1, k4);
    let x2 = input_at(row2, k4);
    let x3 = input_at(row3, k4);
    let x4 = input_at(row4, k4);
    let x5 = input_at(row5, k4);
    let x6 = input_at(row6, k4);
    let x7 = input_at(row7, k4);
    for (var i = 0u; i < 4u; i++) {
      let w = weight_columns(4u * k4 + i, column4, outputs4);
      t.r0 += w * x0[i];
      t.r1 += w * x1[i];
      t.r2 += w * x2[i];
      t.r3 += w * x3[i];
      t.r4 += w * x4[i];
      t.r5 += w * x5[i];
      t.r6 += w * x6[i];
      t.r7 += w * x7[i];
    }
  }
  return t;
}

// Hands the rows of a tile to the kernel, up to `end`.
fn finish_tile(t: Tile, first: u32, end: u32, column4: u32, segment: u32) {
  finish(first, column4, segment, t.r0);
  if (first + 1u < end) { finish(first + 1u, column4, segment, t.r1); }
  if (first + 2u < end) { finish(first + 2u, column4, segment, t.r2); }
  if (first + 3u < end) { finish(first + 3u, column4, segment, t.r3); }
  if (first + 4u < end) { finish(first + 4u, column4, segment, t.r4); }
  if (first + 5u < end) { finish(first + 5u, column4, segment, t.r5); }
  if (first + 6u < end) { finish(first + 6u, column4, segment, t.r6); }
  if (first + 7u < end) { finish(first + 7u, column4, segment, t.r7); }
}
