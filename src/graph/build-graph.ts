/**
 * Network → ParameterGraph: links the layers, sorts the nodes into groups, cuts the links into blocks, counts what was placed.
 */
import { isFloatingPoint, type StoredTensor } from '../formats';
import type { Network } from '../network';
import { cutBlocks, withoutRepeats } from './cut-blocks';
import { describeGroups } from './describe-groups';
import { groupNodes } from './group-nodes';
import { linkLayers } from './links';
import type { EdgeBlock, ParameterGraph, UnplacedTensor } from './parameter-graph';
import { findTies } from './ties';

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
    ties: findTies(blocks),
    isInferred: network.inference !== undefined,
  };
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
