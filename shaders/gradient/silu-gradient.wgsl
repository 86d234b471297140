// Backwards through SiLU, in place: d = d · σ′(x).
//
// Bindings: sizes, x → d
// Grid: one thread a vector of four.

struct Sizes {
  items: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> d: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) thread: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let item = thread.x + thread.y * workgroups.x * 64u;
  if (item >= sizes.items) {
    return;
  }
  d[item] *= silu_slope(x[item]);
}
