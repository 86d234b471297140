// Further steps of pooling: rows of means and sums of squared distances joined, in their order, to those of a whole (Chan,
// Golub and LeVeque's formula): chunks to bands, bands to blocks, chunks of nodes to groups.
//
// Rows are [3·H]: means, squares, and how many rows of states they stand for (in every channel, so that each thread reads
// and writes only what is its own). A whole that is continued keeps what it holds.
//
// Bindings: sizes, wholes (first part and number of parts), parts [·, 3·H] → joined [·, 3·H]
// Grid: one thread a whole and vector of four channels.

struct Sizes {
  width4: u32,
  items: u32,
  // Row of `joined` at which these wholes begin.
  firstRow: u32,
  continues: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> wholes: array<vec2u>;
@group(0) @binding(2) var<storage, read> parts: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> joined: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) thread: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let item = thread.x + thread.y * workgroups.x * 64u;
  if (item >= sizes.items) {
    return;
  }
  let whole = item / sizes.width4;
  let k4 = item % sizes.width4;
  let length = 3u * sizes.width4;
  let row = (sizes.firstRow + whole) * length;
  var mean = vec4f();
  var squares = vec4f();
  var count = 0.0;
  if (sizes.continues == 1u) {
    mean = joined[row + k4];
    squares = joined[row + sizes.width4 + k4];
    count = joined[row + 2u * sizes.width4 + k4].x;
  }
  for (var i = 0u; i < wholes[whole].y; i++) {
    let part = (wholes[whole].x + i) * length;
    let added = parts[part + 2u * sizes.width4 + k4].x;
    let distance = parts[part + k4] - mean;
    let share = added / (count + added);
    mean += distance * share;
    squares += parts[part + sizes.width4 + k4] + distance * distance * count * share;
    count += added;
  }
  joined[row + k4] = mean;
  joined[row + sizes.width4 + k4] = squares;
  joined[row + 2u * sizes.width4 + k4] = vec4f(count);
}
