// What is known of the nodes of a group (src/engine/tables.ts).

// First link and number of links for incoming weights, other incoming edges and outgoing edges; edges of each at a node.
struct Group {
  firstLink: array<u32, 3>,
  links: array<u32, 3>,
  edges: array<f32, 3>,
}
