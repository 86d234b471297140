/**
 * A graph metanetwork that runs the forward pass of the network it reads (Lim et al., ICLR 2024, Proposition 4), with weights
 * that are constructed. The form is the paper's, without edge updates and global state:
 *
 *   m_ij = MLP₁(v_i, e_ij)          v_j ← MLP₂(v_j, Σ over edges i → j of m_ij)
 *
 * on the computation graph, whose edges hold e_ij = [w_ij], and whose nodes hold v_j = [x_j, b_j, one-hot of φ_j]: a value that
 * starts as 0 (as b_j where nothing comes in), a bias, and the name of the nonlinearity. No other input tells layers apart, and
 * every round has the same weights:
 *
 *   MLP₁ multiplies: x_i · w_ij, by two squares (./perceptron).
 *   MLP₂ adds the bias to the sum, multiplies with the one-hot so that only the unit of φ_j gets to see it, applies one φ per
 *   unit, and adds up.
 *
 * After k rounds all nodes of depth ≤ k hold the activations of the network, by induction over k: their sources were right
 * one round earlier. The paper proves it with perceptrons that approximate the product and any φ. Here both are exact up to the
 * rounding of float64, because units may have the square and the network's own nonlinearities as activation functions.
 *
 * What is proven, and simulated, is the statement on computation graphs. On the parameter graph of a convolutional network a
 * node stands for a whole channel, and one number per node cannot hold a feature map.
 */
import type { ComputationGraph } from './computation-graph';
import type { Nonlinearity } from './nonlinearity';
import {
  applyPerceptron,
  layerOf,
  type PerceptronLayer,
  type Pointwise,
  PRODUCT,
  square,
} from './perceptron';

export interface ForwardPassWeights {
  /** [x_i, w_ij] to the message. */
  readonly message: readonly PerceptronLayer[];
  /** [sum of messages, b_j, one-hot of φ_j] to x_j. */
  readonly update: readonly PerceptronLayer[];
}

/** The weights for networks with these nonlinearities. */
export function forwardPassWeights(nonlinearities: readonly Nonlinearity[]): ForwardPassWeights {
  const kinds = nonlinearities.length;
  const rests = nonlinearities.map(({ rest }) => rest);
  const atRest = nonlinearities.map(({ apply, rest }) => apply(rest));
  const oneHot = (kind: number, value: number) => rests.map((_, other) => (other === kind ? value : 0));

  // Per kind k, with s = sum + bias and the one-hot's entry o: (s + o)², (s − o)², o² = o.
  const squares = layerOf(
    rests.flatMap((_, kind) => [
      [1, 1, ...oneHot(kind, 1)],
      [1, 1, ...oneHot(kind, -1)],
      [0, 0, ...oneHot(kind, 1)],
    ]),
    undefined,
    new Array<Pointwise>(3 * kinds).fill(square),
  );
  // Unit k sees o·s + (1 − o)·rest: s if φ_k is the node's own, and otherwise a place where φ_k is known. The last unit
  // carries φ(rest) of the node's own kind, which the sum over all kinds then lacks.
  const place = (kind: number, row: readonly number[]) =>
    rests.flatMap((_, other) => (other === kind ? row : [0, 0, 0]));
  const gated = layerOf(
    [
      ...rests.map((rest, kind) => place(kind, [0.25, -0.25, -rest])),
      atRest.flatMap((value) => [0, 0, value]),
    ],
    [...rests, 0],
    [...nonlinearities.map(({ apply }) => apply), (x) => x],
  );
  const total = atRest.reduce((sum, value) => sum + value, 0);
  const added = layerOf([new Array<number>(kinds + 1).fill(1)], [-total]);
  return { message: PRODUCT, update: [squares, gated, added] };
}

/** Edges whose messages are computed at a time. */
const CHUNK_EDGES = 16_384;

/**
 * The values of some nodes after one round: [nodes.length]. `values`: of all nodes before it, [nodes].
 */
export function forwardPassRound(
  graph: ComputationGraph,
  { message, update }: ForwardPassWeights,
  values: Float64Array,
  nodes: Int32Array,
): Float64Array {
  const { firstEdges, sources, weights, biases, labels, nonlinearities } = graph;
  const next = new Float64Array(nodes.length);
  const width = 2 + nonlinearities.length;
  let first = 0;
  while (first < nodes.length) {
    let [last, edgeCount] = [first, 0];
    while (last < nodes.length && (last === first || edgeCount < CHUNK_EDGES)) {
      edgeCount += firstEdges[nodes[last] + 1] - firstEdges[nodes[last]];
      last++;
    }
    const edgeInputs = new Float64Array(2 * edgeCount);
    let at = 0;
    for (const node of nodes.subarray(first, last)) {
      for (let edge = firstEdges[node]; edge < firstEdges[node + 1]; edge++) {
        edgeInputs[at++] = values[sources[edge]];
        edgeInputs[at++] = weights[edge];
      }
    }
    const messages = applyPerceptron(message, edgeInputs);
    const nodeInputs = new Float64Array((last - first) * width);
    at = 0;
    nodes.subarray(first, last).forEach((node, row) => {
      for (let edge = firstEdges[node]; edge < firstEdges[node + 1]; edge++)
        nodeInputs[row * width] += messages[at++];
      nodeInputs[row * width + 1] = biases[node];
      nodeInputs[row * width + 2 + labels[node]] = 1;
    });
    next.set(applyPerceptron(update, nodeInputs), first);
    first = last;
  }
  return next;
}

/** The states with which message passing starts: the biases of nodes that nothing comes into (inputs, constants), or 0. */
export function initialValues({ biases, depths }: ComputationGraph): Float64Array {
  return biases.map((bias, node) => (depths[node] === 0 ? bias : 0));
}

/** Called after a round, 1 … `rounds`. */
export type OnRound = (round: number, rounds: number) => void;

export interface ForwardPass {
  /** [nodes]: after the last round. */
  readonly values: Float64Array;
  /** For round k (k = 0: the start) the nodes of depth k, whose values that round makes right for good. */
  readonly rounds: readonly Int32Array[];
}

/** Nodes by depth. */
function nodesByDepth({ depths, depth, nodeCount }: ComputationGraph): Int32Array[] {
  const counts = new Int32Array(depth + 1);
  for (const own of depths) counts[own]++;
  const lists = Array.from(counts, (count) => new Int32Array(count));
  counts.fill(0);
  for (let node = 0; node < nodeCount; node++) lists[depths[node]][counts[depths[node]]++] = node;
  return lists;
}

/**
 * Runs as many rounds as the graph is deep. Before the round of its depth a node would hold what follows from sources that
 * are not right yet (not even a number, at times: the logarithm of a sum that is still 0), and after it the same number
 * again; so each node is computed in that one round only. (That all rounds over all nodes end with the same numbers is
 * tested.) `onRound` is told every round that is over.
 */
export function runForwardPass(graph: ComputationGraph, onRound?: OnRound): ForwardPass {
  const weights = forwardPassWeights(graph.nonlinearities);
  const values = initialValues(graph);
  const rounds = nodesByDepth(graph);
  rounds.forEach((nodes, round) => {
    if (round === 0) return;
    const next = forwardPassRound(graph, weights, values, nodes);
    nodes.forEach((node, index) => {
      values[node] = next[index];
    });
    onRound?.(round, graph.depth);
  });
  return { values, rounds };
}
