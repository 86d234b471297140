/**
 * Sorts the nodes that links name into groups: the largest runs of nodes that every link meets as a whole.
 */
import type { Network } from '../network';
import type { Link, Links } from './link';

/** A group before its facts are known. */
export interface RawGroup {
  readonly first: number;
  readonly count: number;
  readonly layer: number;
}

export interface Grouping {
  readonly groups: readonly RawGroup[];
  /** Per node number of the links: its group, or -1 if it has become part of another node. */
  readonly groupOf: Int32Array;
}

/** Cuts the nodes into the largest runs that every link meets as a whole. */
export function groupNodes(
  network: Network,
  { sourceNodes, nodeCount, roles, nodeOf }: Links,
  links: readonly Link[],
): Grouping {
  // isCut[i]: a group begins at node i.
  const isCut = new Uint8Array(nodeCount + 1);
  const ranges = [...network.channelSets, ...sourceNodes];
  for (const { first, count } of ranges) isCut[first] = isCut[first + count] = 1;
  for (let node = 0; roles.size > 0 && node < network.channelCount; node++) {
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
  const groups: { first: number; count: number; layer: number }[] = [];
  const groupOf = new Int32Array(nodeCount).fill(-1);
  for (const { first, count, layer } of [...ranges].sort((a, b) => a.layer - b.layer || a.first - b.first)) {
    for (let node = first; node < first + count; node++) {
      if (nodeOf.has(node)) continue;
      const opens = isCut[node] || node === first;
      if (opens) groups.push({ first: node, count: 0, layer });
      groups[groups.length - 1].count++;
      groupOf[node] = groups.length - 1;
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
export function partOf(list: Int32Array, groups: number, part: number): Int32Array {
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
