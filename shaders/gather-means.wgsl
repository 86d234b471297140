// The node's half of a round: means of h over a node's incoming weights, its other incoming edges, its outgoing edges,
// into the last three quarters of what its update reads. Each node sums in the order of the blocks: no atomics, and the
// same bits on every run.
//
// A group lists its blocks (not its edges): links[first … first + count), kind by kind.
//
// Bindings: sizes, blocks, groups, links, chunks (nodes of one group), hidden [pairs, H] → gathered [nodes, 4·H]
// Grid: one workgroup a chunk of up to 64 nodes; a thread makes one vector of four channels of one node, for all kinds.

struct Sizes {
  width4: u32,
}

// First link and number of links for incoming weights, other incoming edges and outgoing edges, and the group's first node.
struct Group {
  firstNode: u32,
  firstLink: array<u32, 3>,
  links: array<u32, 3>,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> blocks: array<Block>;
@group(0) @binding(2) var<storage, read> groups: array<Group>;
@group(0) @binding(3) var<storage, read> links: array<u32>;
@group(0) @binding(4) var<storage, read> chunks: array<Chunk>;
@group(0) @binding(5) var<storage, read> hidden: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> gathered: array<vec4f>;

const KINDS = 3u;
const OUTGOING = 2u;

fn mean_of(kind: u32, segment: u32, place: u32, k4: u32) -> vec4f {
  var total = vec4f();
  var count = 0u;
  let first_link = groups[segment].firstLink[kind];
  for (var link = 0u; link < groups[segment].links[kind]; link++) {
    let block = blocks[links[first_link + link]];
    // The pairs of one node: consecutive seen from the target, evenly spaced seen from the source.
    var pair = block.firstPair + place * block.sourcesPerTarget;
    var step = 1u;
    var number = block.sourcesPerTarget;
    if (kind == OUTGOING && block.isDiagonal == 0u) {
      let part = place / block.sourcesPerTarget;
      pair = block.firstPair + part * block.targetsPerPart * block.sourcesPerTarget + place % block.sourcesPerTarget;
      step = block.sourcesPerTarget;
      number = block.targetsPerPart;
    }
    for (var i = 0u; i < number; i++) {
      total += hidden[(pair + i * step) * sizes.width4 + k4];
    }
    count += number;
  }
  return total / f32(max(count, 1u));
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
  let items = chunk.count * sizes.width4;
  for (var item = thread; item < items; item += 64u) {
    let node = chunk.first + item / sizes.width4;
    let k4 = item % sizes.width4;
    let place = node - groups[chunk.segment].firstNode;
    for (var kind = 0u; kind < KINDS; kind++) {
      gathered[(node * 4u + 1u + kind) * sizes.width4 + k4] = mean_of(kind, chunk.segment, place, k4);
    }
  }
}
