/**
 * What is known of every group of nodes: kind, depth, and what happens to its layer afterwards.
 */
import type { ChannelRange, ChannelSet, Network, NormKind } from '../network';
import type { Grouping } from './group-nodes';
import type { Links } from './link';
import { orderedRuns } from './ordered-runs';
import { type EdgeBlock, isWeightBlock, type NodeGroup, type NodeKind } from './parameter-graph';

/** Adds to every group what is known of its nodes. */
export function describeGroups(
  network: Network,
  { sourceNodes, roles }: Links,
  grouping: Grouping,
  blocks: readonly EdgeBlock[],
): NodeGroup[] {
  const depths = depthOfGroups(grouping, blocks);
  const runWithin = orderedRuns(network);
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
    const set = rangeOf(network.channelSets, first);
    const target = fed.get(group);
    return set ?? (target === undefined ? undefined : factsOf(target));
  };
  let first = 0;
  return grouping.groups.map(({ first: node, count, layer }, index) => {
    const set = node < network.channelCount ? factsOf(index) : undefined;
    const extra = rangeOf(sourceNodes, node);
    const facts = factsOf(index);
    const run = set ? runWithin(node, count) : (extra?.orderedRun ?? 0);
    const isOrdered = set?.isInput || set?.isOutput || run === count;
    const factsGroup = set ? index : (fed.get(index) ?? index);
    const group: NodeGroup = {
      kind: set ? kindOf(set, roles.get(node)) : (extra?.kind ?? 'neuron'),
      name: network.layers[layer].name,
      first,
      count,
      isOrdered,
      orderedRun: isOrdered ? count : Math.max(1, run),
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

/** The range that holds a node, of ranges in ascending order. */
function rangeOf<Range extends ChannelRange>(ranges: readonly Range[], node: number): Range | undefined {
  let [low, high] = [0, ranges.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (ranges[middle].first <= node) low = middle;
    else high = middle - 1;
  }
  const found = ranges[low];
  return found && node >= found.first && node < found.first + found.count ? found : undefined;
}

function kindOf(set: ChannelSet, role: 'query' | 'key' | 'value' | undefined): NodeKind {
  if (set.isInput) return 'input';
  if (role) return role === 'value' ? 'value' : 'queryKey';
  return set.kind;
}

/** Blocks come in the order of the layers, so one pass suffices. */
function depthOfGroups({ groups }: Grouping, blocks: readonly EdgeBlock[]): number[] {
  const depths = groups.map(() => 0);
  const hasSources = new Set(blocks.map(({ target }) => target));
  for (const { kind, source, target } of blocks) {
    const isMeeting = kind === 'residual' || kind === 'gate';
    // A recurrent layer reads itself, one step earlier.
    if (kind === 'recurrentHidden' || (!isMeeting && !isWeightBlock({ kind }))) continue;
    depths[target] = Math.max(depths[target], depths[source] + (isMeeting ? 0 : 1));
  }
  // Bias, norm and head nodes stand beside the nodes they feed.
  blocks.forEach(({ source, target, kind }) => {
    const feedsMembers = kind === 'head' || !hasSources.has(source);
    if (feedsMembers && kind !== 'residual' && kind !== 'gate' && !isWeightBlock({ kind })) {
      depths[source] = Math.max(depths[source], depths[target]);
    }
  });
  return depths;
}
