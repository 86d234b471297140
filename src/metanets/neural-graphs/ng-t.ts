/**
 * NG-T (Kofinas et al., "Graph Neural Networks for Learning Equivariant Representations of Neural Networks", ICLR 2024): the
 * relational transformer (Diao & Loynd, ICLR 2023) with values that the edge scales. The text of record.
 *
 * v: node states [nodes, H]; e: edge states [2·pairs + nodes, H]: both directions (./states), and each node's edge to itself.
 * LN = LayerNorm after the residual; d heads of H/d channels. In every layer
 *
 *   q_ij  = Q·v_i + Q'·e_ij     k_ij = K·v_j + K'·e_ij     y_ij = (V·v_j) · (M·e_ij) + V'·e_ij       i reads, j is read
 *   v_i   = LN(v_i + O·Σ_j softmax_j(q_ij·k_ij / √H) y_ij)        per head
 *   v_i   = LN(v_i + W₂ gelu(W₁ v_i))
 * and in all but the last
 *   e_ij  = LN(e_ij + W₂ gelu(A·e_ij + B·e_ji + C·v_i + D·v_j))
 *   e_ij  = LN(e_ij + W₂ gelu(W₁ e_ij))
 *
 * In the paper every node attends to every other, and pairs without an edge have states too: nodes²·H numbers, and four times as
 * many for queries, keys and values (512 MB in float32 for 1000 nodes and H = 32). Here these pairs are left out: nodes attend
 * over the edges that are there and to themselves, which is as symmetric, and linear in the number of edges. The price: as in
 * any message passing, a layer carries news one edge further, so with three layers the outputs hear nothing of what lies more
 * than three edges before them.
 *
 * The other differences are NG-GNN's (./ng-gnn); all widths are H (in the code attention and perceptrons are twice as wide as
 * the nodes, edges half as wide); gelu is the usual approximation by tanh; O is the code's two Linear in a row.
 */
import type { MetanetInput } from '../input';
import { type Floats, linear, type Precision, zeros } from '../linear-algebra';
import type { MetanetOutput } from '../output';
import { readOut } from './readout';
import { type DirectedEdges, directedEdges, encodeGraph, norm } from './states';
import type { AttentionWeights, EdgeStepWeights, LayerWeights, NgTWeights } from './weights';

const gelu = (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));

const plus = (a: Floats, b: Floats): Floats => a.map((value, i) => value + b[i]);

export interface AttendedEdges extends DirectedEdges {
  /** The edge between the same nodes in the other direction. */
  readonly opposite: Int32Array;
}

/** The edges of both directions, then each node's edge to itself. */
export function attendedEdges(edges: DirectedEdges, nodeCount: number): AttendedEdges {
  const { length } = edges.reader;
  const withItself = (ends: Int32Array) =>
    Int32Array.from({ length: length + nodeCount }, (_, edge) =>
      edge < length ? ends[edge] : edge - length,
    );
  const opposite = Int32Array.from({ length: length + nodeCount }, (_, edge) =>
    edge < length ? (edge + length / 2) % length : edge,
  );
  return { reader: withItself(edges.reader), origin: withItself(edges.origin), opposite };
}

function attend(
  v: Floats,
  e: Floats,
  { reader, origin }: DirectedEdges,
  weights: AttentionWeights,
  heads: number,
  precision: Precision,
): Floats {
  const width = weights.output.inputs;
  const perHead = width / heads;
  const nodeCount = v.length / width;
  const ofNode = linear(v, weights.node, precision);
  const ofEdge = linear(e, weights.edge, precision);
  const node = (index: number, part: number, k: number) => ofNode[(index * 3 + part) * width + k];
  const edge = (index: number, part: number, k: number) => ofEdge[(index * 4 + part) * width + k];

  const scores = new Float64Array(reader.length * heads);
  const largest = new Float64Array(nodeCount * heads).fill(Number.NEGATIVE_INFINITY);
  reader.forEach((i, ij) => {
    for (let head = 0; head < heads; head++) {
      let product = 0;
      for (let k = head * perHead; k < (head + 1) * perHead; k++) {
        product += (node(i, 0, k) + edge(ij, 0, k)) * (node(origin[ij], 1, k) + edge(ij, 1, k));
      }
      const score = product / Math.sqrt(width);
      scores[ij * heads + head] = score;
      largest[i * heads + head] = Math.max(largest[i * heads + head], score);
    }
  });
  // The largest score is taken off before the exponential, which changes nothing but the range.
  const totals = new Float64Array(nodeCount * heads);
  const sums = new Float64Array(nodeCount * width);
  reader.forEach((i, ij) => {
    for (let head = 0; head < heads; head++) {
      const weight = Math.exp(scores[ij * heads + head] - largest[i * heads + head]);
      totals[i * heads + head] += weight;
      for (let k = head * perHead; k < (head + 1) * perHead; k++) {
        sums[i * width + k] += weight * (node(origin[ij], 2, k) * edge(ij, 3, k) + edge(ij, 2, k));
      }
    }
  });
  const attended = sums.map((sum, at) => sum / totals[Math.floor(at / perHead)]);
  return linear(attended, weights.output, precision);
}

function edgeStep(
  v: Floats,
  e: Floats,
  { reader, origin, opposite }: AttendedEdges,
  weights: EdgeStepWeights,
  precision: Precision,
): Floats {
  const width = weights.edge.outputs;
  const ofReader = linear(v, weights.reader, precision);
  const ofOrigin = linear(v, weights.origin, precision);
  const ofOpposite = linear(e, weights.opposite, precision);
  const hidden = linear(e, weights.edge, precision).map((own, at) => {
    const [edge, k] = [Math.floor(at / width), at % width];
    const ends = ofReader[reader[edge] * width + k] + ofOrigin[origin[edge] * width + k];
    return gelu(own + ofOpposite[opposite[edge] * width + k] + ends);
  });
  return linear(hidden, weights.output, precision);
}

/** What follows a step: residual and LayerNorm, and both again around a multilayer perceptron. */
function finishLayer(
  states: Floats,
  step: Floats,
  { stepNorm, mlp, mlpNorm }: LayerWeights<unknown>,
  precision: Precision,
): Floats {
  const stepped = norm(plus(states, step), stepNorm, precision);
  const hidden = linear(stepped, mlp.hidden, precision).map(gelu);
  return norm(plus(stepped, linear(hidden, mlp.output, precision)), mlpNorm, precision);
}

/** Runs the metanet on one input network. */
export function runNgT(
  weights: NgTWeights,
  input: MetanetInput,
  { precision = 'float32' }: { precision?: Precision } = {},
): MetanetOutput {
  const { graph } = input;
  const { width, heads, selfEdge } = weights;
  const edges = attendedEdges(directedEdges(graph), graph.nodeCount);
  const start = encodeGraph(weights.encoders, input, precision);
  let { v } = start;
  let e = zeros(edges.reader.length * width, precision);
  e.set(start.e);
  for (let at = start.e.length; at < e.length; at += width) e.set(selfEdge, at);
  weights.nodeLayers.forEach((layer, k) => {
    v = finishLayer(v, attend(v, e, edges, layer.step, heads, precision), layer, precision);
    const edgeLayer = weights.edgeLayers[k];
    if (!edgeLayer) return;
    e = finishLayer(e, edgeStep(v, e, edges, edgeLayer.step, precision), edgeLayer, precision);
  });
  return readOut(weights.readout, graph, v);
}
