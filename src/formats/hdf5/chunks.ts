/** Where the chunks of a dataset lie: the indices that h5py and its newer settings write. */
import { readLeaves } from './b-tree-1';
import { readRecords } from './b-tree-2';
import type { ChunkIndex } from './layout';
import type { Cursor, Metadata } from './metadata';

export interface Chunk {
  /** Place within the dataset, in chunks along each axis. */
  readonly place: readonly number[];
  readonly address: number;
  /** As stored. */
  readonly bytes: number;
  /** Filters that were left out. */
  readonly mask: number;
}

export interface ChunkGrid {
  /** Number of chunks along each axis. */
  readonly counts: readonly number[];
  readonly chunkShape: readonly number[];
  readonly chunkBytes: number;
  readonly isFiltered: boolean;
}

/** Types of B-trees of chunks. */
const PLAIN_CHUNKS = 10;
const FILTERED_CHUNKS = 11;

export async function* readChunks(
  metadata: Metadata,
  index: Exclude<ChunkIndex, { kind: 'unread' }>,
  grid: ChunkGrid,
): AsyncGenerator<Chunk> {
  const { counts, chunkShape, chunkBytes, isFiltered } = grid;
  switch (index.kind) {
    case 'single':
      yield {
        place: counts.map(() => 0),
        address: index.address,
        bytes: index.bytes ?? chunkBytes,
        mask: index.mask,
      };
      return;
    case 'implicit': {
      const count = counts.reduce((total, size) => total * size, 1);
      for (let number = 0; number < count; number++) {
        const address = index.address + number * chunkBytes;
        yield { place: placeOf(number, counts), address, bytes: chunkBytes, mask: 0 };
      }
      return;
    }
    case 'b-tree-1':
      // A key ends with a place along the axis of the elements' bytes, always 0.
      for await (const { key, address } of readLeaves(
        metadata,
        index.address,
        1,
        8 + 8 * (counts.length + 1),
      )) {
        const [bytes, mask] = [key.uint(4), key.uint(4)];
        yield { place: chunkShape.map((size) => key.uint(8) / size), address, bytes, mask };
      }
      return;
    case 'b-tree-2': {
      const type = isFiltered ? FILTERED_CHUNKS : PLAIN_CHUNKS;
      for await (const record of readRecords(metadata, index.address, type)) {
        const chunk = readEntry(record, grid, record.bytes.byteLength - 8 * counts.length);
        if (chunk) yield { place: counts.map(() => record.uint(8)), ...chunk };
      }
      return;
    }
    case 'fixed-array':
      yield* readFixedArray(metadata, index.address, grid);
      return;
    default:
      throw index satisfies never;
  }
}

/** The place of the chunk with this number, row-major. */
function placeOf(number: number, counts: readonly number[]): number[] {
  let rest = number;
  return counts.map((_, axis) => {
    const inner = counts.slice(axis + 1).reduce((total, size) => total * size, 1);
    const place = Math.floor(rest / inner);
    rest -= place * inner;
    return place;
  });
}

/** An address, and for filtered chunks their size and mask. Undefined for a chunk that was never written. */
function readEntry(
  entry: Cursor,
  { chunkBytes, isFiltered }: ChunkGrid,
  entryBytes: number,
): Omit<Chunk, 'place'> | undefined {
  const { offsetBytes } = entry.metadata;
  const address = entry.offset();
  const bytes = isFiltered ? entry.uint(entryBytes - offsetBytes - 4) : chunkBytes;
  const mask = isFiltered ? entry.uint(4) : 0;
  return address === undefined ? undefined : { address, bytes, mask };
}

async function* readFixedArray(metadata: Metadata, address: number, grid: ChunkGrid): AsyncGenerator<Chunk> {
  const { offsetBytes, lengthBytes } = metadata;
  const head = await metadata.read(address, 8 + lengthBytes + offsetBytes, 'An index of chunks');
  head.expect('FAHD').skip(2);
  const entryBytes = head.uint(1);
  const pageEntries = 2 ** head.uint(1);
  const count = head.length();
  const block = head.offset();
  if (block === undefined) return;
  const isPaged = count > pageEntries;
  const pages = isPaged ? Math.ceil(count / pageEntries) : 1;
  // Signature, version, client, the header's address; with pages, a bit for each and a checksum.
  const start = block + 6 + offsetBytes + (isPaged ? Math.ceil(pages / 8) + 4 : 0);
  (await metadata.read(block, 4, 'An index of chunks')).expect('FADB');
  for (let page = 0; page < pages; page++) {
    const first = page * pageEntries;
    const size = isPaged ? Math.min(pageEntries, count - first) : count;
    const pageStart = start + page * (pageEntries * entryBytes + 4);
    const entries = await metadata.read(isPaged ? pageStart : start, size * entryBytes, 'An index of chunks');
    for (let index = 0; index < size; index++) {
      const chunk = readEntry(entries.take(entryBytes), grid, entryBytes);
      if (chunk) yield { place: placeOf(first + index, grid.counts), ...chunk };
    }
  }
}
