// Edge inputs for bands of one kernel shape: every pair's taps as coefficients of the cosine basis, then their largest
// magnitude and mean square, compressed to about ±2. CPU twin: edgeInputs and compressInputs (src/metanets/).
//
//   c_k = Σ_p scale · value_p · basis[p][k]
//   out = [⅖ asinh(4 c_k) …, ⅖ asinh(4 max), ¼ ln(mean square + 1e-6), 0 …]      `stride4` vectors of four
//
// Bindings: sizes, bands, chunks, values [the strip's edges], basis [taps, stride4] → inputs [pairs, stride4]
// Grid: one workgroup a chunk of 64 pairs of one band, one thread a pair.

struct Sizes {
  coefficients: u32,
  stride4: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> bands: array<Band>;
@group(0) @binding(2) var<storage, read> chunks: array<Chunk>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> basis: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> inputs: array<vec4f>;

// WGSL's own asinh may lose small values to cancellation: below ¼ the series does not.
fn compress(x: vec4f) -> vec4f {
  let y = 4.0 * abs(x);
  let square = y * y;
  let series = y * (1.0 - square * (1.0 / 6.0 - square * (3.0 / 40.0 - square * (15.0 / 336.0 - square * (105.0 / 3456.0)))));
  let large = log(y + sqrt(square + 1.0));
  return 0.4 * sign(x) * select(large, series, y < vec4f(0.25));
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
  let mean_square = 0.25 * log(squares / f32(band.taps) + 1e-6);
  for (var vector = 0u; vector < sizes.stride4; vector++) {
    var sums = vec4f();
    for (var tap = 0u; tap < band.taps; tap++) {
      sums += values[first_value + tap] * band.scale * basis[tap * sizes.stride4 + vector];
    }
    // Which of this vector's places hold the magnitude and the mean square.
    let place = 4u * vector + vec4u(0u, 1u, 2u, 3u);
    sums = select(sums, vec4f(largest), place == vec4u(sizes.coefficients));
    let compressed = compress(sums);
    inputs[pair * sizes.stride4 + vector] =
      select(compressed, vec4f(mean_square), place == vec4u(sizes.coefficients + 1u));
  }
}
