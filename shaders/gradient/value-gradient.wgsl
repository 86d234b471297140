// Backwards through edge-inputs.wgsl: raw values become their gradients, in place.
//
//   The compression's slopes follow from what it made: of c = ⅖ asinh(4x), 1.6 / cosh(2.5 c); of l = ¼ ln(x + 1e-6), ¼ e^(−4l).
//   ∂/∂value_p = scale · (Σ_k g_k · basis[p][k] + 2 · scale · value_p / taps · g_square + sign(value_p) · g_largest, the last at
//   the first tap that is largest only), g being the gradients of the raw inputs
//
// Bindings: sizes, bands, chunks, basis [taps, stride4], inputs [pairs, stride4], d [pairs, dStride4] (becomes g) → values
// Grid: one workgroup a chunk of 64 pairs of one band, one thread a pair.

struct Sizes {
  coefficients: u32,
  stride4: u32,
  dStride4: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> bands: array<Band>;
@group(0) @binding(2) var<storage, read> chunks: array<Chunk>;
@group(0) @binding(3) var<storage, read> basis: array<vec4f>;
@group(0) @binding(4) var<storage, read> inputs: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> d: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> values: array<f32>;

fn sum(v: vec4f) -> f32 {
  return v.x + v.y + v.z + v.w;
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
  if (thread >= chunk.count) {
    return;
  }
  let band = bands[chunk.segment];
  let pair = chunk.first + thread;
  let first_input = pair * sizes.stride4;
  let first_d = pair * sizes.dStride4;
  let first_value = band.firstValue + (pair - band.firstPair) * band.taps;

  let square = sizes.coefficients + 1u;
  let logarithm = inputs[first_input + square / 4u][square % 4u];
  let of_square = d[first_d + square / 4u][square % 4u] * 0.5 * exp(-4.0 * logarithm) * band.scale / f32(band.taps);
  for (var vector = 0u; vector < sizes.stride4; vector++) {
    let c = 2.5 * inputs[first_input + vector];
    d[first_d + vector] *= 3.2 / (exp(c) + exp(-c));
  }
  let of_largest = d[first_d + sizes.coefficients / 4u][sizes.coefficients % 4u];

  var largest = 0.0;
  var place = band.taps;
  for (var tap = 0u; tap < band.taps; tap++) {
    let magnitude = abs(values[first_value + tap]);
    if (magnitude > largest) {
      largest = magnitude;
      place = tap;
    }
  }
  for (var tap = 0u; tap < band.taps; tap++) {
    var sums = vec4f();
    for (var vector = 0u; vector < sizes.stride4; vector++) {
      sums += d[first_d + vector] * basis[tap * sizes.stride4 + vector];
    }
    let value = values[first_value + tap];
    var gradient = sum(sums) + of_square * value;
    if (tap == place) {
      gradient += sign(value) * of_largest;
    }
    values[first_value + tap] = band.scale * gradient;
  }
}
