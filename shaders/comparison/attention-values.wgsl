// What NG-T's nodes hear (CPU twin: attend in src/metanets/neural-graphs/ng-t.ts), per head:
//
//   y_i = Σ_j softmax_j(score_ij) · ((V·v_j) · (M·e_ij) + V'·e_ij)     i reads, j is read
//
//   The largest score is taken off before the exponential. Sums in tiles of 32, as in list-means.wgsl.
//
// Bindings: sizes, starts [nodes + 1], incoming (edge, origin), ofNode (query, key, value) [nodes, 3·H],
//           ofEdge (V'·e, M·e) [edges, 2·H], scores [edges, heads] → y [nodes, H]
// Grid: one thread a node and vector of four channels.

struct Sizes {
  width4: u32,
  heads: u32,
  items: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> starts: array<u32>;
@group(0) @binding(2) var<storage, read> incoming: array<vec2u>;
@group(0) @binding(3) var<storage, read> of_node: array<vec4f>;
@group(0) @binding(4) var<storage, read> of_edge: array<vec4f>;
@group(0) @binding(5) var<storage, read> scores: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<vec4f>;

const TILE = 32u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) thread: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let item = thread.x + thread.y * workgroups.x * 64u;
  if (item >= sizes.items) {
    return;
  }
  let node = item / sizes.width4;
  let k4 = item % sizes.width4;
  let head = k4 / (sizes.width4 / sizes.heads);
  let start = starts[node];
  let end = starts[node + 1u];
  // Every node attends to itself at least.
  var largest = scores[incoming[start].x * sizes.heads + head];
  for (var at = start + 1u; at < end; at++) {
    largest = max(largest, scores[incoming[at].x * sizes.heads + head]);
  }
  var weights = 0.0;
  var values = vec4f();
  for (var tile = start; tile < end; tile += TILE) {
    var part_of_weights = 0.0;
    var part_of_values = vec4f();
    for (var at = tile; at < min(tile + TILE, end); at++) {
      let edge = incoming[at].x;
      let weight = exp(scores[edge * sizes.heads + head] - largest);
      let value = of_node[(incoming[at].y * 3u + 2u) * sizes.width4 + k4];
      let added = of_edge[edge * 2u * sizes.width4 + k4];
      let factor = of_edge[(edge * 2u + 1u) * sizes.width4 + k4];
      part_of_weights += weight;
      part_of_values += weight * (value * factor + added);
    }
    weights += part_of_weights;
    values += part_of_values;
  }
  y[item] = values / weights;
}
