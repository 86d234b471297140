// The edge's half of a round: h_ij = [σ](C·LN(e_ij) + b + p_i + q_j), i the source, j the target of the pair; σ if `activates`.
//
//   p, q: the two halves of `projections` [nodes, 2·H]. LayerNorm (without bias) is applied to the rows on the way in.
//
// Bindings: sizes, bands, chunks, weights C [H, H], bias [H], norm [H], projections, e [pairs, H] → hidden [pairs, H]
// Grid: as in linear.wgsl. No index is read: the ends of a pair follow from its number (lib/bands.wgsl).

struct Sizes {
  width4: u32,
  epsilon: f32,
  activates: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> bands: array<Band>;
@group(0) @binding(2) var<storage, read> chunks: array<Chunk>;
@group(0) @binding(3) var<storage, read> weights: array<vec4f>;
@group(0) @binding(4) var<storage, read> bias: array<vec4f>;
@group(0) @binding(5) var<storage, read> norm: array<vec4f>;
@group(0) @binding(6) var<storage, read> projections: array<vec4f>;
@group(0) @binding(7) var<storage, read> e: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> hidden: array<vec4f>;

// Mean and inverse deviation of the thread's eight rows, by row number modulo 8.
var<private> row_mean: array<f32, 8>;
var<private> row_factor: array<f32, 8>;
var<private> first_of_tile: u32;

fn input_at(row: u32, k4: u32) -> vec4f {
  let slot = row - first_of_tile;
  return (e[row * sizes.width4 + k4] - row_mean[slot]) * row_factor[slot] * norm[k4];
}

fn measure_row(row: u32, slot: u32) {
  let width = f32(4u * sizes.width4);
  var total = vec4f();
  for (var k4 = 0u; k4 < sizes.width4; k4++) {
    total += e[row * sizes.width4 + k4];
  }
  let mean = (total.x + total.y + total.z + total.w) / width;
  var squares = vec4f();
  for (var k4 = 0u; k4 < sizes.width4; k4++) {
    let centred = e[row * sizes.width4 + k4] - mean;
    squares += centred * centred;
  }
  row_mean[slot] = mean;
  row_factor[slot] = inverseSqrt((squares.x + squares.y + squares.z + squares.w) / width + sizes.epsilon);
}

fn finish(row: u32, column4: u32, segment: u32, product: mat4x4f) {
  let band = bands[segment];
  let local = row - band.firstPair;
  let target_place = local / band.sources;
  let source_place = select(local % band.sources, target_place, band.isDiagonal == 1u);
  let source = (band.firstSource + source_place) * 2u * sizes.width4;
  let destination = (band.firstTarget + target_place) * 2u * sizes.width4 + sizes.width4;
  for (var i = 0u; i < 4u; i++) {
    let column = column4 + i;
    let value = product[i] + bias[column] + projections[source + column] + projections[destination + column];
    hidden[row * sizes.width4 + column] = select(value, silu(value), sizes.activates == 1u);
  }
}

@compute @workgroup_size(8, 4)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_id) thread: vec3u,
) {
  let number = chunk_number(workgroup, workgroups);
  let column4 = 4u * thread.y;
  if (number >= arrayLength(&chunks) || column4 >= sizes.width4) {
    return;
  }
  let chunk = chunks[number];
  let first = chunk.first + thread.x * TILE_ROWS;
  let end = chunk.first + chunk.count;
  if (first >= end) {
    return;
  }
  first_of_tile = first;
  for (var slot = 0u; slot < TILE_ROWS; slot++) {
    measure_row(min(first + slot, end - 1u), slot);
  }
  let t = tile_product(first, end - 1u, column4, sizes.width4, sizes.width4);
  finish_tile(t, first, end, column4, chunk.segment);
}
