// LayerNorm (without bias) of node states into the first quarter of what a node's update reads.
//
//   gathered[n][0 … H) = (v − mean) / √(variance + ε) · norm
//
// Bindings: sizes, norm [H], v [nodes, H] → gathered [nodes, 4·H]
// Grid: one thread a node.

struct Sizes {
  width4: u32,
  nodes: u32,
  epsilon: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> norm: array<vec4f>;
@group(0) @binding(2) var<storage, read> v: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> gathered: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) thread: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let node = thread.x + thread.y * workgroups.x * 64u;
  if (node >= sizes.nodes) {
    return;
  }
  let width = f32(4u * sizes.width4);
  let first = node * sizes.width4;
  var total = vec4f();
  for (var k4 = 0u; k4 < sizes.width4; k4++) {
    total += v[first + k4];
  }
  let mean = (total.x + total.y + total.z + total.w) / width;
  var squares = vec4f();
  for (var k4 = 0u; k4 < sizes.width4; k4++) {
    let centred = v[first + k4] - mean;
    squares += centred * centred;
  }
  let factor = inverseSqrt((squares.x + squares.y + squares.z + squares.w) / width + sizes.epsilon);
  for (var k4 = 0u; k4 < sizes.width4; k4++) {
    gathered[4u * first + k4] = (v[first + k4] - mean) * factor * norm[k4];
  }
}
