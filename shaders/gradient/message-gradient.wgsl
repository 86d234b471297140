// Backwards through the messages of a round, in place:
//
//   d_ij = σ′(z_ij) · (d_ij + w_j or r_j + s_i)      i the source, j the target of the pair
//
//   w, r, s: the last three quarters of `of_read`: what each incoming weight, other incoming edge and outgoing edge gets
//   of what the nodes' step says of their mean. z: messages before their activation (edge-hidden.wgsl).
//
// Bindings: sizes, bands, chunks, kinds (per block: 0 weights, 1 others), z [pairs, H], of_read [nodes, 4·H] → d [pairs, H]
// Grid: one workgroup a chunk of up to 64 pairs; a thread makes one vector of four channels of one pair at a time.

struct Sizes {
  width4: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> bands: array<Band>;
@group(0) @binding(2) var<storage, read> chunks: array<Chunk>;
@group(0) @binding(3) var<storage, read> kinds: array<u32>;
@group(0) @binding(4) var<storage, read> z: array<vec4f>;
@group(0) @binding(5) var<storage, read> of_read: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> d: array<vec4f>;

const OUTGOING = 2u;

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
  let incoming = kinds[chunk.facts];
  for (var item = thread; item < chunk.count * sizes.width4; item += 64u) {
    let pair = chunk.first + item / sizes.width4;
    let k4 = item % sizes.width4;
    let local = pair - band.firstPair;
    let target_place = local / band.sources;
    let source_place = select(local % band.sources, target_place, band.isDiagonal == 1u);
    let outgoing = ((band.firstSource + source_place) * 4u + 1u + OUTGOING) * sizes.width4 + k4;
    let into = ((band.firstTarget + target_place) * 4u + 1u + incoming) * sizes.width4 + k4;
    let at = pair * sizes.width4 + k4;
    d[at] = (d[at] + of_read[outgoing] + of_read[into]) * silu_slope(z[at]);
  }
}
