// A whole round of a band's edges in one kernel: the steps of edge-hidden.wgsl, linear.wgsl (the states' step) and
// band-sums.wgsl, with states and messages in workgroup memory, so that each is read and written once. The same operations in
// the same order: the same bits.
//
//   h_ij = σ(C·LN(e_ij) + b + p_i + q_j)      e_ij += E·h_ij + c      sums of h over sources (by tile) and over targets
//
// Bindings: sizes, bands, tiles, weights of C and E [H, H] each, vectors b, c and norm [H] each, projections, e [pairs, H]
//           → e, parts [targets · tiles, H] (sums over the sources of one tile), sums [rows, H] (sums over targets)
// Grid: one workgroup a tile: 32 sources of a band, all of its targets one after the other. 64 threads: 8 × 4 rows by
//       8 × 8 columns, so H ≤ 64. Workgroup memory: 16 KiB, what every device has.

struct Sizes {
  width4: u32,
  epsilon: f32,
  // 0 in the last round of a strip whose states nobody reads again.
  updates: u32,
}

struct RoundTile {
  band: u32,
  // First source within the band.
  source: u32,
  // Row of `parts` for the band's first target in this tile, and rows from one target to the next.
  firstPart: u32,
  tiles: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> bands: array<Band>;
@group(0) @binding(2) var<storage, read> tiles: array<RoundTile>;
@group(0) @binding(3) var<storage, read> weights: array<vec4f>;
@group(0) @binding(4) var<storage, read> vectors: array<vec4f>;
@group(0) @binding(5) var<storage, read> projections: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> e: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> parts: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> sums: array<vec4f>;

const TILE = 32u;
const MAX_WIDTH4 = 16u;

var<workgroup> normed: array<vec4f, 512>;
var<workgroup> hidden: array<vec4f, 512>;

struct Rows {
  r0: mat2x4f, r1: mat2x4f, r2: mat2x4f, r3: mat2x4f,
}

fn columns(k: u32, column4: u32) -> mat2x4f {
  let at = k * sizes.width4 + column4;
  return mat2x4f(weights[at], weights[at + 1u]);
}

// Four rows of a tile in workgroup memory times eight columns of the matrix that begins at row `first` of the weights.
fn product_of_normed(row: u32, column4: u32) -> Rows {
  var t: Rows;
  for (var k4 = 0u; k4 < sizes.width4; k4++) {
    let x0 = normed[row * MAX_WIDTH4 + k4];
    let x1 = normed[(row + 1u) * MAX_WIDTH4 + k4];
    let x2 = normed[(row + 2u) * MAX_WIDTH4 + k4];
    let x3 = normed[(row + 3u) * MAX_WIDTH4 + k4];
    for (var i = 0u; i < 4u; i++) {
      let w = columns(4u * k4 + i, column4);
      t.r0 += w * x0[i];
      t.r1 += w * x1[i];
      t.r2 += w * x2[i];
      t.r3 += w * x3[i];
    }
  }
  return t;
}

fn product_of_hidden(row: u32, column4: u32) -> Rows {
  var t: Rows;
  let first = 4u * sizes.width4;
  for (var k4 = 0u; k4 < sizes.width4; k4++) {
    let x0 = hidden[row * MAX_WIDTH4 + k4];
    let x1 = hidden[(row + 1u) * MAX_WIDTH4 + k4];
    let x2 = hidden[(row + 2u) * MAX_WIDTH4 + k4];
    let x3 = hidden[(row + 3u) * MAX_WIDTH4 + k4];
    for (var i = 0u; i < 4u; i++) {
      let w = columns(first + 4u * k4 + i, column4);
      t.r0 += w * x0[i];
      t.r1 += w * x1[i];
      t.r2 += w * x2[i];
      t.r3 += w * x3[i];
    }
  }
  return t;
}

fn normalise(row: u32, pair: u32) {
  let width = f32(4u * sizes.width4);
  var total = vec4f();
  for (var k4 = 0u; k4 < sizes.width4; k4++) {
    total += e[pair * sizes.width4 + k4];
  }
  let mean = (total.x + total.y + total.z + total.w) / width;
  var squares = vec4f();
  for (var k4 = 0u; k4 < sizes.width4; k4++) {
    let centred = e[pair * sizes.width4 + k4] - mean;
    squares += centred * centred;
  }
  let factor = inverseSqrt((squares.x + squares.y + squares.z + squares.w) / width + sizes.epsilon);
  for (var k4 = 0u; k4 < sizes.width4; k4++) {
    let norm = vectors[2u * sizes.width4 + k4];
    normed[row * MAX_WIDTH4 + k4] = (e[pair * sizes.width4 + k4] - mean) * factor * norm;
  }
}

// Two vectors of messages of one row, also kept for the other steps.
fn message(row: u32, column4: u32, product: mat2x4f, source: u32, destination: u32) -> mat2x4f {
  var h: mat2x4f;
  for (var i = 0u; i < 2u; i++) {
    let column = column4 + i;
    let value = product[i] + vectors[column] + projections[source + column] + projections[destination + column];
    h[i] = silu(value);
    hidden[row * MAX_WIDTH4 + column] = h[i];
  }
  return h;
}

fn step(pair: u32, column4: u32, product: mat2x4f) {
  for (var i = 0u; i < 2u; i++) {
    let at = pair * sizes.width4 + column4 + i;
    e[at] = product[i] + vectors[sizes.width4 + column4 + i] + e[at];
  }
}

@compute @workgroup_size(8, 8)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_id) thread: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let number = chunk_number(workgroup, workgroups);
  if (number >= arrayLength(&tiles)) {
    return;
  }
  let tile = tiles[number];
  let band = bands[tile.band];
  let rows = min(TILE, band.sources - tile.source);
  let row = 4u * thread.x;
  let column4 = 2u * thread.y;
  let is_column = column4 < sizes.width4;
  let node = 2u * sizes.width4;
  let first_source = (band.firstSource + tile.source + row) * node;
  // Sums over the targets so far, of this thread's rows and columns.
  var over_targets: Rows;

  for (var t = 0u; t < band.targets; t++) {
    let pair = band.firstPair + t * band.sources + tile.source;
    if (index < rows) {
      normalise(index, pair + index);
    }
    workgroupBarrier();
    if (is_column && row < rows) {
      let destination = (band.firstTarget + t) * node + sizes.width4;
      let product = product_of_normed(row, column4);
      over_targets.r0 += message(row, column4, product.r0, first_source, destination);
      if (row + 1u < rows) { over_targets.r1 += message(row + 1u, column4, product.r1, first_source + node, destination); }
      if (row + 2u < rows) { over_targets.r2 += message(row + 2u, column4, product.r2, first_source + 2u * node, destination); }
      if (row + 3u < rows) { over_targets.r3 += message(row + 3u, column4, product.r3, first_source + 3u * node, destination); }
    }
    workgroupBarrier();
    if (index < sizes.width4) {
      var part = vec4f();
      for (var i = 0u; i < rows; i++) {
        part += hidden[i * MAX_WIDTH4 + index];
      }
      parts[(tile.firstPart + t * tile.tiles) * sizes.width4 + index] = part;
    }
    if (sizes.updates == 1u && is_column && row < rows) {
      let product = product_of_hidden(row, column4);
      step(pair + row, column4, product.r0);
      if (row + 1u < rows) { step(pair + row + 1u, column4, product.r1); }
      if (row + 2u < rows) { step(pair + row + 2u, column4, product.r2); }
      if (row + 3u < rows) { step(pair + row + 3u, column4, product.r3); }
    }
  }

  if (is_column && row < rows) {
    let first = (band.firstSum + band.targets + tile.source + row) * sizes.width4 + column4;
    for (var i = 0u; i < 2u; i++) {
      sums[first + i] = over_targets.r0[i];
      if (row + 1u < rows) { sums[first + sizes.width4 + i] = over_targets.r1[i]; }
      if (row + 2u < rows) { sums[first + 2u * sizes.width4 + i] = over_targets.r2[i]; }
      if (row + 3u < rows) { sums[first + 3u * sizes.width4 + i] = over_targets.r3[i]; }
    }
  }
}
