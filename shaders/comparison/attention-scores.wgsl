// NG-T's attention scores (CPU twin: attend in src/metanets/neural-graphs/ng-t.ts), for every edge and head:
//
//   score_ij = (Q·v_i + Q'·e_ij) · (K·v_j + K'·e_ij) / √H              i reads, j is read
//
// Bindings: sizes, ends (reader, origin, opposite) per edge, ofNode (query, key, value) [nodes, 3·H],
//           ofEdge (query, key) [edges, 2·H] → scores [edges, heads]
// Grid: one thread an edge and head.

struct Sizes {
  width4: u32,
  heads: u32,
  items: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> ends: array<u32>;
@group(0) @binding(2) var<storage, read> of_node: array<vec4f>;
@group(0) @binding(3) var<storage, read> of_edge: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> scores: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) thread: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let item = thread.x + thread.y * workgroups.x * 64u;
  if (item >= sizes.items) {
    return;
  }
  let edge = item / sizes.heads;
  let per_head = sizes.width4 / sizes.heads;
  let head = (item % sizes.heads) * per_head;
  let query = ends[3u * edge] * 3u * sizes.width4 + head;
  let key = (ends[3u * edge + 1u] * 3u + 1u) * sizes.width4 + head;
  let both = edge * 2u * sizes.width4 + head;
  var product = 0.0;
  for (var k4 = 0u; k4 < per_head; k4++) {
    product += dot(of_node[query + k4] + of_edge[both + k4], of_node[key + k4] + of_edge[both + sizes.width4 + k4]);
  }
  scores[item] = product / sqrt(f32(4u * sizes.width4));
}
