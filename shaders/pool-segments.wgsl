// Second half of pooling: the chunks of each segment (block or group) joined to its mean and standard deviation
// (Chan, Golub and LeVeque's formula for joining two means and sums of squares).
//
// Bindings: sizes, chunks, segments (first chunk and number of chunks), partial [chunks, 2·H] → pooled [segments, 2·H]
// Grid: one thread a segment and vector of four channels.

struct Sizes {
  width4: u32,
  items: u32,
  epsilon: f32,
  // Row of `pooled` at which these segments begin.
  firstRow: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> chunks: array<Chunk>;
@group(0) @binding(2) var<storage, read> segments: array<vec2u>;
@group(0) @binding(3) var<storage, read> partial: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> pooled: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) thread: vec3u) {
  if (thread.x >= sizes.items) {
    return;
  }
  let segment = thread.x / sizes.width4;
  let k4 = thread.x % sizes.width4;
  var mean = vec4f();
  var squares = vec4f();
  var count = 0.0;
  for (var i = 0u; i < segments[segment].y; i++) {
    let number = segments[segment].x + i;
    let added = f32(chunks[number].count);
    let distance = partial[number * 2u * sizes.width4 + k4] - mean;
    let share = added / (count + added);
    mean += distance * share;
    squares += partial[(number * 2u + 1u) * sizes.width4 + k4] + distance * distance * count * share;
    count += added;
  }
  let row = (sizes.firstRow + segment) * 2u;
  pooled[row * sizes.width4 + k4] = mean;
  pooled[(row + 1u) * sizes.width4 + k4] = sqrt(squares / max(count, 1.0) + sizes.epsilon);
}
