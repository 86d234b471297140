/** A trace of the metanet on one network as the page shows it: its states, their principal components, and the weights between. */
import type { GraphShape } from '../graph';
import type { Card } from '../metanets/card';
import type { GmnWeights } from '../metanets/gmn';
import type { GmnTrace } from '../metanets/gmn/trace';
import type { RoundWeights } from '../metanets/gmn/weights';
import { principalComponents } from './trace-components';

export interface NetworkTrace extends GmnTrace {
  /** H, and the weights of every round. */
  readonly width: number;
  readonly rounds: readonly RoundWeights[];
  /** Per state table of the trace, [rows, 3]: as `principalComponents`. */
  readonly components: {
    readonly nodes: readonly Float32Array[];
    readonly pairs: readonly Float32Array[] | undefined;
  };
}

/** What the page may hold of states of pairs: they exist twice while they are read back. */
export const MAX_PAIR_BYTES = 2 ** 28;

/** Bytes that the states of a network's pairs take over all rounds of a GMN of this configuration. */
export const pairStateBytes = ({ pairCount }: GraphShape, { width, rounds }: Card['config']): number =>
  4 * pairCount * width * (rounds + 1);

export function networkTrace({ width, rounds }: GmnWeights, trace: GmnTrace): NetworkTrace {
  const components = {
    nodes: principalComponents(trace.nodes, width),
    pairs: trace.pairs && principalComponents(trace.pairs, width),
  };
  return { ...trace, width, rounds, components };
}
