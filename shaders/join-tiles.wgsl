// After edge-round.wgsl: a target's sums over tiles of sources, added in the order of the tiles.
//
// Bindings: sizes, joins, parts [·, H] → sums [rows, H]
// Grid: one thread a target and vector of four channels.

struct Sizes {
  width4: u32,
  items: u32,
}

struct Join {
  // Row of the sums, first row of the parts, and how many parts.
  row: u32,
  firstPart: u32,
  tiles: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> joins: array<Join>;
@group(0) @binding(2) var<storage, read> parts: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> sums: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) thread: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let item = thread.x + thread.y * workgroups.x * 64u;
  if (item >= sizes.items) {
    return;
  }
  let join = joins[item / sizes.width4];
  let k4 = item % sizes.width4;
  var total = vec4f();
  for (var tile = 0u; tile < join.tiles; tile++) {
    total += parts[(join.firstPart + tile) * sizes.width4 + k4];
  }
  sums[join.row * sizes.width4 + k4] = total;
}
