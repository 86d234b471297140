/**
 * A parameter graph as the small tables that the kernels read: a row per band, block and group, none per edge.
 * Layouts are those of shaders/lib/bands.wgsl and shaders/lib/groups.wgsl; a test compares them.
 */
import { type GraphShape, isWeightBlock, sourcesPerTarget, targetsPerSource } from '../graph';
import { type Band, sourceRows } from './bands';

export const BAND_WORDS = 10;
export const GROUP_WORDS = 9;
export const CHUNK_WORDS = 4;
/** Rows that one workgroup works on. */
export const CHUNK_ROWS = 64;

export interface Segment {
  readonly first: number;
  readonly count: number;
  /** Row of facts; the segment's own number if it is not given. */
  readonly facts?: number;
}

export interface ChunkTable {
  /** {segment, first, count, facts} per chunk. */
  readonly chunks: Uint32Array;
  readonly count: number;
  /** {first chunk, chunks} per segment. */
  readonly segments: Uint32Array;
}

/** Cuts segments of consecutive rows into chunks of at most CHUNK_ROWS. */
export function chunkTable(segments: readonly Segment[]): ChunkTable {
  const ends = new Uint32Array(2 * segments.length);
  let total = 0;
  segments.forEach(({ count }, segment) => {
    const chunks = Math.ceil(count / CHUNK_ROWS);
    ends.set([total, chunks], 2 * segment);
    total += chunks;
  });
  const chunks = new Uint32Array(total * CHUNK_WORDS);
  let at = 0;
  segments.forEach(({ first, count, facts }, segment) => {
    for (let row = 0; row < count; row += CHUNK_ROWS) {
      chunks.set([segment, first + row, Math.min(CHUNK_ROWS, count - row), facts ?? segment], at);
      at += CHUNK_WORDS;
    }
  });
  return { chunks, count: total, segments: ends };
}

export interface GroupTables {
  /** [groups, GROUP_WORDS], and the block numbers that they point to. */
  readonly groups: Uint32Array;
  readonly links: Uint32Array;
  readonly nodeChunks: ChunkTable;
}

export function groupTables(graph: GraphShape): GroupTables {
  const { groups, blocks } = graph;
  // Per group the blocks of its incoming weights, its other incoming edges, and its outgoing edges.
  const lists = groups.map((): [number[], number[], number[]] => [[], [], []]);
  const edges = groups.map(() => [0, 0, 0]);
  blocks.forEach((block, index) => {
    const incoming = isWeightBlock(block) ? 0 : 1;
    lists[block.target][incoming].push(index);
    edges[block.target][incoming] += sourcesPerTarget(block, groups);
    lists[block.source][2].push(index);
    edges[block.source][2] += targetsPerSource(block, groups);
  });
  const links: number[] = [];
  const words = new Uint32Array(groups.length * GROUP_WORDS);
  const floats = new Float32Array(words.buffer);
  lists.forEach((ofGroup, group) => {
    const starts = ofGroup.map((list) => {
      const start = links.length;
      for (const block of list) links.push(block);
      return start;
    });
    words.set([...starts, ...ofGroup.map(({ length }) => length)], group * GROUP_WORDS);
    floats.set(edges[group], group * GROUP_WORDS + 6);
  });
  return { groups: words, links: Uint32Array.from(links), nodeChunks: chunkTable(groups) };
}

/** Bands that are worked on together: consecutive ones, and so consecutive pairs. */
export interface Strip {
  readonly bands: readonly Band[];
  readonly firstPair: number;
  readonly pairCount: number;
  /** Edges of the strip, and rows of sums that its bands make. */
  readonly edgeCount: number;
  readonly sumRows: number;
}

export function cutIntoStrips(
  bands: readonly Band[],
  { blocks }: GraphShape,
  limits: { readonly pairs: number; readonly edges: number },
): Strip[] {
  const strips: Strip[] = [];
  let [open, pairCount, edgeCount, sumRows]: [Band[], number, number, number] = [[], 0, 0, 0];
  const close = () => {
    if (open.length > 0)
      strips.push({ bands: open, firstPair: open[0].firstPair, pairCount, edgeCount, sumRows });
    [open, pairCount, edgeCount, sumRows] = [[], 0, 0, 0];
  };
  for (const band of bands) {
    const edges = band.pairCount * blocks[band.block].taps;
    if (pairCount + band.pairCount > limits.pairs || edgeCount + edges > limits.edges) close();
    open.push(band);
    pairCount += band.pairCount;
    edgeCount += edges;
    sumRows += band.targets + sourceRows(band);
  }
  close();
  return strips;
}

/** The two ways to run a round of edges: three kernels without barriers, or one that keeps its states in workgroup memory. */
export type EdgeVariant = 'split' | 'fused';

/** Sources that one workgroup of the fused kernel takes, and that the split kernels add up first. */
const TILE_SOURCES = 32;
/** Narrower bands would leave most of a tile empty. */
const MIN_FUSED_SOURCES = 16;

export interface StripTables {
  /** [bands, BAND_WORDS] */
  readonly bands: Uint32Array;
  readonly pairChunks: ChunkTable;
  /** Pairs of one kernel shape each. */
  readonly shapes: readonly { readonly tapShape: readonly number[]; readonly pairs: ChunkTable }[];
  /** Of the bands that the split kernels run: their pairs, and their rows of sums. */
  readonly splitPairs: ChunkTable;
  readonly splitSums: ChunkTable;
  /** Of the others: {band, source, first part, tiles} per tile; {row of sums, first part, tiles} per target; all parts. */
  readonly tiles: Uint32Array;
  readonly joins: Uint32Array;
  readonly parts: number;
  /** {first band, bands} of every block of the graph; none for blocks that are not in the strip. */
  readonly blocks: Uint32Array;
}

export function stripTables(
  strip: Strip,
  graph: GraphShape,
  scales: Float32Array,
  variant: EdgeVariant,
): StripTables {
  const { bands, firstPair } = strip;
  const words = new Uint32Array(bands.length * BAND_WORDS);
  const floats = new Float32Array(words.buffer);
  const blocks = new Uint32Array(2 * graph.blocks.length);
  const pairs: Segment[] = [];
  const splitPairs: Segment[] = [];
  const splitSums: Segment[] = [];
  const shapes = new Map<string, { tapShape: readonly number[]; bands: Set<number> }>();
  const [tiles, joins]: [number[], number[]] = [[], []];
  let [firstSum, firstValue, parts] = [0, 0, 0];
  bands.forEach((band, index) => {
    const { taps, tapShape } = graph.blocks[band.block];
    const first = band.firstPair - firstPair;
    words.set(
      [
        ...[band.firstSource, band.firstTarget, band.sources, band.targets, Number(band.isDiagonal)],
        ...[first, firstSum, firstValue, taps],
      ],
      index * BAND_WORDS,
    );
    floats[index * BAND_WORDS + 9] = scales[band.block];
    const segment = { first, count: band.pairCount, facts: band.block };
    pairs.push(segment);
    const shape = shapes.get(tapShape.join()) ?? { tapShape, bands: new Set<number>() };
    shapes.set(tapShape.join(), shape);
    shape.bands.add(index);
    const rows = band.targets + sourceRows(band);
    const isFused = variant === 'fused' && !band.isDiagonal && band.sources >= MIN_FUSED_SOURCES;
    splitPairs.push(isFused ? { ...segment, count: 0 } : segment);
    splitSums.push({ first: firstSum, count: isFused ? 0 : rows });
    if (isFused) {
      const count = Math.ceil(band.sources / TILE_SOURCES);
      for (let tile = 0; tile < count; tile++) tiles.push(index, tile * TILE_SOURCES, parts + tile, count);
      for (let target = 0; target < band.targets; target++) {
        joins.push(firstSum + target, parts + target * count, count);
      }
      parts += band.targets * count;
    }
    firstSum += rows;
    firstValue += band.pairCount * taps;
    if (blocks[2 * band.block + 1] === 0) blocks[2 * band.block] = index;
    blocks[2 * band.block + 1]++;
  });
  return {
    bands: words,
    pairChunks: chunkTable(pairs),
    // Segments are numbered as the bands are: those of other shapes are empty.
    shapes: [...shapes.values()].map(({ tapShape, bands: own }) => ({
      tapShape,
      pairs: chunkTable(pairs.map((pair, index) => (own.has(index) ? pair : { ...pair, count: 0 }))),
    })),
    splitPairs: chunkTable(splitPairs),
    splitSums: chunkTable(splitSums),
    tiles: Uint32Array.from(tiles),
    joins: Uint32Array.from(joins),
    parts,
    blocks,
  };
}
