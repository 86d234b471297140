// NG-GNN's messages into a node and what becomes of them (Corso et al., 2020; CPU twin: aggregate in
// src/metanets/neural-graphs/ng-gnn.ts):
//
//   m_ij = scale(e_ij) · (p_i + q_j) + shift(e_ij)                     i reads, j is read
//   a_i  = [mean, minimum, maximum, deviation of m_ij over j]          all zero but the deviation where nothing is read
//   y_i  = [v_i, a_i, a_i · log(degree_i + 1) / logDegree]
//
//   Messages are formed anew for the deviation, which costs less than keeping them. Sums in tiles of 32, as in list-means.wgsl.
//
// Bindings: sizes, starts [nodes + 1], incoming (edge, origin), projections p, q [nodes, 2·H], modulation (scale, shift)
//           [edges, 2·H], v [nodes, H] → y [nodes, 9·H]
// Grid: one thread a node and vector of four channels.

struct Sizes {
  width4: u32,
  items: u32,
  logDegree: f32,
  epsilon: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> starts: array<u32>;
@group(0) @binding(2) var<storage, read> incoming: array<vec2u>;
@group(0) @binding(3) var<storage, read> projections: array<vec4f>;
@group(0) @binding(4) var<storage, read> modulation: array<vec4f>;
@group(0) @binding(5) var<storage, read> v: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> y: array<vec4f>;

const TILE = 32u;

fn message(at: u32, of_reader: vec4f, k4: u32) -> vec4f {
  let edge = incoming[at].x * 2u * sizes.width4 + k4;
  let of_origin = projections[(incoming[at].y * 2u + 1u) * sizes.width4 + k4];
  return modulation[edge] * (of_reader + of_origin) + modulation[edge + sizes.width4];
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) thread: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let item = thread.x + thread.y * workgroups.x * 64u;
  if (item >= sizes.items) {
    return;
  }
  let node = item / sizes.width4;
  let k4 = item % sizes.width4;
  let start = starts[node];
  let end = starts[node + 1u];
  let degree = f32(end - start);
  let of_reader = projections[node * 2u * sizes.width4 + k4];

  var total = vec4f();
  var smallest = vec4f();
  var largest = vec4f();
  if (start < end) {
    smallest = message(start, of_reader, k4);
    largest = smallest;
  }
  for (var tile = start; tile < end; tile += TILE) {
    var part = vec4f();
    for (var at = tile; at < min(tile + TILE, end); at++) {
      let m = message(at, of_reader, k4);
      part += m;
      smallest = min(smallest, m);
      largest = max(largest, m);
    }
    total += part;
  }
  let mean = total / max(degree, 1.0);
  var squares = vec4f();
  for (var tile = start; tile < end; tile += TILE) {
    var part = vec4f();
    for (var at = tile; at < min(tile + TILE, end); at++) {
      let centred = message(at, of_reader, k4) - mean;
      part += centred * centred;
    }
    squares += part;
  }
  let deviation = sqrt(squares / max(degree, 1.0) + sizes.epsilon);

  let aggregates = array<vec4f, 4>(mean, smallest, largest, deviation);
  let amplification = log(degree + 1.0) / sizes.logDegree;
  let first = node * 9u * sizes.width4 + k4;
  y[first] = v[item];
  for (var part = 0u; part < 4u; part++) {
    y[first + (1u + part) * sizes.width4] = aggregates[part];
    y[first + (5u + part) * sizes.width4] = amplification * aggregates[part];
  }
}
