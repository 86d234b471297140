// LayerNorm over the rows of a table, in place, after a step is added if there is one: x[r] = σ(LN(x[r] + step[r]) · scale + shift).
//
// Bindings: sizes, norm [2, H] (scale, shift), step [rows, H] → x [rows, H]
// Grid: one thread a row.

struct Sizes {
  width4: u32,
  rows: u32,
  hasStep: u32,
  activation: u32,
  epsilon: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> norm: array<vec4f>;
@group(0) @binding(2) var<storage, read> step: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> x: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) thread: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let row = thread.x + thread.y * workgroups.x * 64u;
  if (row >= sizes.rows) {
    return;
  }
  let width = f32(4u * sizes.width4);
  let first = row * sizes.width4;
  var total = vec4f();
  for (var k4 = first; k4 < first + sizes.width4; k4++) {
    if (sizes.hasStep == 1u) {
      x[k4] += step[k4];
    }
    total += x[k4];
  }
  let mean = (total.x + total.y + total.z + total.w) / width;
  var squares = vec4f();
  for (var k4 = first; k4 < first + sizes.width4; k4++) {
    let centred = x[k4] - mean;
    squares += centred * centred;
  }
  let factor = inverseSqrt((squares.x + squares.y + squares.z + squares.w) / width + sizes.epsilon);
  for (var k4 = 0u; k4 < sizes.width4; k4++) {
    let normed = (x[first + k4] - mean) * factor * norm[k4] + norm[sizes.width4 + k4];
    x[first + k4] = activate(sizes.activation, normed);
  }
}
