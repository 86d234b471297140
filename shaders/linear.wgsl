// A linear layer over rows: Y = [Y +] [σ](X·W + bias + shared[facts]).
//
//   X [rows, xStride] from column xFirst · W [inputs, outputs] → Y [rows, yStride] from column yFirst (all in vec4f)
//   σ = SiLU if `activates`; adds to what stands in Y if `accumulates`; `shared` (one row per block or group) if `hasShared`.
//
// Bindings: sizes, chunks (rows of one segment), weights, bias, shared, x → y
// Grid: x, y: one workgroup a chunk of up to 64 rows; z: blocks of 64 columns. A thread makes 8 rows × 16 columns.

struct Sizes {
  inputs4: u32,
  outputs4: u32,
  xStride4: u32,
  xFirst4: u32,
  yStride4: u32,
  yFirst4: u32,
  activates: u32,
  accumulates: u32,
  hasShared: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> chunks: array<Chunk>;
@group(0) @binding(2) var<storage, read> weights: array<vec4f>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;
@group(0) @binding(4) var<storage, read> shared_rows: array<vec4f>;
@group(0) @binding(5) var<storage, read> x: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> y: array<vec4f>;

fn input_at(row: u32, k4: u32) -> vec4f {
  return x[row * sizes.xStride4 + sizes.xFirst4 + k4];
}

fn finish(row: u32, column4: u32, facts: u32, product: mat4x4f) {
  for (var i = 0u; i < 4u; i++) {
    let column = column4 + i;
    var value = product[i] + bias[column];
    if (sizes.hasShared == 1u) {
      value += shared_rows[facts * sizes.outputs4 + column];
    }
    if (sizes.activates == 1u) {
      value = silu(value);
    }
    let at = row * sizes.yStride4 + sizes.yFirst4 + column;
    if (sizes.accumulates == 1u) {
      value += y[at];
    }
    y[at] = value;
  }
}

@compute @workgroup_size(8, 4)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_id) thread: vec3u,
) {
  let number = chunk_number(workgroup, workgroups);
  let column4 = 4u * (workgroup.z * 4u + thread.y);
  if (number >= arrayLength(&chunks) || column4 >= sizes.outputs4) {
    return;
  }
  let chunk = chunks[number];
  let first = chunk.first + thread.x * TILE_ROWS;
  let end = chunk.first + chunk.count;
  if (first >= end) {
    return;
  }
  let t = tile_product(first, end - 1u, column4, sizes.inputs4, sizes.outputs4);
  finish_tile(t, first, end, column4, chunk.facts);
}
