// Bands: rectangles of pairs without index lists. The two nodes of a pair follow from its number (src/engine/bands.ts).
//
// Pairs are numbered target by target: pair = target · sources + source. Along a diagonal `sources` is 1, and the source
// moves on with the target. Pairs, sums and values are counted within a strip, nodes within the graph.

struct Band {
  firstSource: u32,
  firstTarget: u32,
  sources: u32,
  targets: u32,
  isDiagonal: u32,
  firstPair: u32,
  // Row of the strip's sums at which this band's begin: one for each target, then one for each source.
  firstSum: u32,
  // Where the band's values begin, and its taps per pair.
  firstValue: u32,
  taps: u32,
  // Values are multiplied with this: √fan-in for weights.
  scale: f32,
}

// Up to 64 consecutive rows (pairs or nodes) of one segment: what one workgroup works on.
struct Chunk {
  // The band that pairs are of; the group that nodes are of.
  segment: u32,
  first: u32,
  count: u32,
  // Row of facts that they share: their block's, or their group's.
  facts: u32,
}

// Workgroups beyond the limit of one dispatch dimension continue in the second.
fn chunk_number(workgroup: vec3u, workgroups: vec3u) -> u32 {
  return workgroup.x + workgroup.y * workgroups.x;
}
