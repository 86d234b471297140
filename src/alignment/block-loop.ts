/** The arithmetic of an edge block's pairs, for loops over both of its ends. */
import { type BlockShape, type GraphShape, sourcesPerTarget, targetsPerSource } from '../graph';

export interface PairShape {
  readonly targets: number;
  readonly sources: number;
  readonly taps: number;
  /** Sources that a target meets, and targets that a source meets. */
  readonly perTarget: number;
  readonly perSource: number;
}

export function pairShape(block: BlockShape, { groups }: GraphShape): PairShape {
  return {
    targets: groups[block.target].count,
    sources: groups[block.source].count,
    taps: block.taps,
    perTarget: sourcesPerTarget(block, groups),
    perSource: targetsPerSource(block, groups),
  };
}

/** The first source that target `target` meets; the others follow. */
export function firstSource({ perTarget, perSource }: PairShape, target: number): number {
  return Math.floor(target / perSource) * perTarget;
}
