// Edge blocks without index lists: the two nodes of a pair follow from its number.
//
// A block's pairs are numbered target by target: pair = target · sourcesPerTarget + source. Grouped blocks count sources
// within their part; along a diagonal, source and target are the same place. See src/graph/parameter-graph.ts.

struct Block {
  firstSource: u32,
  firstTarget: u32,
  sourcesPerTarget: u32,
  // Targets of one part of a grouped block; of all of them otherwise.
  targetsPerPart: u32,
  targets: u32,
  isDiagonal: u32,
  firstPair: u32,
  pairs: u32,
  // Where the block's values begin, and its taps per pair.
  firstValue: u32,
  taps: u32,
  // Row of the basis table at which the basis for this block's taps begins.
  firstBasis: u32,
  // Values are multiplied with this: √fan-in for weights.
  scale: f32,
}

fn target_place(block: Block, local: u32) -> u32 {
  return local / block.sourcesPerTarget;
}

fn source_place(block: Block, local: u32) -> u32 {
  let target_at = local / block.sourcesPerTarget;
  if (block.isDiagonal == 1u) {
    return target_at;
  }
  let part = target_at / block.targetsPerPart;
  return part * block.sourcesPerTarget + local % block.sourcesPerTarget;
}

// Up to 64 consecutive rows (pairs or nodes) of one segment (block or group): what one workgroup works on.
struct Chunk {
  segment: u32,
  first: u32,
  count: u32,
  unused: u32,
}

// Workgroups beyond the limit of one dispatch dimension continue in the second.
fn chunk_number(workgroup: vec3u, workgroups: vec3u) -> u32 {
  return workgroup.x + workgroup.y * workgroups.x;
}
