// A linear layer over the rows of a table, to which rows of other tables are added: what an edge hears of its ends, its
// opposite, its block.
//
//   Y[r] = σ(X[r]·W + bias + Σ_t T_t[indices[r, t]])      up to three tables T
//
//   Row r of a table begins at its vector first + r · stride. Rows of X may overlap: a convolution along a sequence is a linear
//   layer over windows. W is [inputs, columns], its columns padded to whole tiles.
//
// Bindings: sizes, indices [rows, terms], weights, bias, x, tables 0 … 2 → y (all but indices in vectors of four)
// Grid: x, y: one workgroup per 64 rows from firstRow on; z: blocks of 64 columns. A thread makes 8 rows × 16 columns.

struct Sizes {
  inputs4: u32,
  outputs4: u32,
  columns4: u32,
  activation: u32,
  firstRow: u32,
  endRow: u32,
  xStride4: u32,
  xFirst4: u32,
  yStride4: u32,
  yFirst4: u32,
  terms: u32,
  unused: u32,
  strides4: vec4u,
  firsts4: vec4u,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> indices: array<u32>;
@group(0) @binding(2) var<storage, read> weights: array<vec4f>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;
@group(0) @binding(4) var<storage, read> x: array<vec4f>;
@group(0) @binding(5) var<storage, read> table0: array<vec4f>;
@group(0) @binding(6) var<storage, read> table1: array<vec4f>;
@group(0) @binding(7) var<storage, read> table2: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> y: array<vec4f>;

fn input_at(row: u32, k4: u32) -> vec4f {
  return x[sizes.xFirst4 + row * sizes.xStride4 + k4];
}

// Where a term's row begins.
fn start_of(row: u32, term: u32) -> u32 {
  return sizes.firsts4[term] + indices[row * sizes.terms + term] * sizes.strides4[term];
}

fn finish(row: u32, column4: u32, segment: u32, product: mat4x4f) {
  for (var i = 0u; i < 4u; i++) {
    let column = column4 + i;
    if (column >= sizes.outputs4) {
      return;
    }
    var value = product[i] + bias[column];
    if (sizes.terms > 0u) { value += table0[start_of(row, 0u) + column]; }
    if (sizes.terms > 1u) { value += table1[start_of(row, 1u) + column]; }
    if (sizes.terms > 2u) { value += table2[start_of(row, 2u) + column]; }
    y[sizes.yFirst4 + row * sizes.yStride4 + column] = activate(sizes.activation, value);
  }
}

@compute @workgroup_size(8, 4)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_id) thread: vec3u,
) {
  let number = workgroup.x + workgroup.y * workgroups.x;
  let first = sizes.firstRow + number * 64u + thread.x * TILE_ROWS;
  let column4 = 4u * (workgroup.z * 4u + thread.y);
  if (first >= sizes.endRow || column4 >= sizes.outputs4) {
    return;
  }
  let t = tile_product(first, sizes.endRow - 1u, column4, sizes.inputs4, sizes.columns4);
  finish_tile(t, first, sizes.endRow, column4, 0u);
}
