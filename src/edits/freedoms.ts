/** Which of its symmetries each group of nodes has, and why not the others. */
import { isWeightBlock, type ParameterGraph, symmetryFactors } from '../graph';
import type { Network } from '../network';
import { ChannelPaths, type Factor, ObstacleError } from './channel-paths';
import { isParameterBlock, type ParameterBlock } from './draft';

/** `why` goes on after the group's name and "cannot …: "; a sentence without its full stop. */
export type Verdict = { readonly isAllowed: true } | { readonly isAllowed: false; readonly why: string };

export interface GroupFreedom {
  readonly group: number;
  readonly permute: Verdict;
  /** Positive factors, taken back by what reads the group. */
  readonly rescale: Verdict;
  readonly flipSigns: Verdict;
  /** What permutes by itself, outermost first: of attention heads, and dimensions within a head. */
  readonly factors: readonly { readonly size: number; readonly isFixed: boolean }[];
}

const ALLOWED: Verdict = { isAllowed: true };
const forbidden = (why: string): Verdict => ({ isAllowed: false, why });

/** What is said of every group of a network that is not understood as a whole. */
function wholeNetwork(network: Network, graph: ParameterGraph): Verdict {
  const [operator] = network.notUnderstood;
  if (operator)
    return forbidden(`${operator.type} "${operator.operator}" was not understood, and may read them`);
  const [tensor] = graph.unplaced;
  return tensor ? forbidden(`it is not known what "${tensor.name}" belongs to`) : ALLOWED;
}

/** Whether a group, or one of its factors, can be permuted. */
export function permutability(
  network: Network,
  graph: ParameterGraph,
  group: number,
  factor?: number,
  allFactors = symmetryFactors(graph),
): Verdict {
  const whole = wholeNetwork(network, graph);
  const facts = graph.groups[group];
  if (!facts) return forbidden('the network has no such group');
  if (!whole.isAllowed) return whole;
  if (facts.isInput) return forbidden('the order of a network’s inputs has a meaning');
  if (facts.isOutput) return forbidden('the order of a network’s outputs has a meaning');
  const factors = allFactors[group];
  const chosen = factor === undefined ? factors : factors.slice(factor, factor + 1);
  if (facts.count < 2 || chosen.length === 0) return forbidden('there is only one');
  if (chosen.some(({ isFixed }) => !isFixed)) return ALLOWED;
  return forbidden(
    facts.kind === 'row'
      ? 'the rows of a table have meanings'
      : facts.isOrdered
        ? 'their order has a meaning'
        : 'they are tied to others whose order has a meaning',
  );
}

/** The blocks of a group whose values are multiplied by the factors of its nodes, and those that are divided by them. */
export interface Scalable {
  readonly writers: readonly ParameterBlock[];
  readonly readers: readonly ParameterBlock[];
}

const SCALED_KINDS = new Set(['linearWeight', 'convWeight', 'bias', 'normScale', 'normShift']);

/** Throws ObstacleError where a group cannot be scaled. */
export function scalableBlocks(
  network: Network,
  graph: ParameterGraph,
  paths: ChannelPaths,
  group: number,
  factor: Factor,
): Scalable {
  const whole = wholeNetwork(network, graph);
  if (!whole.isAllowed) throw new ObstacleError(`stands in a network of which ${whole.why}`);
  const { isInput, isOutput, kind } = graph.groups[group];
  if (isInput || isOutput) throw new ObstacleError(`is the network’s ${isInput ? 'input' : 'output'}`);
  if (kind !== 'neuron' && kind !== 'channel' && kind !== 'feature')
    throw new ObstacleError('holds no neurons or channels of a layer');
  if (graph.ties.some((tie) => tie.includes(group)))
    throw new ObstacleError('shares its parameters with another group');
  const touching = graph.blocks.filter(({ source, target }) => source === group || target === group);
  const meeting = touching.find((block) => !isParameterBlock(block));
  if (meeting) {
    throw new ObstacleError(
      meeting.kind === 'gate'
        ? 'is multiplied with other channels'
        : 'is added to other channels, or made of them',
    );
  }
  const parameters = touching.filter(isParameterBlock);
  if (parameters.some(({ source, target }) => source === target)) throw new ObstacleError('reads itself');
  const incoming = parameters.filter(({ target }) => target === group);
  const weights = incoming.filter(isWeightBlock);
  const { writers, readers } = paths.follow(new Set(weights.map(({ values }) => values.tensor.name)), factor);
  const scaled = incoming.filter(
    ({ kind, values }) => SCALED_KINDS.has(kind) && writers.has(values.tensor.name),
  );
  const other = [...writers].find((name) => !scaled.some(({ values }) => values.tensor.name === name));
  if (other !== undefined)
    throw new ObstacleError(`is written by "${other}", which is no parameter of its own`);
  const outgoing = parameters.filter(({ source }) => source === group);
  const unseen = outgoing.find(({ values }) => !readers.has(values.tensor.name));
  if (unseen)
    throw new ObstacleError(`is read by "${unseen.values.tensor.name}" on a way that was not found`);
  if (scaled.length === 0 || outgoing.length === 0)
    throw new ObstacleError('has nothing that writes it, or nothing that reads it');
  return { writers: scaled, readers: outgoing };
}

function scalability(...of: Parameters<typeof scalableBlocks>): Verdict {
  try {
    scalableBlocks(...of);
    return ALLOWED;
  } catch (error) {
    if (!(error instanceof ObstacleError)) throw error;
    return forbidden(`the group ${error.message}`);
  }
}

export const pathsOf = ({ program, tensors }: Network) => new ChannelPaths(program, tensors.keys());

/** What may be done to each group of a graph without changing what the network computes. */
export function freedoms(network: Network, graph: ParameterGraph): GroupFreedom[] {
  const paths = pathsOf(network);
  const factors = symmetryFactors(graph);
  return graph.groups.map((_, group) => ({
    group,
    permute: permutability(network, graph, group, undefined, factors),
    rescale: scalability(network, graph, paths, group, 'positive'),
    flipSigns: scalability(network, graph, paths, group, 'negative'),
    factors: factors[group].map(({ size, isFixed }) => ({ size, isFixed })),
  }));
}
