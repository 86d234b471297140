// Backwards through LayerNorm (without bias), added to the gradient of the rows that were normalised:
//
//   d += (g − mean(g) − x̂ · mean(g · x̂)) / √(variance + ε)      g = dy · norm, x̂ = (x − mean) / √(variance + ε)
//
// Bindings: sizes, norm [H], x [rows, H], dy [rows, stride4 vectors; the first H numbers of each] → d [rows, H]
// Grid: one thread a row.

struct Sizes {
  width4: u32,
  items: u32,
  stride4: u32,
  epsilon: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> norm: array<vec4f>;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;
@group(0) @binding(3) var<storage, read> dy: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> d: array<vec4f>;

fn sum(v: vec4f) -> f32 {
  return v.x + v.y + v.z + v.w;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) thread: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let item = thread.x + thread.y * workgroups.x * 64u;
  if (item >= sizes.items) {
    return;
  }
  let width = f32(4u * sizes.width4);
  let first = item * sizes.width4;
  let first_dy = item * sizes.stride4;
  var total = vec4f();
  for (var k4 = 0u; k4 < sizes.width4; k4++) {
    total += x[first + k4];
  }
  let mean = sum(total) / width;
  var squares = vec4f();
  var gradients = vec4f();
  var products = vec4f();
  for (var k4 = 0u; k4 < sizes.width4; k4++) {
    let centred = x[first + k4] - mean;
    let gradient = dy[first_dy + k4] * norm[k4];
    squares += centred * centred;
    gradients += gradient;
    products += gradient * centred;
  }
  let inverse = 1.0 / (sum(squares) / width + sizes.epsilon);
  let factor = sqrt(inverse);
  let mean_gradient = sum(gradients) / width;
  let along = sum(products) / width * inverse;
  for (var k4 = 0u; k4 < sizes.width4; k4++) {
    let centred = x[first + k4] - mean;
    d[first + k4] += factor * (dy[first_dy + k4] * norm[k4] - mean_gradient - centred * along);
  }
}
