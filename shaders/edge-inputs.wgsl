// Edge inputs: every pair's taps as coefficients of the cosine basis, then their mean square and largest magnitude,
// compressed to about ±2. CPU twin: edgeInputs and compressInputs (src/metanets/edge-inputs.ts, gmn.ts).
//
//   c_k = Σ_p scale · value_p · basis[p][k]        k < 25
//   out = [⅖ asinh(4 c_k) …, ¼ ln(mean square + 1e-6), ⅖ asinh(4 max), 0]      28 numbers = 7 vectors
//
// Bindings: bands, chunks, values [the strip's edges], basis [rows, 25] → inputs [pairs, 7] of vec4f
// Grid: one workgroup a chunk of 64 pairs of one band, one thread a pair.

@group(0) @binding(0) var<storage, read> bands: array<Band>;
@group(0) @binding(1) var<storage, read> chunks: array<Chunk>;
@group(0) @binding(2) var<storage, read> values: array<f32>;
@group(0) @binding(3) var<storage, read> basis: array<f32>;
@group(0) @binding(4) var<storage, read_write> inputs: array<vec4f>;

const COEFFICIENTS = 25u;
const VECTORS = 7u;

// WGSL's own asinh may lose small values to cancellation: below ¼ the series does not.
fn compress(x: f32) -> f32 {
  let y = 4.0 * abs(x);
  let square = y * y;
  let series = y * (1.0 - square * (1.0 / 6.0 - square * (3.0 / 40.0 - square * (15.0 / 336.0 - square * (105.0 / 3456.0)))));
  let large = log(y + sqrt(square + 1.0));
  return 0.4 * sign(x) * select(large, series, y < 0.25);
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
  let first_value = band.firstValue + (pair - band.firstPair) * band.taps;
  var squares = 0.0;
  var largest = 0.0;
  for (var tap = 0u; tap < band.taps; tap++) {
    let value = values[first_value + tap] * band.scale;
    squares += value * value;
    largest = max(largest, abs(value));
  }
  for (var vector = 0u; vector < VECTORS; vector++) {
    var coefficients = vec4f();
    let k = 4u * vector;
    for (var tap = 0u; tap < band.taps; tap++) {
      let value = values[first_value + tap] * band.scale;
      let row = (band.firstBasis + tap) * COEFFICIENTS;
      for (var i = 0u; i < 4u; i++) {
        if (k + i < COEFFICIENTS) {
          coefficients[i] += value * basis[row + k + i];
        }
      }
    }
    if (vector < VECTORS - 1u) {
      inputs[pair * VECTORS + vector] =
        vec4f(compress(coefficients.x), compress(coefficients.y), compress(coefficients.z), compress(coefficients.w));
    } else {
      let mean_square = 0.25 * log(squares / f32(band.taps) + 1e-6);
      inputs[pair * VECTORS + vector] = vec4f(compress(coefficients.x), mean_square, compress(largest), 0.0);
    }
  }
}
