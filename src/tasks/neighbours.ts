/**
 * A node's surroundings: every block that meets it, with the values on the edges between.
 */
import type { BlockShape, GraphShape } from '../graph';
import { sourcesPerTarget, targetsPerSource } from '../graph';

export interface Neighbourhood {
  readonly block: number;
  readonly direction: 'incoming' | 'outgoing';
  /** Node numbers of the neighbours, strongest first. */
  readonly nodes: Int32Array;
  /** [neighbours, taps], row-major, in the same order. */
  readonly values: Float32Array;
  /** Neighbours there are; more than are listed in very wide layers. */
  readonly count: number;
}

/** Neighbours listed per block. */
export const MAX_NEIGHBOURS = 512;

/** Pairs of a block that meet one node, with the node at the other end. */
function pairsOfNode(
  block: BlockShape,
  graph: GraphShape,
  direction: Neighbourhood['direction'],
  place: number,
): { pair: number; other: number }[] {
  const { groups } = graph;
  const [source, target] = [groups[block.source], groups[block.target]];
  const [perTarget, perSource] = [sourcesPerTarget(block, groups), targetsPerSource(block, groups)];
  if (block.pattern === 'diagonal') {
    return [{ pair: place, other: (direction === 'incoming' ? source : target).first + place }];
  }
  if (direction === 'incoming') {
    const part = Math.floor(place / perSource);
    return Array.from({ length: perTarget }, (_, index) => ({
      pair: place * perTarget + index,
      other: source.first + part * perTarget + index,
    }));
  }
  const part = Math.floor(place / perTarget);
  return Array.from({ length: perSource }, (_, index) => ({
    pair: (part * perSource + index) * perTarget + (place % perTarget),
    other: target.first + part * perSource + index,
  }));
}

/** Blocks that meet a node, as (block, direction) pairs; the values of each are needed next. */
export function blocksOfGroup(
  graph: GraphShape,
  group: number,
): { block: number; direction: Neighbourhood['direction'] }[] {
  return graph.blocks.flatMap(({ source, target }, block) => [
    ...(target === group ? [{ block, direction: 'incoming' as const }] : []),
    ...(source === group ? [{ block, direction: 'outgoing' as const }] : []),
  ]);
}

/** The neighbours of a node along one block, strongest first. `values`: the block's, [edgeCount]. */
export function neighbourhood(
  graph: GraphShape,
  block: number,
  direction: Neighbourhood['direction'],
  place: number,
  values: Float32Array,
): Neighbourhood {
  const { taps } = graph.blocks[block];
  const strength = (pair: number) => {
    let squares = 0;
    for (let tap = pair * taps; tap < (pair + 1) * taps; tap++) squares += values[tap] ** 2;
    return squares;
  };
  const pairs = pairsOfNode(graph.blocks[block], graph, direction, place)
    .map((entry) => ({ ...entry, strength: strength(entry.pair) }))
    .sort((a, b) => b.strength - a.strength);
  const listed = pairs.slice(0, MAX_NEIGHBOURS);
  const listedValues = new Float32Array(listed.length * taps);
  listed.forEach(({ pair }, index) => {
    listedValues.set(values.subarray(pair * taps, (pair + 1) * taps), index * taps);
  });
  return {
    block,
    direction,
    nodes: Int32Array.from(listed, ({ other }) => other),
    values: listedValues,
    count: pairs.length,
  };
}
