// The node's half of a round: means of messages over a node's incoming weights, its other incoming edges, its outgoing
// edges, into the last three quarters of what its update reads. Strip by strip: the first begins the sums, the last divides
// them. A node adds the bands that it is in, in their order.
//
// A group lists its blocks, a strip says which of its bands are of a block.
//
// Bindings: sizes, bands, groups, links, blocks (first band and number of bands), chunks (nodes of one group),
//           sums [rows, H] → gathered [nodes, 4·H]
// Grid: one workgroup a chunk of up to 64 nodes; a thread makes one vector of four channels of one node, for all kinds.

struct Sizes {
  width4: u32,
  isFirst: u32,
  isLast: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> bands: array<Band>;
@group(0) @binding(2) var<storage, read> groups: array<Group>;
@group(0) @binding(3) var<storage, read> links: array<u32>;
@group(0) @binding(4) var<storage, read> blocks: array<vec2u>;
@group(0) @binding(5) var<storage, read> chunks: array<Chunk>;
@group(0) @binding(6) var<storage, read> sums: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> gathered: array<vec4f>;

const KINDS = 3u;
const OUTGOING = 2u;

// Row of a band's sums that is of a node, or none.
const NONE = 0xffffffffu;

fn row_of(band: Band, kind: u32, node: u32) -> u32 {
  if (kind != OUTGOING) {
    let place = node - band.firstTarget;
    return select(NONE, band.firstSum + place, place < band.targets);
  }
  let place = node - band.firstSource;
  let rows = select(band.sources, band.targets, band.isDiagonal == 1u);
  return select(NONE, band.firstSum + band.targets + place, place < rows);
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
  for (var item = thread; item < chunk.count * sizes.width4; item += 64u) {
    let node = chunk.first + item / sizes.width4;
    let k4 = item % sizes.width4;
    for (var kind = 0u; kind < KINDS; kind++) {
      let at = (node * 4u + 1u + kind) * sizes.width4 + k4;
      var total = vec4f();
      if (sizes.isFirst == 0u) {
        total = gathered[at];
      }
      let first_link = groups[chunk.segment].firstLink[kind];
      for (var link = 0u; link < groups[chunk.segment].links[kind]; link++) {
        let block = blocks[links[first_link + link]];
        for (var number_of_band = block.x; number_of_band < block.x + block.y; number_of_band++) {
          let row = row_of(bands[number_of_band], kind, node);
          if (row != NONE) {
            total += sums[row * sizes.width4 + k4];
          }
        }
      }
      if (sizes.isLast == 1u) {
        total = total / max(groups[chunk.segment].edges[kind], 1.0);
      }
      gathered[at] = total;
    }
  }
}
