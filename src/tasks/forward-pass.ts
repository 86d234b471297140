/**
 * The forward pass of a network as a constructed metanet runs it (../metanets/constructed), told round by round: how many nodes
 * hold their activation, which of the network's own operators they belong to, and the numbers themselves.
 */
import { type GraphShape, isWeightBlock } from '../graph';
import {
  type OnRound,
  runForwardPass,
  runGmnForwardPass,
  type UnrolledNetwork,
  type WrittenActivations,
} from '../metanets/constructed';

export interface Activations {
  readonly shape: readonly number[];
  /** Row-major, [Π shape]. */
  readonly values: Float32Array;
}

export interface PassRound {
  /** Nodes that hold their activation for good since this round. */
  readonly nodeCount: number;
  /** Types of the operators whose activations are whole since this round, in the file's order; none on the way to one. */
  readonly operators: readonly string[];
  /** Where there are none: the type of the operator that comes next. */
  readonly towards: string | undefined;
  /** What the last of the operators writes; in round 0 the network's input. */
  readonly activations: Activations | undefined;
}

export interface FollowedPass {
  readonly nodeCount: number;
  readonly edgeCount: number;
  /** [depth + 1]: the start, and every round. */
  readonly rounds: readonly PassRound[];
  /** The network's first output, row-major. */
  readonly outputs: Float64Array;
  /** [outputs]: the round that made each right. */
  readonly outputRounds: Int32Array;
}

/** About how many edges a computation graph has: every weight once at every position of what it writes. */
export const estimatedEdges = ({ blocks, groups }: GraphShape): number =>
  blocks
    .filter(isWeightBlock)
    .reduce((total, { edgeCount, target }) => total + edgeCount * groups[target].positions, 0);

/** Runs the exact construction. `onRound` is told every round that is over. */
export function followForwardPass(network: UnrolledNetwork, onRound?: OnRound): FollowedPass {
  const { graph, input, output } = network;
  const { values, rounds } = runForwardPass(graph, onRound);
  const roundOf = (nodes: Int32Array) =>
    nodes.reduce((latest, node) => Math.max(latest, graph.depths[node]), 0);
  const whole = network.written.map((written) => ({ written, round: roundOf(written.nodes) }));
  const activationsOf = ({ shape, nodes }: { shape: readonly number[]; nodes: Int32Array }): Activations => ({
    shape,
    values: Float32Array.from(nodes, (node) => values[node]),
  });
  return {
    nodeCount: graph.nodeCount,
    edgeCount: graph.edgeCount,
    rounds: rounds.map(({ length }, round): PassRound => {
      const made = whole.filter((one) => one.round === round).map(({ written }) => written);
      const last = made.at(-1) ?? (round === 0 ? input : undefined);
      return {
        nodeCount: length,
        operators: round === 0 ? [] : typesOf(made),
        towards: whole.find((one) => one.round > round)?.written.operatorType,
        activations: last && activationsOf(last),
      };
    }),
    outputs: Float64Array.from(output.nodes, (node) => values[node]),
    outputRounds: Int32Array.from(output.nodes, (node) => graph.depths[node]),
  };
}

const typesOf = (written: readonly WrittenActivations[]) => [
  ...new Set(written.map(({ operatorType }) => operatorType)),
];

/**
 * Runs the checkpoints' own GMN with constructed weights; the network's first output as it stands at the start and after every
 * round: [depth + 1][outputs]. Throws UnsupportedModelError where SiLUs do not do, or the graph is too large.
 */
export function followGmnForwardPass(
  { graph, output }: UnrolledNetwork,
  fileName: string,
  onRound?: OnRound,
): Float64Array[] {
  const states = runGmnForwardPass(graph, fileName, onRound);
  return states.map((values) => Float64Array.from(output.nodes, (node) => values[node]));
}

/** The largest difference, as a share of the largest of `expected`. Not a number where any of them is not. */
export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, magnitude] = [0, 0];
  for (let index = 0; index < expected.length; index++) {
    difference = Math.max(difference, Math.abs(actual[index] - expected[index]));
    magnitude = Math.max(magnitude, Math.abs(expected[index]));
  }
  return difference === 0 ? 0 : difference / magnitude;
}
