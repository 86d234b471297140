/**
 * The pairs of nodes of a graph, by number: the lists of edges that a general graph library would store.
 */
import type { BlockShape, GraphShape } from '../graph';
import { sourcesPerTarget } from '../graph';

/** Calls `visit(pair, source, target)` for every pair of a block, with node numbers. */
export function forEachPair(
  block: BlockShape,
  { groups }: GraphShape,
  visit: (pair: number, source: number, target: number) => void,
): void {
  const [source, target] = [groups[block.source], groups[block.target]];
  const perTarget = sourcesPerTarget(block, groups);
  const targetsPerPart = target.count / block.groups;
  for (let local = 0; local < block.pairCount; local++) {
    const t = Math.floor(local / perTarget);
    const s =
      block.pattern === 'diagonal' ? t : Math.floor(t / targetsPerPart) * perTarget + (local % perTarget);
    visit(block.firstPair + local, source.first + s, target.first + t);
  }
}

/** Where the rows of each block lie in a table of all pairs. */
export const pairsOf = (blocks: readonly BlockShape[]) =>
  blocks.map(({ firstPair, pairCount }) => ({ first: firstPair, count: pairCount }));
