// Sums of messages over a band: for every target over its sources, for every source over the band's targets. No atomics:
// one thread adds, always in the same order, and so the same bits come out on every run.
//
//   Over sources in tiles of 32, whose sums are then added; over targets one after the other (there are at most 64).
//
// Bindings: sizes, bands, chunks (rows of sums of one band), hidden [pairs, H] → sums [rows, H]
// Grid: one workgroup a chunk of up to 64 rows; a thread makes one vector of four channels of one row.

struct Sizes {
  width4: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> bands: array<Band>;
@group(0) @binding(2) var<storage, read> chunks: array<Chunk>;
@group(0) @binding(3) var<storage, read> hidden: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> sums: array<vec4f>;

const TILE = 32u;

fn over_sources(band: Band, place: u32, k4: u32) -> vec4f {
  var total = vec4f();
  let first = band.firstPair + place * band.sources;
  for (var tile = 0u; tile < band.sources; tile += TILE) {
    var part = vec4f();
    for (var source = tile; source < min(tile + TILE, band.sources); source++) {
      part += hidden[(first + source) * sizes.width4 + k4];
    }
    total += part;
  }
  return total;
}

fn over_targets(band: Band, place: u32, k4: u32) -> vec4f {
  if (band.isDiagonal == 1u) {
    return hidden[(band.firstPair + place) * sizes.width4 + k4];
  }
  var total = vec4f();
  for (var row = 0u; row < band.targets; row++) {
    total += hidden[(band.firstPair + row * band.sources + place) * sizes.width4 + k4];
  }
  return total;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let number = chunk_number(workgroup, workgroups);
  if (number >= arrayLength(&chunks)) {
    return;
  }
  let chunk = chunks[number];
  let band = bands[chunk.segment];
  for (var item = thread; item < chunk.count * sizes.width4; item += 64u) {
    let row = chunk.first + item / sizes.width4;
    let k4 = item % sizes.width4;
    let place = row - band.firstSum;
    if (place < band.targets) {
      sums[row * sizes.width4 + k4] = over_sources(band, place, k4);
    } else {
      sums[row * sizes.width4 + k4] = over_targets(band, place - band.targets, k4);
    }
  }
}
