/** A node in a word or two, where it is one of many. */
import { isCarrier } from '../../../graph';
import { kindWord } from '../../graph-view/describe';
import type { Scene } from '../../graph-view/scene';

export function nodeName({ graph, groupOf }: Scene, node: number): string {
  const { name, kind, first, count } = graph.groups[groupOf[node]];
  if (isCarrier(kind))
    return count === 1 ? `${name}: ${kindWord(kind)}` : `${name}: ${kindWord(kind)} ${node - first + 1}`;
  return `${name} ${node - first + 1}`;
}
