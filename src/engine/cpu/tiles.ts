/** How a band is cut into tiles: rectangles of so few pairs that their states stay in the processor's nearest cache. */
import type { Band } from '../bands';

/** Pairs that a tile has about. */
const TILE_PAIRS = 64;

/** A rectangle of a band with consecutive pairs: several whole rows of a narrow band, a part of a row of a wide one. */
export interface Tile {
  /** First target and source, counted within the band; along a diagonal the source moves on with the target. */
  readonly target: number;
  readonly source: number;
  readonly targets: number;
  readonly sources: number;
  /** First pair within the band, and how many. */
  readonly first: number;
  readonly rows: number;
}

export function* tilesOf({ targets, sources, isDiagonal }: Band): Generator<Tile> {
  const height = sources > TILE_PAIRS ? 1 : Math.max(1, Math.floor(TILE_PAIRS / sources));
  const breadth = sources > TILE_PAIRS ? partOfRow(sources) : sources;
  for (let target = 0; target < targets; target += height) {
    for (let source = 0; source < sources; source += breadth) {
      const [tall, wide] = [Math.min(height, targets - target), Math.min(breadth, sources - source)];
      yield {
        target,
        source: isDiagonal ? target : source,
        targets: tall,
        sources: wide,
        first: target * sources + source,
        rows: tall * wide,
      };
    }
  }
}

/** Equal parts of a wide row, in whole vectors. */
function partOfRow(sources: number): number {
  return Math.ceil(sources / Math.ceil(sources / TILE_PAIRS) / 4) * 4;
}

/** Pairs of the largest tile of any band. */
export function largestTile(bands: readonly Band[]): number {
  let most = 1;
  for (const { sources } of bands) {
    const rows = sources > TILE_PAIRS ? partOfRow(sources) : Math.floor(TILE_PAIRS / sources) * sources;
    most = Math.max(most, rows);
  }
  return most;
}
