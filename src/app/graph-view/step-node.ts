/** Walking the graph by arrow keys. */
import { isCarrier } from '../../graph';
import type { Scene } from './scene';

/** The node that an arrow key leads to from `node` (or into the graph, if none is selected). */
export function stepNode(
  { graph, groupOf }: Scene,
  node: number | undefined,
  key: string,
): number | undefined {
  const { groups } = graph;
  if (!/^Arrow(Up|Down|Left|Right)$/.test(key)) return undefined;
  if (node === undefined) return groups.find(({ kind }) => !isCarrier(kind))?.first;
  const group = groups[groupOf[node]];
  const place = node - group.first;
  if (key === 'ArrowUp') return group.first + Math.max(0, place - 1);
  if (key === 'ArrowDown') return group.first + Math.min(group.count - 1, place + 1);
  // The nearest column on that side; there, the node at the same share of the way down.
  const by = key === 'ArrowRight' ? 1 : -1;
  const candidates = groups.filter(({ kind, depth }) => !isCarrier(kind) && (depth - group.depth) * by > 0);
  const nearest = candidates.sort((a, b) => (a.depth - b.depth) * by)[0];
  if (!nearest) return node;
  const share = group.count > 1 ? place / (group.count - 1) : 0.5;
  return nearest.first + Math.round(share * (nearest.count - 1));
}
