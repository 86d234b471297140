/** How alike what two neurons read is: the one at the same place in the second model's file, and the one that was aligned with it. */
import { isWeightBlock, type ParameterGraph } from '../graph';
import { pairShape } from './block-loop';
import type { ModelValues } from './classes';
import { difference } from './differences';

export interface NeuronLikeness {
  /** Cosines of the incoming weights, −1 … 1: with the neuron at the same place in the file, and with the aligned one. */
  readonly before: number;
  readonly after: number;
}

/** Of a node of the first model; undefined for nodes that no weights lead to. Values per block, in edge order. */
export function neuronLikeness(
  graph: ParameterGraph,
  node: number,
  first: ModelValues,
  second: { readonly before: ModelValues; readonly after: ModelValues },
): NeuronLikeness | undefined {
  const group = graph.groups.findIndex(({ first: start, count }) => node >= start && node < start + count);
  const incoming = graph.blocks.flatMap((block, index) =>
    block.target === group && isWeightBlock(block) ? [{ block, index }] : [],
  );
  if (incoming.length === 0) return undefined;
  const place = node - graph.groups[group].first;
  const rows = (values: ModelValues) =>
    incoming.map(({ block, index }) => {
      const { perTarget, taps } = pairShape(block, graph);
      const length = perTarget * taps;
      return values[index].subarray(place * length, (place + 1) * length);
    });
  const own = rows(first);
  return {
    before: difference(own, rows(second.before)).cosine,
    after: difference(own, rows(second.after)).cosine,
  };
}
