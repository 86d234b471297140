/**
 * What a GMN computes on one network, round by round: the states of nodes and pairs, what each node reads, and the
 * readout. The plain reference here; the engines give the same from their own buffers (src/engine/trace).
 */
import { encodeNodes, encodePairs, pairInputs } from '../encoder';
import type { MetanetInput } from '../input';
import type { Floats, Precision } from '../linear-algebra';
import { messagePassing, poolStates } from './gmn';
import { type PooledStates, type ReadoutPart, readoutParts } from './readout';
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

/** What each part of the readout adds to the logit of the predicted accuracy. */
export type TracedReadout = readonly (Pick<ReadoutPart, 'source'> & { readonly logit: number })[];

export const tracedReadout = (
  weights: GmnWeights,
  input: MetanetInput,
  before: PooledStates,
  after: PooledStates,
): TracedReadout =>
  readoutParts(weights, input, before, after).map(({ source, outputs }) => ({ source, logit: outputs[0] }));

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
  const readout = tracedReadout(weights, input, before, poolStates(graph, v, e, width));
  return { nodes, pairs, read, readout };
}
