/**
 * NG-GNN (Kofinas et al., "Graph Neural Networks for Learning Equivariant Representations of Neural Networks", ICLR 2024): PNA
 * (Corso et al., 2020) with messages that the edge scales and shifts, and edges that are updated. The text of record.
 *
 * v: node states [nodes, H]; e: edge states [2·pairs, H], both directions (./states); σ = SiLU. In every layer
 *
 *   m_ij  = scale(e_ij) · (A·v_i + B·v_j) + shift(e_ij)          i reads, j is read
 *   a_i   = [mean, minimum, maximum, deviation of m_ij over j]
 *   v_i   = W·[v_i, a_i, a_i · log(degree_i + 1) / mean of the same over the zoo]
 * and in all but the last
 *   v_i   = σ(LN(v_i))
 *   e_ij  = F·σ(C·e_ij + D·v_i + E·v_j)
 *
 * What differs from the paper's code: biases and norms are edges here, not node features; kernels come as their cosine
 * coefficients, without random Fourier features; layer facts stand for learned embeddings of layers and activations; reverse
 * edges have an encoder of their own (./states); the readout takes any number of classes (./readout). LN is over the channels
 * of each node (the code's is over all nodes of a batch at once, so that a prediction would depend on the batch). W is the
 * code's two Linear in a row.
 */
import type { MetanetInput } from '../input';
import { type Floats, linear, type Precision, silu, zeros } from '../linear-algebra';
import type { MetanetOutput } from '../output';
import { readOut } from './readout';
import { type DirectedEdges, directedEdges, encodeGraph, norm } from './states';
import type { EdgeUpdateWeights, NgGnnWeights, PnaWeights } from './weights';

/** Under the root of the deviation. */
export const DEVIATION_EPSILON = 1e-5;

function aggregate(
  v: Floats,
  e: Floats,
  { reader, origin }: DirectedEdges,
  layer: PnaWeights,
  logDegree: number,
  precision: Precision,
): Floats {
  const width = layer.reader.outputs;
  const nodeCount = v.length / width;
  const ofReader = linear(v, layer.reader, precision);
  const ofOrigin = linear(v, layer.origin, precision);
  const modulation = linear(e, layer.modulation, precision);

  // [v, mean, minimum, maximum, deviation, the same four amplified]
  const read = new Float64Array(nodeCount * 9 * width);
  const place = (node: number, part: number, k: number) => (node * 9 + part) * width + k;
  const degrees = new Int32Array(nodeCount);
  for (const node of reader) degrees[node]++;
  for (let node = 0; node < nodeCount; node++) {
    for (let k = 0; k < width; k++) {
      read[place(node, 0, k)] = v[node * width + k];
      if (degrees[node] === 0) continue;
      read[place(node, 2, k)] = Number.POSITIVE_INFINITY;
      read[place(node, 3, k)] = Number.NEGATIVE_INFINITY;
    }
  }
  const messages = zeros(e.length, precision);
  reader.forEach((node, edge) => {
    for (let k = 0; k < width; k++) {
      const [scale, shift] = [modulation[edge * 2 * width + k], modulation[(edge * 2 + 1) * width + k]];
      const at = edge * width + k;
      messages[at] = scale * (ofReader[node * width + k] + ofOrigin[origin[edge] * width + k]) + shift;
      read[place(node, 1, k)] += messages[at] / degrees[node];
      read[place(node, 2, k)] = Math.min(read[place(node, 2, k)], messages[at]);
      read[place(node, 3, k)] = Math.max(read[place(node, 3, k)], messages[at]);
    }
  });
  reader.forEach((node, edge) => {
    for (let k = 0; k < width; k++) {
      const centred = messages[edge * width + k] - read[place(node, 1, k)];
      read[place(node, 4, k)] += centred ** 2 / degrees[node];
    }
  });
  for (let node = 0; node < nodeCount; node++) {
    const amplification = Math.log(degrees[node] + 1) / logDegree;
    for (let k = 0; k < width; k++) {
      read[place(node, 4, k)] = Math.sqrt(read[place(node, 4, k)] + DEVIATION_EPSILON);
      for (let part = 1; part <= 4; part++)
        read[place(node, part + 4, k)] = amplification * read[place(node, part, k)];
    }
  }
  return linear(read, layer.node, precision);
}

function updateEdges(
  v: Floats,
  e: Floats,
  { reader, origin }: DirectedEdges,
  weights: EdgeUpdateWeights,
  precision: Precision,
): Floats {
  const width = weights.edge.outputs;
  const ofReader = linear(v, weights.reader, precision);
  const ofOrigin = linear(v, weights.origin, precision);
  const hidden = linear(e, weights.edge, precision);
  reader.forEach((node, edge) => {
    for (let k = 0; k < width; k++) {
      const at = edge * width + k;
      hidden[at] = silu(hidden[at] + ofReader[node * width + k] + ofOrigin[origin[edge] * width + k]);
    }
  });
  return linear(hidden, weights.output, precision);
}

/** Runs the metanet on one input network. */
export function runNgGnn(
  weights: NgGnnWeights,
  input: MetanetInput,
  { precision = 'float32' }: { precision?: Precision } = {},
): MetanetOutput {
  const edges = directedEdges(input.graph);
  let { v, e } = encodeGraph(weights.encoders, input, precision);
  weights.layers.forEach((layer, k) => {
    v = aggregate(v, e, edges, layer, weights.logDegree, precision);
    if (k === weights.layers.length - 1) return;
    v = norm(v, weights.norms[k], precision).map(silu);
    e = updateEdges(v, e, edges, weights.edgeUpdates[k], precision);
  });
  return readOut(weights.readout, input.graph, v);
}
