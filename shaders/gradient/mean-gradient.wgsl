// From what a nodes' step says of its three means to what each edge gets of it: divided by their number, in place.
//
// Bindings: sizes, groups, chunks (nodes of one group) → of_read [nodes, 4·H]
// Grid: one workgroup a chunk of up to 64 nodes; a thread makes one vector of four channels of one node at a time.

struct Sizes {
  width4: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> groups: array<Group>;
@group(0) @binding(2) var<storage, read> chunks: array<Chunk>;
@group(0) @binding(3) var<storage, read_write> of_read: array<vec4f>;

const KINDS = 3u;

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
    let node = chunk.first + item / sizes.width4;
    let k4 = item % sizes.width4;
    for (var kind = 0u; kind < KINDS; kind++) {
      of_read[(node * 4u + 1u + kind) * sizes.width4 + k4] /= max(groups[chunk.segment].edges[kind], 1.0);
    }
  }
}
