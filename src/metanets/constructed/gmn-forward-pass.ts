/**
 * The forward pass (./forward-pass) once more, by the GMN that the checkpoints have (../gmn/gmn): its own messagePassing, with
 * constructed weights of one round, which every round repeats. Networks of sums and ReLUs: with those maxima, batch norms and
 * residual sums are written too. What stands in the way of the theorem in that form, and what is done about it:
 *
 * - LayerNorm: states carry ±ANCHOR beside their numbers, each with its negative, so that mean and variance are those of the
 *   anchors. It then divides by a constant.
 * - A mean instead of a sum over incoming edges: edges start with n·w, n the number of edges into their target.
 * - One hidden layer of SiLUs σ for a product: σ(t) + σ(−t) = t²/2 − t⁴/24 + …, so for small ε
 *     x·w ≈ [σ(ε(x + w)) + σ(−ε(x + w)) − σ(ε(x − w)) − σ(−ε(x − w))] / 2ε²
 * - SiLU instead of ReLU: relu(a) ≈ σ(k·a) / k for large k, wrong by 0.28 / k at most.
 * - A residual update: σ(t) − σ(−t) = t takes the old value away.
 *
 * States are float64. They start as they are written here, not as encodings: the checkpoints' encoders compress values, and would
 * have to be undone by approximation. Nodes hold [x, −x, b, −b, o, −o, ANCHOR, −ANCHOR] with o = 1 where no ReLU follows.
 */
import type { BlockShape, GraphShape, NodeGroup } from '../../graph';
import { UnsupportedModelError } from '../../network';
import { messagePassing } from '../gmn/gmn';
import type { RoundWeights } from '../gmn/weights';
import type { LinearWeights } from '../linear-algebra';
import type { ComputationGraph } from './computation-graph';
import { initialValues, type OnRound } from './forward-pass';
import { IDENTITY, RELU } from './nonlinearity';

/** All constants are powers of two, which float32 weights hold exactly. */
const ANCHOR = 2 ** 30;
const EPSILON = 2 ** -19;
/** k: how steep the SiLU is that stands for a ReLU. */
const STEEPNESS = 2 ** 30;
/** Activations within ±RANGE are gated rightly. */
const RANGE = 2 ** 20;

const WIDTH = 8;
const [X, B, O] = [0, 2, 4];
/** LN divides by √(2·ANCHOR² / WIDTH) = ANCHOR / 2; weights that read it multiply again. */
const AFTER_NORM = ANCHOR / 2;
/** The four hidden units of a message: signs of x, of w, and of the unit in the product. */
const MESSAGE_UNITS = [
  [1, 1, 1],
  [-1, -1, 1],
  [1, -1, -1],
  [-1, 1, -1],
] as const;

/** [outputs, inputs] from its entries (output, input, value) that are not 0. */
function sparse(
  inputs: number,
  entries: readonly (readonly [number, number, number])[],
  biases: readonly number[] = [],
): LinearWeights {
  const weight = new Float32Array(WIDTH * inputs);
  for (const [output, input, value] of entries) weight[output * inputs + input] = value;
  const bias = Float32Array.from({ length: WIDTH }, (_, output) => biases[output] ?? 0);
  return { weight, bias, inputs, outputs: WIDTH };
}

/** The weights of every round. */
export function forwardPassRoundWeights(): RoundWeights {
  const ones = new Float32Array(WIDTH).fill(1);
  /** Steepness · a, times a sign: the sum of messages and the bias. */
  const preactivation = (output: number, sign: number) => [
    [output, B, sign * STEEPNESS * AFTER_NORM] as const,
    ...MESSAGE_UNITS.map(
      ([, , part], unit) => [output, WIDTH + unit, (sign * part * STEEPNESS) / (2 * EPSILON ** 2)] as const,
    ),
  ];
  return {
    nodeNorm: ones,
    edgeNorm: ones,
    source: sparse(
      WIDTH,
      MESSAGE_UNITS.map(([sign], unit) => [unit, X, sign * EPSILON * AFTER_NORM]),
    ),
    target: sparse(WIDTH, []),
    edge: sparse(
      WIDTH,
      MESSAGE_UNITS.map(([, sign], unit) => [unit, 0, sign * EPSILON * AFTER_NORM]),
    ),
    edgeStep: sparse(WIDTH, []),
    // Units: relu(a); relu(−a) where o = 1; ±x.
    nodeHidden: sparse(
      4 * WIDTH,
      [
        ...preactivation(0, 1),
        ...preactivation(1, -1),
        [1, O, STEEPNESS * RANGE * AFTER_NORM],
        [2, X, AFTER_NORM],
        [3, X, -AFTER_NORM],
      ],
      [0, -STEEPNESS * RANGE],
    ),
    nodeStep: sparse(
      WIDTH,
      [1, -1].flatMap((sign, place) => [
        [X + place, 0, sign / STEEPNESS],
        [X + place, 1, -sign / STEEPNESS],
        [X + place, 2, -sign],
        [X + place, 3, sign],
      ]),
    ),
  };
}

/** A computation graph as the engine's data: every node a group, every edge a block of one. */
function asGraphShape({
  nodeCount,
  edgeCount,
  firstEdges,
  sources,
  depths,
  depth,
}: ComputationGraph): GraphShape {
  const groups = Array.from(
    depths,
    (own, node): NodeGroup => ({
      ...{ kind: 'neuron', name: `${node}`, first: node, count: 1, depth: own, orderedRun: 1, positions: 1 },
      ...{ isOrdered: false, isInput: own === 0, isOutput: own === depth },
      ...{ activation: 'none', norm: 'none', pool: 'none', globalPool: 'none' },
    }),
  );
  const blocks: BlockShape[] = [];
  for (let target = 0; target < nodeCount; target++) {
    for (let edge = firstEdges[target]; edge < firstEdges[target + 1]; edge++) {
      blocks.push({
        ...{ kind: 'linearWeight', name: `${edge}`, source: sources[edge], target, pattern: 'dense' },
        ...{ groups: 1, taps: 1, tapShape: [], stride: 1, tensorName: undefined, layer: target },
        ...{ firstEdge: edge, edgeCount: 1, firstPair: edge, pairCount: 1 },
      });
    }
  }
  const parameters = { placed: edgeCount, all: edgeCount };
  return {
    ...{ groups, blocks, nodeCount, edgeCount, pairCount: edgeCount, depth, parameters },
    ...{ unplaced: [], ties: [], isInferred: false },
  };
}

/** [nodes, WIDTH] and [edges, WIDTH]. */
function initialStates(graph: ComputationGraph): { v: Float64Array; e: Float64Array } {
  const { nodeCount, edgeCount, firstEdges, biases, weights, labels, nonlinearities } = graph;
  const [v, e] = [new Float64Array(nodeCount * WIDTH), new Float64Array(edgeCount * WIDTH)];
  const put = (states: Float64Array, row: number, numbers: readonly number[]) => {
    numbers.forEach((number, pair) => {
      states[row * WIDTH + 2 * pair] = number;
      states[row * WIDTH + 2 * pair + 1] = -number;
    });
  };
  const values = initialValues(graph);
  for (let node = 0; node < nodeCount; node++) {
    const hasNoRelu = nonlinearities[labels[node]] === IDENTITY;
    put(v, node, [values[node], biases[node], Number(hasNoRelu), ANCHOR]);
    const [first, end] = [firstEdges[node], firstEdges[node + 1]];
    for (let edge = first; edge < end; edge++) put(e, edge, [(end - first) * weights[edge], 0, 0, ANCHOR]);
  }
  return { v, e };
}

/** Messages that are computed one by one: about half a minute of them. */
const MAX_MESSAGES = 4_000_000;

/**
 * Runs the checkpoints' GMN with constructed weights over all nodes, for as many rounds as the graph is deep. For each round,
 * the first being the start, the values of all nodes: [nodes]. Throws UnsupportedModelError for other nonlinearities than ReLU,
 * and for graphs that are too large to be run that way. `onRound` is told every round that is over.
 */
export function runGmnForwardPass(
  graph: ComputationGraph,
  fileName: string,
  onRound?: OnRound,
): Float64Array[] {
  const other = graph.nonlinearities.find((one) => one !== IDENTITY && one !== RELU);
  if (other) {
    const what = `The checkpoints’ GMN has only SiLUs, which stand for ReLUs but not for ${other.name}`;
    throw new UnsupportedModelError(what, fileName, 'The general construction has it.');
  }
  if (graph.edgeCount * graph.depth > MAX_MESSAGES) {
    const what = `${graph.edgeCount} edges in ${graph.depth} rounds are too many for the plain reference`;
    throw new UnsupportedModelError(
      what,
      fileName,
      'Open a smaller network, or one that takes smaller inputs.',
    );
  }
  const shape = asGraphShape(graph);
  const { v, e } = initialStates(graph);
  const round = forwardPassRoundWeights();
  const values = () => Float64Array.from({ length: graph.nodeCount }, (_, node) => v[node * WIDTH + X]);
  const states = [values()];
  for (let k = 1; k <= graph.depth; k++) {
    messagePassing(shape, v, e, WIDTH, round, 'float64');
    states.push(values());
    onRound?.(k, graph.depth);
  }
  return states;
}
