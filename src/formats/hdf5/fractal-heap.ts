/**
 * Fractal heaps: where an object with many members or attributes keeps their messages. A heap is one long space that is cut
 * into blocks of growing size, found through a table of `width` blocks a row: rows 0 and 1 have blocks of the first size,
 * every later row of twice the size before.
 */
import type { Cursor, Metadata } from './metadata';

const MANAGED = 0;
const TINY = 2;

export interface FractalHeap {
  /** The object that an identifier names. */
  read(id: Cursor): Promise<Cursor>;
}

interface Shape {
  readonly metadata: Metadata;
  /** What the tables point to, by where they say so: many entries share a block. */
  readonly blocks: Map<number, number | undefined>;
  readonly width: number;
  readonly firstBytes: number;
  readonly maxDirectBytes: number;
  /** Bytes of a place within the heap. */
  readonly placeBytes: number;
}

/** Opens the heap whose header is at `address`. */
export async function openHeap(metadata: Metadata, address: number): Promise<FractalHeap> {
  const { offsetBytes, lengthBytes } = metadata;
  const head = await metadata.read(address, 22 + 12 * lengthBytes + 3 * offsetBytes, 'The header of a heap');
  head.expect('FRHP').skip(3);
  const hasFilters = head.uint(2) > 0;
  const maxObjectBytes = head.skip(1).uint(4);
  head.skip(10 * lengthBytes + 2 * offsetBytes);
  const width = head.uint(2);
  const [firstBytes, maxDirectBytes] = [head.length(), head.length()];
  const placeBytes = Math.ceil(head.uint(2) / 8);
  const root = head.skip(2).offset();
  const rows = head.uint(2);
  const isPossible =
    width > 0 && firstBytes > 0 && maxDirectBytes >= firstBytes && maxObjectBytes > 0 && placeBytes <= 8;
  if (!isPossible) throw head.damaged('A heap has an impossible shape');
  if (hasFilters) throw head.damaged('A heap is compressed, which is not read');
  const shape: Shape = { metadata, blocks: new Map(), width, firstBytes, maxDirectBytes, placeBytes };
  const sizeBytes = Math.min(
    Math.ceil(Math.log2(maxDirectBytes) / 8),
    Math.floor(Math.log2(maxObjectBytes) / 8) + 1,
  );
  return {
    async read(id) {
      const kind = (id.uint(1) >> 4) & 3;
      if (kind === TINY) return id.take(id.left);
      if (kind !== MANAGED) throw id.damaged('An entry of a heap lies outside it, which is not read');
      const place = id.uint(placeBytes);
      const size = id.uint(sizeBytes);
      if (root === undefined) throw head.damaged('A heap has no blocks');
      const block = rows === 0 ? { address: root, start: 0 } : await findBlock(shape, root, rows, place, 0);
      return await metadata.read(block.address + place - block.start, size, 'An entry of a heap');
    },
  };
}

const rowBytes = ({ firstBytes }: Shape, row: number) => firstBytes * 2 ** Math.max(0, row - 1);

/** The block of values that holds `place`, below the table at `address`, which begins at `start`. */
async function findBlock(
  shape: Shape,
  address: number,
  rows: number,
  place: number,
  start: number,
): Promise<{ address: number; start: number }> {
  const { metadata, blocks, width, maxDirectBytes, placeBytes } = shape;
  const { offsetBytes } = metadata;
  let rowStart = start;
  for (let row = 0; row < rows; row++) {
    const blockBytes = rowBytes(shape, row);
    const column = Math.floor((place - rowStart) / blockBytes);
    if (column >= width) {
      rowStart += width * blockBytes;
      continue;
    }
    // Behind the signature, the version, the heap's address and the place of the table.
    const entry = address + 5 + offsetBytes + placeBytes + (row * width + column) * offsetBytes;
    if (!blocks.has(entry)) {
      (await metadata.read(address, 4, 'A table of a heap')).expect('FHIB');
      blocks.set(entry, (await metadata.read(entry, offsetBytes, 'A table of a heap')).offset());
    }
    const child = blocks.get(entry);
    if (child === undefined) break;
    const childStart = rowStart + column * blockBytes;
    if (blockBytes <= maxDirectBytes) return { address: child, start: childStart };
    return await findBlock(shape, child, rowsWithin(shape, blockBytes), place, childStart);
  }
  throw metadata.damaged('An entry of a heap is in none of its blocks', address);
}

/** The rows of a table that covers `bytes`: as many as fill it. */
function rowsWithin({ width, firstBytes }: Shape, bytes: number): number {
  return Math.max(0, Math.round(Math.log2(bytes / (firstBytes * width)))) + 1;
}
