// Means of lists of rows: y[s] = mean over r in list s of x[r]; zero where a list is empty. No atomics: one thread adds, always
// in the same order, and so the same bits come out on every run.
//
//   The rows of list s are rows[starts[s]] … rows[starts[s + 1] − 1]. They are added in tiles of 32, whose sums are then
//   added: long lists would lose digits one by one.
//
// Bindings: sizes, starts [lists + 1], rows, x → y [lists, H]
// Grid: one thread a list and vector of four channels.

struct Sizes {
  width4: u32,
  items: u32,
  xStride4: u32,
  xFirst4: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> starts: array<u32>;
@group(0) @binding(2) var<storage, read> rows: array<u32>;
@group(0) @binding(3) var<storage, read> x: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;

const TILE = 32u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) thread: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let item = thread.x + thread.y * workgroups.x * 64u;
  if (item >= sizes.items) {
    return;
  }
  let list = item / sizes.width4;
  let k4 = item % sizes.width4;
  let end = starts[list + 1u];
  var total = vec4f();
  for (var tile = starts[list]; tile < end; tile += TILE) {
    var part = vec4f();
    for (var at = tile; at < min(tile + TILE, end); at++) {
      part += x[sizes.xFirst4 + rows[at] * sizes.xStride4 + k4];
    }
    total += part;
  }
  y[item] = total / max(f32(end - starts[list]), 1.0);
}
