/**
 * Links: edge blocks before the nodes are sorted into groups. Their ends are lists of node numbers in any order. Node
 * numbers here are the network's channels, followed by the nodes that only parameters need (bias, scale, heads, rows).
 */
import type { StoredTensor } from '../formats';
import type { ChannelRange } from '../network';
import type { EdgeKind, NodeKind, Pattern } from './parameter-graph';

export interface Link {
  readonly kind: EdgeKind;
  readonly layer: number;
  readonly pattern: Pattern;
  /** Parts that the lists fall into, for grouped links. */
  readonly groups: number;
  readonly sources: Int32Array;
  readonly targets: Int32Array;
  readonly tensor: StoredTensor | undefined;
  /** Offsets per entry of `targets` and `sources`. */
  readonly rows: Int32Array;
  readonly columns: Int32Array;
  readonly taps: Int32Array;
  readonly tapShape: readonly number[];
  readonly stride: number;
}

/** Consecutive nodes that exist only to carry parameters. */
export interface SourceNodes extends ChannelRange {
  readonly kind: NodeKind;
  readonly layer: number;
  /** Runs that keep their order: 0 where any node may move, all where none may. */
  readonly orderedRun: number;
}

export type Role = 'query' | 'key' | 'value';

export interface Links {
  readonly links: readonly Link[];
  readonly sourceNodes: readonly SourceNodes[];
  readonly nodeCount: number;
  /** What attention makes of a channel. */
  readonly roles: ReadonlyMap<number, Role>;
  /** Channels that are part of another's node: keys, of that of the query they are multiplied with. */
  readonly nodeOf: ReadonlyMap<number, number>;
}

export const NO_TAPS = { taps: Int32Array.of(0), tapShape: [] as number[], stride: 1 };

/** Edges of value 1 between as many nodes. */
export const ones = (targets: Int32Array, sources: Int32Array) => ({
  ...{ sources, targets, tensor: undefined, ...NO_TAPS },
  rows: new Int32Array(targets.length),
  columns: new Int32Array(sources.length),
});

export function range({ first, count }: ChannelRange): Int32Array {
  return Int32Array.from({ length: count }, (_, index) => first + index);
}
