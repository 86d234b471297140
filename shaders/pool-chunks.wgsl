// First step of pooling: mean and sum of squared distances from it, over the rows of each chunk.
//
// Bindings: sizes, chunks, states [rows, H] → partial [chunks, 3·H]: means, squares, numbers of rows
// Grid: one thread a chunk and vector of four channels.

struct Sizes {
  width4: u32,
  items: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> chunks: array<Chunk>;
@group(0) @binding(2) var<storage, read> states: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> partial: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) thread: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let item = thread.x + thread.y * workgroups.x * 64u;
  if (item >= sizes.items) {
    return;
  }
  let number = item / sizes.width4;
  let k4 = item % sizes.width4;
  let chunk = chunks[number];
  var total = vec4f();
  for (var row = 0u; row < chunk.count; row++) {
    total += states[(chunk.first + row) * sizes.width4 + k4];
  }
  let mean = total / f32(chunk.count);
  var squares = vec4f();
  for (var row = 0u; row < chunk.count; row++) {
    let centred = states[(chunk.first + row) * sizes.width4 + k4] - mean;
    squares += centred * centred;
  }
  let row = number * 3u * sizes.width4;
  partial[row + k4] = mean;
  partial[row + sizes.width4 + k4] = squares;
  partial[row + 2u * sizes.width4 + k4] = vec4f(f32(chunk.count));
}
