/**
 * Links of value 1: two activations that meet, channels that become one, the heads of attention.
 */
import type { Operation } from '../network';
import { ones } from './link';
import { type LinkTable, sharesNodes } from './link-table';
import type { EdgeKind } from './parameter-graph';

/** Entry i of `sources` meets entry i of `targets`; a node may meet many. */
export function linkMeeting(
  table: LinkTable,
  kind: EdgeKind,
  layer: number,
  sources: Int32Array,
  targets: Int32Array,
): void {
  const link = (
    pattern: 'dense' | 'diagonal' | 'grouped',
    groups: number,
    from: Int32Array,
    to: Int32Array,
  ) => table.links.push({ kind, layer, pattern, groups, ...ones(to, from) });
  const [from, to] = [table.nodes(sources), table.nodes(targets)];
  const [fans, meeters] = [partners(from, to), partners(to, from)];
  if (fans.size === from.length && meeters.size === to.length) {
    link('diagonal', 1, from, to);
    return;
  }
  const [outwards, inwards] = [asParts(fans), asParts(meeters)];
  const parts = outwards ?? inwards;
  if (parts) {
    const pattern = parts.singles.length > 1 ? 'grouped' : 'dense';
    const ends = outwards ? [parts.singles, parts.runs] : [parts.runs, parts.singles];
    link(pattern, parts.singles.length, ends[0], ends[1]);
  } else {
    const rounds = oneToOne(from, to);
    const areRuns = rounds.every((round) => isRun(round, from) && isRun(round, to));
    if (areRuns || rounds.length <= Math.min(fans.size, meeters.size)) {
      for (const round of rounds) {
        const pick = (list: Int32Array) => Int32Array.from(round, (entry) => list[entry]);
        link('diagonal', 1, pick(from), pick(to));
      }
    } else if (fans.size <= meeters.size) {
      for (const [node, list] of fans) link('dense', 1, Int32Array.of(node), Int32Array.from(list));
    } else for (const [node, list] of meeters) link('dense', 1, Int32Array.from(list), Int32Array.of(node));
  }
}

function partners(nodes: Int32Array, others: Int32Array): Map<number, number[]> {
  const lists = new Map<number, number[]>();
  nodes.forEach((node, entry) => {
    const list = lists.get(node);
    if (list) list.push(others[entry]);
    else lists.set(node, [others[entry]]);
  });
  return lists;
}

/** One node each with a run of its own, all runs equally long and one after the other: parts of a grouped link. */
function asParts(lists: Map<number, number[]>): { singles: Int32Array; runs: Int32Array } | undefined {
  const sorted = [...lists].sort(([a], [b]) => a - b);
  const runs = Int32Array.from(sorted.flatMap(([, list]) => list.sort((a, b) => a - b)));
  const isEven = sorted.every(([, list]) => list.length === sorted[0][1].length);
  const isRun = runs.every((node, index) => node === runs[0] + index);
  return isEven && isRun ? { singles: Int32Array.from(sorted, ([node]) => node), runs } : undefined;
}

/** Consecutive nodes, which need not be cut apart. */
const isRun = (entries: readonly number[], nodes: Int32Array) =>
  entries.every((entry, index) => nodes[entry] === nodes[entries[0]] + index);

/** Splits the entries into lists in which no node comes twice on either side. */
function oneToOne(from: Int32Array, to: Int32Array): number[][] {
  const rounds: { entries: number[]; sources: Set<number>; targets: Set<number> }[] = [];
  from.forEach((source, entry) => {
    const target = to[entry];
    const free = rounds.find(({ sources, targets }) => !sources.has(source) && !targets.has(target));
    const round = free ?? { entries: [], sources: new Set(), targets: new Set() };
    if (!free) rounds.push(round);
    round.entries.push(entry);
    round.sources.add(source);
    round.targets.add(target);
  });
  return rounds.map(({ entries }) => entries);
}

/** A node per head, linked with the head's members; heads of shared keys and values have nodes of their own. */
export function linkAttention(
  table: LinkTable,
  layer: number,
  attention: Extract<Operation, { kind: 'attention' }>,
): void {
  const { heads, keyHeads, meetings } = attention;
  const [queries, keys, values] = [attention.queries, attention.keys, attention.values].map((list) =>
    table.nodes(list),
  );
  const link = (groups: number, sources: Int32Array, targets: Int32Array) =>
    table.links.push({ kind: 'head', layer, pattern: 'grouped', groups, ...ones(targets, sources) });
  let queryHeads: Int32Array;
  if (sharesNodes(attention)) {
    queryHeads = table.addNodes('head', layer, heads);
    link(heads, queryHeads, withoutRepeats(queries, heads));
    link(heads, queryHeads, values);
  } else {
    const sharedHeads = table.addNodes('head', layer, keyHeads);
    // Which of the heads that share a key is which matters to the weight that reads their results, tap by tap.
    queryHeads = table.addNodes('head', layer, heads, heads / keyHeads);
    link(heads, queryHeads, queries);
    link(keyHeads, sharedHeads, keys);
    link(keyHeads, sharedHeads, values);
    link(keyHeads, sharedHeads, queryHeads);
  }
  for (const { kind, channels } of meetings) {
    linkMeeting(table, kind === 'sum' ? 'residual' : 'gate', layer, channels, queryHeads);
  }
}

/** A query that meets several keys (content and position) is one member of its head. */
function withoutRepeats(members: Int32Array, heads: number): Int32Array {
  const size = members.length / heads;
  const parts = Array.from({ length: heads }, (_, head) => [
    ...new Set(members.subarray(head * size, (head + 1) * size)),
  ]);
  return parts.every(({ length }) => length === parts[0].length) ? Int32Array.from(parts.flat()) : members;
}
