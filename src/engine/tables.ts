/**
 * A parameter graph as the small tables that the kernels read: one row per block and group, none per edge.
 * Layouts are those of shaders/lib/blocks.wgsl and shaders/gather-means.wgsl; a test compares them.
 */
import { type GraphShape, isWeightBlock, sourcesPerTarget } from '../graph';
import { tapBasis } from '../metanets/edge-inputs';

export const BLOCK_WORDS = 12;
export const GROUP_WORDS = 7;
export const CHUNK_WORDS = 4;
/** Rows that one workgroup works on. */
export const CHUNK_ROWS = 64;

export interface Segment {
  readonly first: number;
  readonly count: number;
}

export interface ChunkTable {
  /** {segment, first, count, 0} per chunk. */
  readonly chunks: Uint32Array;
  readonly count: number;
  /** {first chunk, chunks} per segment. */
  readonly segments: Uint32Array;
}

/** Cuts segments of consecutive rows into chunks of at most CHUNK_ROWS. */
export function chunkTable(segments: readonly Segment[]): ChunkTable {
  const rows: number[] = [];
  const ends: number[] = [];
  segments.forEach(({ first, count }, segment) => {
    const before = rows.length / CHUNK_WORDS;
    for (let row = 0; row < count; row += CHUNK_ROWS) {
      rows.push(segment, first + row, Math.min(CHUNK_ROWS, count - row), 0);
    }
    ends.push(before, rows.length / CHUNK_WORDS - before);
  });
  return {
    chunks: Uint32Array.from(rows),
    count: rows.length / CHUNK_WORDS,
    segments: Uint32Array.from(ends),
  };
}

export interface GraphTables {
  /** [blocks, BLOCK_WORDS] */
  readonly blocks: Uint32Array;
  /** [groups, GROUP_WORDS] and the block numbers that they point to */
  readonly groups: Uint32Array;
  readonly links: Uint32Array;
  /** [rows, BASIS²]: the tap basis of every kernel shape that occurs */
  readonly basis: Float32Array;
  readonly pairChunks: ChunkTable;
  readonly nodeChunks: ChunkTable;
}

/** Builds all tables. `scales`: per block the factor of its values (src/metanets/edge-inputs.ts). */
export function graphTables(graph: GraphShape, scales: Float32Array): GraphTables {
  const { groups, blocks } = graph;
  const bases = new Map<string, { first: number; values: Float32Array }>();
  let basisRows = 0;
  const blockWords = new Uint32Array(blocks.length * BLOCK_WORDS);
  const blockFloats = new Float32Array(blockWords.buffer);
  blocks.forEach((block, index) => {
    const key = block.tapShape.join();
    let basis = bases.get(key);
    if (!basis) {
      basis = { first: basisRows, values: tapBasis(block.tapShape) };
      bases.set(key, basis);
      basisRows += block.taps;
    }
    const [source, target] = [groups[block.source], groups[block.target]];
    blockWords.set(
      [
        source.first,
        target.first,
        sourcesPerTarget(block, groups),
        target.count / block.groups,
        target.count,
        Number(block.pattern === 'diagonal'),
        block.firstPair,
        block.pairCount,
        block.firstEdge,
        block.taps,
        basis.first,
      ],
      index * BLOCK_WORDS,
    );
    blockFloats[index * BLOCK_WORDS + 11] = scales[index];
  });

  const links: number[] = [];
  const groupWords = new Uint32Array(groups.length * GROUP_WORDS);
  const byEnd = listBlocksByEnd(graph);
  groups.forEach(({ first }, group) => {
    const lists = byEnd[group];
    const starts = lists.map((list) => {
      const start = links.length;
      links.push(...list);
      return start;
    });
    groupWords.set([first, ...starts, ...lists.map(({ length }) => length)], group * GROUP_WORDS);
  });

  const basis = new Float32Array([...bases.values()].reduce((total, { values }) => total + values.length, 0));
  let written = 0;
  for (const { values } of bases.values()) {
    basis.set(values, written);
    written += values.length;
  }
  return {
    blocks: blockWords,
    groups: groupWords,
    links: Uint32Array.from(links),
    basis,
    pairChunks: chunkTable(
      blocks.map(({ firstPair, pairCount }) => ({ first: firstPair, count: pairCount })),
    ),
    nodeChunks: chunkTable(groups),
  };
}

/** Per group the blocks of its incoming weights, its other incoming edges, and its outgoing edges. */
function listBlocksByEnd({ groups, blocks }: GraphShape): [number[], number[], number[]][] {
  const lists = groups.map((): [number[], number[], number[]] => [[], [], []]);
  blocks.forEach((block, index) => {
    lists[block.target][isWeightBlock(block) ? 0 : 1].push(index);
    lists[block.source][2].push(index);
  });
  return lists;
}
