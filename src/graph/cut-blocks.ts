/**
 * Cuts links into edge blocks, each between two whole groups.
 */
import type { Network } from '../network';
import { type Grouping, partOf } from './group-nodes';
import type { Link } from './link';
import type { EdgeBlock } from './parameter-graph';

/** A list that names a node twice (the same activation concatenated with itself) becomes two links. */
export function withoutRepeats(link: Link): Link[] {
  if (link.pattern !== 'dense') return [link];
  if (isIncreasing(link.sources) && isIncreasing(link.targets)) return [link];
  const split = (list: Int32Array): number[][] => {
    const seen = new Map<number, number>();
    const rounds: number[][] = [];
    list.forEach((node, entry) => {
      const round = seen.get(node) ?? 0;
      seen.set(node, round + 1);
      rounds[round] ??= [];
      rounds[round].push(entry);
    });
    return rounds;
  };
  const [sourceRounds, targetRounds] = [split(link.sources), split(link.targets)];
  if (sourceRounds.length === 1 && targetRounds.length === 1) return [link];
  const pick = (list: Int32Array, entries: number[]) => Int32Array.from(entries, (entry) => list[entry]);
  return sourceRounds.flatMap((sourceEntries) =>
    targetRounds.map((targetEntries) => ({
      ...link,
      sources: pick(link.sources, sourceEntries),
      columns: pick(link.columns, sourceEntries),
      targets: pick(link.targets, targetEntries),
      rows: pick(link.rows, targetEntries),
    })),
  );
}

/** Most lists are: then no node comes twice, and nothing needs to be sorted. */
const isIncreasing = (list: Int32Array) => list.every((node, entry) => entry === 0 || node > list[entry - 1]);

/** Entries of a list by group, in the order of the nodes. */
function entriesByGroup(list: Int32Array, { groupOf }: Grouping): Map<number, number[]> {
  const byGroup = new Map<number, number[]>();
  list.forEach((node, entry) => {
    const group = groupOf[node];
    const entries = byGroup.get(group);
    if (entries) entries.push(entry);
    else byGroup.set(group, [entry]);
  });
  if (isIncreasing(list)) return byGroup;
  for (const entries of byGroup.values()) entries.sort((a, b) => list[a] - list[b]);
  return byGroup;
}

type OpenBlock = Omit<EdgeBlock, 'firstEdge' | 'edgeCount' | 'firstPair' | 'pairCount'>;

export function cutBlocks(network: Network, links: readonly Link[], grouping: Grouping): EdgeBlock[] {
  const open = links.flatMap((link): OpenBlock[] => {
    switch (link.pattern) {
      case 'dense':
        return cutDense(network, link, grouping);
      case 'diagonal':
        return cutDiagonal(network, link, grouping);
      case 'grouped':
        return cutGrouped(network, link, grouping);
      default:
        return link.pattern satisfies never;
    }
  });
  let [firstEdge, firstPair] = [0, 0];
  return open.map((block) => {
    const { groups } = grouping;
    const perTarget = block.pattern === 'diagonal' ? 1 : groups[block.source].count / block.groups;
    const pairCount = groups[block.target].count * perTarget;
    const complete = { ...block, firstEdge, edgeCount: pairCount * block.taps, firstPair, pairCount };
    firstEdge += complete.edgeCount;
    firstPair += pairCount;
    return complete;
  });
}

function blockOf(
  network: Network,
  link: Link,
  ends: { source: number; target: number },
  pattern: EdgeBlock['pattern'],
  groups: number,
  sourceEntries: readonly number[],
  targetEntries: readonly number[],
): OpenBlock {
  const { kind, layer, taps, tapShape, stride, tensor } = link;
  const rows = Int32Array.from(targetEntries, (entry) => link.rows[entry]);
  const columns = Int32Array.from(sourceEntries, (entry) => link.columns[entry]);
  return {
    kind,
    layer,
    name: network.layers[layer].name,
    ...ends,
    pattern,
    groups,
    taps: taps.length,
    tapShape,
    stride,
    tensorName: tensor?.name,
    values: tensor ? { kind: 'tensor', tensor, rows, columns, taps } : { kind: 'constant', value: 1 },
  };
}

function cutDense(network: Network, link: Link, grouping: Grouping): OpenBlock[] {
  const sources = entriesByGroup(link.sources, grouping);
  const targets = entriesByGroup(link.targets, grouping);
  return [...targets].flatMap(([target, targetEntries]) =>
    [...sources].map(([source, sourceEntries]) =>
      blockOf(network, link, { source, target }, 'dense', 1, sourceEntries, targetEntries),
    ),
  );
}

function cutDiagonal(network: Network, link: Link, grouping: Grouping): OpenBlock[] {
  return [...entriesByGroup(link.targets, grouping)].map(([target, entries]) => {
    const source = grouping.groupOf[link.sources[entries[0]]];
    return blockOf(network, link, { source, target }, 'diagonal', 1, entries, entries);
  });
}

/** Parts that lie in the same two groups stay one grouped block; a part that is cut becomes dense blocks. */
function cutGrouped(network: Network, link: Link, grouping: Grouping): OpenBlock[] {
  const { sources, targets, groups } = link;
  const [perSource, perTarget] = [sources.length / groups, targets.length / groups];
  const entries = (part: number, size: number) =>
    Array.from({ length: size }, (_, index) => part * size + index);
  const blocks: OpenBlock[] = [];
  for (let part = 0; part < groups; ) {
    const source = grouping.groupOf[sources[part * perSource]];
    const target = grouping.groupOf[targets[part * perTarget]];
    const [sourceCount, targetCount] = [grouping.groups[source].count, grouping.groups[target].count];
    const parts = sourceCount / perSource;
    if (parts >= 1 && parts === targetCount / perTarget) {
      const [from, to] = [part, part + parts];
      const all = (size: number) =>
        Array.from({ length: to - from }, (_, index) => entries(from + index, size)).flat();
      const pattern = parts === 1 ? 'dense' : perSource === 1 && perTarget === 1 ? 'diagonal' : 'grouped';
      const count = pattern === 'grouped' ? parts : 1;
      blocks.push(blockOf(network, link, { source, target }, pattern, count, all(perSource), all(perTarget)));
      part = to;
    } else {
      const sub = {
        ...link,
        pattern: 'dense' as const,
        groups: 1,
        sources: partOf(sources, groups, part),
        columns: partOf(link.columns, groups, part),
        targets: partOf(targets, groups, part),
        rows: partOf(link.rows, groups, part),
      };
      blocks.push(...cutDense(network, sub, grouping));
      part++;
    }
  }
  return blocks;
}
