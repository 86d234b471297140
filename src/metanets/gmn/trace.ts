/**
 * What a GMN computes on one network, round by round: the states of nodes and pairs, what each node reads, and the two
 * readouts. The plain reference here; the engines give the same from their own buffers (src/engine/trace).
 */
import type { GraphShape } from '../../graph';
import { encodeNodes, encodePairs, pairInputs } from '../encoder';
import type { MetanetInput } from '../input';
import type { Floats, Precision } from '../linear-algebra';
import { messagePassing, poolStates } from './gmn';
import { type PooledStates, readOne } from './readout';
import type { GmnWeights } from './weights';

export interface GmnTrace {
  /** Node states after 0, 1, …, L rounds; each [nodes, H]. */
  readonly nodes: readonly Floats[];
  /** States of pairs after 0, 1, …, L rounds, each [pairs, H]; undefined where they were not kept. */
  readonly pairs: readonly Floats[] | undefined;
  /** Per round what nodes read, [nodes, 4·H]: LN(v), and means over incoming weights, other incoming and outgoing edges. */
  readonly read: readonly Floats[];
  readonly readout: TracedReadout;
}

/** What each readout adds to the logit of the predicted accuracy. */
export interface TracedReadout {
  /** Of the encodings, before any message. */
  readonly before: number;
  /** Of the states after the last round; 0 without rounds. */
  readonly after: number;
}

export function tracedReadout(
  weights: GmnWeights,
  graph: GraphShape,
  before: PooledStates,
  after: PooledStates,
): TracedReadout {
  const logit = (readout: GmnWeights['before'], pooled: PooledStates) =>
    readOne(readout, graph, pooled, weights.width).outputs[0];
  return {
    before: logit(weights.before, before),
    after: weights.after ? logit(weights.after, after) : 0,
  };
}

/** Runs the metanet on one input network, and keeps everything. */
export function traceGmn(
  weights: GmnWeights,
  input: MetanetInput,
  precision: Precision = 'float32',
): GmnTrace {
  const { graph } = input;
  const { width, rounds } = weights;
  const e = encodePairs(pairInputs(input, precision), input, weights.edgeEncoder, precision);
  const v = encodeNodes(input, weights.nodeEncoder, precision);
  const [nodes, pairs, read] = [[v.slice()], [e.slice()], [] as Floats[]];
  const before = poolStates(graph, v, e, width);
  for (const round of rounds) {
    read.push(messagePassing(graph, v, e, width, round, precision));
    nodes.push(v.slice());
    pairs.push(e.slice());
  }
  const readout = tracedReadout(weights, graph, before, poolStates(graph, v, e, width));
  return { nodes, pairs, read, readout };
}
