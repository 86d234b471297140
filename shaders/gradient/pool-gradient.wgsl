// What the gradient of a mean and a deviation says of the states that they were formed from:
//
//   d [+]= offset + slope · (x − mean)      the three rows of the segment's pool (src/metanets/gmn/gradient-readout.ts)
//
// Bindings: sizes, chunks (rows of one segment), pools [segments, 3·H], x [rows, H] → d [rows, H]
// Grid: one workgroup a chunk of up to 64 rows; a thread makes one vector of four channels of one row at a time.

struct Sizes {
  width4: u32,
  adds: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> chunks: array<Chunk>;
@group(0) @binding(2) var<storage, read> pools: array<vec4f>;
@group(0) @binding(3) var<storage, read> x: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> d: array<vec4f>;

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
  for (var item = thread; item < chunk.count * sizes.width4; item += 64u) {
    let at = chunk.first * sizes.width4 + item;
    let pool = chunk.facts * 3u * sizes.width4 + item % sizes.width4;
    let mean = pools[pool + 2u * sizes.width4];
    var value = pools[pool] + pools[pool + sizes.width4] * (x[at] - mean);
    if (sizes.adds == 1u) {
      value += d[at];
    }
    d[at] = value;
  }
}
