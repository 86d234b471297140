/**
 * Network → ParameterGraph: sorts the nodes that links name into groups and cuts the links into blocks, so that every
 * block meets whole groups on both sides.
 */
import { isFloatingPoint, type StoredTensor } from '../formats';
import type { ChannelSet, Network, NormKind } from '../network';
import { type Link, type Links, linkLayers } from './links';
import type { EdgeBlock, NodeGroup, NodeKind, ParameterGraph, UnplacedTensor } from './parameter-graph';

/** Builds the parameter graph of a network. */
export function buildGraph(network: Network): ParameterGraph {
  const links = linkLayers(network);
  const pieces = links.links.flatMap(withoutRepeats);
  const groups = groupNodes(network, links, pieces);
  const blocks = cutBlocks(network, pieces, groups);
  const described = describeGroups(network, links, groups, blocks);
  const { parameters, unplaced } = countParameters(network, blocks);
  const last = blocks.at(-1);
  return {
    groups: described,
    blocks,
    nodeCount: described.reduce((total, { count }) => total + count, 0),
    edgeCount: last ? last.firstEdge + last.edgeCount : 0,
    pairCount: last ? last.firstPair + last.pairCount : 0,
    depth: described.reduce((deepest, { depth }) => Math.max(deepest, depth), 0),
    parameters,
    unplaced,
    isInferred: network.isInferred,
  };
}

/** A list that names a node twice (the same activation concatenated with itself) becomes two links. */
function withoutRepeats(link: Link): Link[] {
  if (link.pattern !== 'dense') return [link];
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

/** A group before its facts are known. */
interface RawGroup {
  readonly first: number;
  readonly count: number;
  readonly layer: number;
}

interface Grouping {
  readonly groups: readonly RawGroup[];
  /** Per node number of the links: its group, or -1 if it has become part of another node. */
  readonly groupOf: Int32Array;
}

/** Cuts the nodes into the largest runs that every link meets as a whole. */
function groupNodes(
  network: Network,
  { sourceNodes, nodeCount, roles }: Links,
  links: readonly Link[],
): Grouping {
  // isCut[i]: a group begins at node i.
  const isCut = new Uint8Array(nodeCount + 1);
  const ranges = [...network.channelSets, ...sourceNodes];
  for (const { first, count } of ranges) isCut[first] = isCut[first + count] = 1;
  for (let node = 0; node < network.channelCount; node++) {
    if (roles.get(node) !== roles.get(node - 1)) isCut[node] = 1;
  }
  for (const link of links) {
    if (link.pattern === 'dense') {
      cutAtEnds(link.sources, isCut);
      cutAtEnds(link.targets, isCut);
    } else if (link.pattern === 'diagonal') cutJointRuns(link, isCut);
    else cutParts(link, isCut);
  }
  // A cut inside one side of a one-to-one or grouped link is a cut on the other side too.
  let isChanging = true;
  while (isChanging) {
    isChanging = false;
    for (const link of links) {
      if (link.pattern === 'diagonal' && mirrorCuts(link, isCut)) isChanging = true;
      if (link.pattern === 'grouped' && cutBrokenParts(link, isCut)) isChanging = true;
    }
  }
  const groups: RawGroup[] = [];
  const groupOf = new Int32Array(nodeCount).fill(-1);
  for (const { first, count, layer } of [...ranges].sort((a, b) => a.layer - b.layer || a.first - b.first)) {
    for (let node = first; node < first + count; node++) {
      if (roles.get(node) === 'key') continue;
      const opens = isCut[node] || node === first;
      if (opens) groups.push({ first: node, count: 0, layer });
      const current = groups.length - 1;
      groups[current] = { ...groups[current], count: groups[current].count + 1 };
      groupOf[node] = current;
    }
  }
  return { groups, groupOf };
}

function cutAtEnds(list: Int32Array, isCut: Uint8Array): void {
  const sorted = list.slice().sort();
  sorted.forEach((node, index) => {
    if (index === 0 || sorted[index - 1] !== node - 1) isCut[node] = 1;
    if (index === sorted.length - 1 || sorted[index + 1] !== node + 1) isCut[node + 1] = 1;
  });
}

/** Cuts both sides wherever entry i + 1 does not continue entry i on both. */
function cutJointRuns({ sources, targets }: Link, isCut: Uint8Array): void {
  sources.forEach((source, index) => {
    const continues =
      index > 0 && source === sources[index - 1] + 1 && targets[index] === targets[index - 1] + 1;
    if (continues) return;
    isCut[source] = isCut[targets[index]] = 1;
    if (index > 0) isCut[sources[index - 1] + 1] = isCut[targets[index - 1] + 1] = 1;
  });
  isCut[sources[sources.length - 1] + 1] = isCut[targets[targets.length - 1] + 1] = 1;
}

function mirrorCuts({ sources, targets }: Link, isCut: Uint8Array): boolean {
  let isChanged = false;
  sources.forEach((source, index) => {
    const target = targets[index];
    if (isCut[source] !== isCut[target]) {
      isCut[source] = isCut[target] = 1;
      isChanged = true;
    }
  });
  return isChanged;
}

/** Entries of one side of part `part` of a grouped link. */
function partOf(list: Int32Array, groups: number, part: number): Int32Array {
  const size = list.length / groups;
  return list.subarray(part * size, (part + 1) * size);
}

const isRun = (list: Int32Array) => list.every((node, index) => index === 0 || node === list[index - 1] + 1);

/** Cuts a grouped link where a part does not continue the one before on both sides. */
function cutParts({ sources, targets, groups }: Link, isCut: Uint8Array): void {
  for (let part = 0; part < groups; part++) {
    for (const list of [sources, targets]) {
      const own = partOf(list, groups, part);
      if (!isRun(own)) cutAtEnds(own, isCut);
    }
    if (part === 0) continue;
    const continues = [sources, targets].every(
      (list) => partOf(list, groups, part)[0] === (partOf(list, groups, part - 1).at(-1) ?? -1) + 1,
    );
    if (!continues) {
      for (const list of [sources, targets]) {
        cutAtEnds(partOf(list, groups, part), isCut);
        cutAtEnds(partOf(list, groups, part - 1), isCut);
      }
    }
  }
  cutAtEnds(sources, isCut);
  cutAtEnds(targets, isCut);
}

/** A part that is cut inside, or begins at a cut on one side, is cut off on both. */
function cutBrokenParts({ sources, targets, groups }: Link, isCut: Uint8Array): boolean {
  const before = isCut.reduce((total, cut) => total + cut, 0);
  for (let part = 0; part < groups; part++) {
    const sides = [partOf(sources, groups, part), partOf(targets, groups, part)];
    const isBroken = sides.some((side) => side.some((node, index) => index > 0 && isCut[node]));
    if (isBroken) for (const side of sides) cutAtEnds(side, isCut);
    else if (sides.some((side) => isCut[side[0]])) for (const side of sides) isCut[side[0]] = 1;
  }
  return isCut.reduce((total, cut) => total + cut, 0) !== before;
}

/** Entries of a list by group, in the order of the nodes. */
function entriesByGroup(list: Int32Array, { groupOf }: Grouping): Map<number, number[]> {
  const byGroup = new Map<number, number[]>();
  list.forEach((node, entry) => {
    const group = groupOf[node];
    const entries = byGroup.get(group);
    if (entries) entries.push(entry);
    else byGroup.set(group, [entry]);
  });
  for (const entries of byGroup.values()) entries.sort((a, b) => list[a] - list[b]);
  return byGroup;
}

type OpenBlock = Omit<EdgeBlock, 'firstEdge' | 'edgeCount' | 'firstPair' | 'pairCount'>;

function cutBlocks(network: Network, links: readonly Link[], grouping: Grouping): EdgeBlock[] {
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

/** Adds to every group what is known of its nodes. */
function describeGroups(
  network: Network,
  { sourceNodes, roles }: Links,
  grouping: Grouping,
  blocks: readonly EdgeBlock[],
): NodeGroup[] {
  const depths = depthOfGroups(grouping, blocks);
  const norms = new Map<number, NormKind>();
  for (const { operation } of network.layers) {
    if (operation.kind !== 'norm') continue;
    for (const channel of operation.channels) {
      const group = grouping.groupOf[channel];
      if (group >= 0 && !norms.has(group)) norms.set(group, operation.norm);
    }
  }
  // What follows a source node's nodes is what follows the nodes it feeds.
  const fed = new Map<number, number>();
  for (const { source, target } of blocks) if (!fed.has(source)) fed.set(source, target);
  const factsOf = (group: number): ChannelSet | undefined => {
    const { first } = grouping.groups[group];
    const set = network.channelSets.find(
      (candidate) => first >= candidate.first && first < candidate.first + candidate.count,
    );
    const target = fed.get(group);
    return set ?? (target === undefined ? undefined : factsOf(target));
  };
  let first = 0;
  return grouping.groups.map(({ first: node, count, layer }, index) => {
    const set = node < network.channelCount ? factsOf(index) : undefined;
    const extra = sourceNodes.find((nodes) => node >= nodes.first && node < nodes.first + nodes.count);
    const facts = factsOf(index);
    const factsGroup = set ? index : (fed.get(index) ?? index);
    const group: NodeGroup = {
      kind: set ? kindOf(set, roles.get(node)) : (extra?.kind ?? 'neuron'),
      name: network.layers[layer].name,
      first,
      count,
      isOrdered: set ? set.isInput || set.isOutput || set.hasOrder : (extra?.isOrdered ?? false),
      isInput: set?.isInput ?? false,
      isOutput: set?.isOutput ?? false,
      depth: depths[index],
      activation: facts?.activation ?? 'none',
      norm: norms.get(factsGroup) ?? 'none',
      pool: facts?.pool ?? 'none',
      globalPool: facts?.globalPool ?? 'none',
      positions: facts?.positions ?? 1,
    };
    first += count;
    return group;
  });
}

function kindOf(set: ChannelSet, role: 'query' | 'key' | 'value' | undefined): NodeKind {
  if (set.isInput) return 'input';
  if (role) return role === 'value' ? 'value' : 'queryKey';
  return set.kind;
}

const IS_WEIGHT: ReadonlySet<EdgeBlock['kind']> = new Set([
  'linearWeight',
  'convWeight',
  'query',
  'key',
  'value',
  'embedding',
]);

export const isWeightBlock = ({ kind }: Pick<EdgeBlock, 'kind'>) => IS_WEIGHT.has(kind);

/** Blocks come in the order of the layers, so one pass suffices. */
function depthOfGroups({ groups }: Grouping, blocks: readonly EdgeBlock[]): number[] {
  const depths = groups.map(() => 0);
  const hasSources = new Set(blocks.map(({ target }) => target));
  for (const { kind, source, target } of blocks) {
    const isMeeting = kind === 'residual' || kind === 'gate';
    if (!isMeeting && !IS_WEIGHT.has(kind)) continue;
    depths[target] = Math.max(depths[target], depths[source] + (isMeeting ? 0 : 1));
  }
  // Bias and norm nodes stand beside the nodes they feed.
  blocks.forEach(({ source, target, kind }) => {
    if (!hasSources.has(source) && kind !== 'residual' && kind !== 'gate' && !IS_WEIGHT.has(kind)) {
      depths[source] = Math.max(depths[source], depths[target]);
    }
  });
  return depths;
}

function countParameters(
  network: Network,
  blocks: readonly EdgeBlock[],
): { parameters: ParameterGraph['parameters']; unplaced: UnplacedTensor[] } {
  const placedIn = new Map<string, number>();
  for (const { values, edgeCount } of blocks) {
    if (values.kind === 'constant') continue;
    const { name } = values.tensor;
    placedIn.set(name, (placedIn.get(name) ?? 0) + edgeCount);
  }
  const isParameter = ({ name, type }: StoredTensor) =>
    placedIn.has(name) ||
    (isFloatingPoint(type) && !network.constants.has(name) && !network.unread.has(name));
  let [placed, all] = [0, 0];
  const unplaced: UnplacedTensor[] = [];
  for (const tensor of network.tensors.values()) {
    if (!isParameter(tensor)) continue;
    const { name, elementCount } = tensor;
    // A tensor that two layers share is on more edges than it has elements.
    const count = Math.min(elementCount, placedIn.get(name) ?? 0);
    placed += count;
    all += elementCount;
    if (count < elementCount) {
      const reason = network.unplacedReasons.get(name) ?? 'no layer that was understood reads it';
      unplaced.push({ name, elementCount: elementCount - count, reason });
    }
  }
  return { parameters: { placed, all }, unplaced };
}
