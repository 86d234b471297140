/** What a network has that no network of a metanet's zoo has, by the facts of its layers: its weights play no part. */
import { type GraphShape, NODE_KINDS } from '../graph';
import type { Checkpoint } from '../metanets/checkpoint';
import {
  EDGE_FACT_LABELS,
  edgeFacts,
  NODE_FACT_LABELS,
  nodeFacts,
  TOLD_EDGE_KINDS,
  untoldKinds,
} from '../metanets/facts';

/** Facts are scaled to about ±1: this much beyond what the zoo has is still like it. */
const FACT_SLACK = 0.05;

/** Rows of facts, each of a kind, and what the kind is called by its fact. */
interface Rows {
  readonly facts: Float32Array;
  /** The first `kindCount` of them are whether the row is of the first kind, of the second, … */
  readonly labels: readonly string[];
  /** [kinds, 2, facts]: least and largest in the zoo; of kinds that it does not have, 0. */
  readonly ranges: Float32Array | undefined;
  readonly kindCount: number;
}

function addStrange(strange: Map<string, string>, { facts, labels, ranges, kindCount }: Rows): void {
  const width = labels.length;
  if (ranges?.length !== kindCount * 2 * width)
    throw new Error('The checkpoint does not say what its zoo is like.');
  for (let row = 0; row < facts.length; row += width) {
    const kind = facts.subarray(row, row + kindCount).indexOf(1);
    const low = ranges.subarray(2 * kind * width, (2 * kind + 1) * width);
    const high = ranges.subarray((2 * kind + 1) * width, (2 * kind + 2) * width);
    const isKnown = high[kind] > 0;
    if (!isKnown) strange.set(labels[kind], labels[kind]);
    for (let column = kindCount; isKnown && column < width; column++) {
      const fact = facts[row + column];
      if (fact >= low[column] - FACT_SLACK && fact <= high[column] + FACT_SLACK) continue;
      const label = labels[column];
      if (!strange.has(label)) strange.set(label, `${label} at ${labels[kind]}`);
    }
  }
}

/**
 * Facts of layers (kinds, widths, depths, activations, …) beyond those of every layer of their kind in the zoo, in words that follow
 * "no network of the zoo has". Wide layers are told by kind: what is usual for a transformer is not for a convolution.
 */
export function strangeFacts({ tensors }: Checkpoint, graph: GraphShape): string[] {
  const strange = new Map(untoldKinds(graph).map((kind) => [kind, kind]));
  addStrange(strange, {
    facts: nodeFacts(graph),
    labels: NODE_FACT_LABELS,
    ranges: tensors.get('domain.node_facts'),
    kindCount: NODE_KINDS.length,
  });
  addStrange(strange, {
    facts: edgeFacts(graph),
    labels: EDGE_FACT_LABELS,
    ranges: tensors.get('domain.edge_facts'),
    kindCount: TOLD_EDGE_KINDS.length,
  });
  // Kinds say more than sizes.
  return [...strange.values()].sort((a, b) => Number(a.startsWith('such')) - Number(b.startsWith('such')));
}
