/**
 * How a run cuts a graph's pairs. A band is up to BAND_TARGETS target nodes of one block (of one part of a grouped block)
 * with all the sources they meet: a rectangle of pairs with consecutive numbers.
 *
 * Sums over edges are formed band by band and added up in the order of the bands, whatever computes them and wherever the
 * work is cut: that is why results do not depend on the number of threads, or on what is stored and what is computed anew.
 */
import { type GraphShape, sourcesPerTarget } from '../graph';

export const BAND_TARGETS = 64;
/** Blocks with many sources, or large kernels, take fewer targets at once: no band outgrows a small device's buffers. */
const MAX_BAND_PAIRS = 2 ** 19;
const MAX_BAND_EDGES = 2 ** 24;

export interface Band {
  readonly block: number;
  /** First nodes (numbers in the graph) and how many. Along a diagonal `sources` is 1, and source follows target. */
  readonly firstTarget: number;
  readonly targets: number;
  readonly firstSource: number;
  readonly sources: number;
  readonly isDiagonal: boolean;
  readonly firstPair: number;
  readonly pairCount: number;
}

/** Source nodes that a band's sums go to. */
export const sourceRows = ({ isDiagonal, targets, sources }: Band) => (isDiagonal ? targets : sources);

/** The part of a graph's values (per block, in edge order) that is a band's: [pairs · taps]. */
export function bandValues(
  { block, firstPair, pairCount }: Band,
  { blocks }: GraphShape,
  values: readonly Float32Array[],
): Float32Array {
  const { taps, firstPair: first } = blocks[block];
  return values[block].subarray((firstPair - first) * taps, (firstPair - first + pairCount) * taps);
}

export function cutIntoBands({ blocks, groups }: GraphShape): Band[] {
  const bands: Band[] = [];
  blocks.forEach((block, index) => {
    const [source, target] = [groups[block.source], groups[block.target]];
    const sources = sourcesPerTarget(block, groups);
    const perPart = target.count / block.groups;
    // A grouped block with one node on either side of each part is a diagonal.
    const isDiagonal = block.pattern === 'diagonal' || (sources === 1 && perPart === 1);
    const fits = Math.min(MAX_BAND_PAIRS / sources, MAX_BAND_EDGES / (sources * block.taps));
    const height = Math.max(1, Math.min(BAND_TARGETS, Math.floor(fits)));
    const rows = isDiagonal ? target.count : perPart;
    for (let part = 0; part < target.count / rows; part++) {
      for (let row = 0; row < rows; row += height) {
        const targets = Math.min(height, rows - row);
        const place = part * rows + row;
        bands.push({
          block: index,
          firstTarget: target.first + place,
          targets,
          firstSource: source.first + (isDiagonal ? place : part * sources),
          sources,
          isDiagonal,
          firstPair: block.firstPair + place * sources,
          pairCount: targets * sources,
        });
      }
    }
  });
  return bands;
}
