// What follows DMC's convolutions (CPU twins: convolve and pool in src/metanets/dmc/dmc.ts): batch norm by running statistics,
// then the maximum over windows of `window` positions (1: none); the last window may be cut short.
//
//   y[p] = max over the window of (x − mean) · factor + shift
//
//   y has MARGIN rows of zeros before its first position and after its last: what the next convolution sees there.
//
// Bindings: sizes, norm [3, C] (mean, factor, shift), x [positions, C] → y [⌈positions / window⌉ + 2·MARGIN, C]
// Grid: one thread a row of y and vector of four channels.

struct Sizes {
  width4: u32,
  items: u32,
  positions: u32,
  window: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> norm: array<vec4f>;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;

const MARGIN = 2u;

fn normed(position: u32, k4: u32) -> vec4f {
  let centred = x[position * sizes.width4 + k4] - norm[k4];
  return centred * norm[sizes.width4 + k4] + norm[2u * sizes.width4 + k4];
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) thread: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let item = thread.x + thread.y * workgroups.x * 64u;
  if (item >= sizes.items) {
    return;
  }
  let row = item / sizes.width4;
  let k4 = item % sizes.width4;
  let first = (row - MARGIN) * sizes.window;
  if (row < MARGIN || first >= sizes.positions) {
    y[item] = vec4f();
    return;
  }
  var largest = normed(first, k4);
  for (var position = first + 1u; position < min(first + sizes.window, sizes.positions); position++) {
    largest = max(largest, normed(position, k4));
  }
  y[item] = largest;
}
