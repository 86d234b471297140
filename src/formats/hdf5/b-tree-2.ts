/** B-trees of version 2: the names of the members or attributes of an object that has many, and chunks in new files. */
import type { Cursor, Metadata } from './metadata';

const HEAD_BYTES = 6;
const CHECKSUM_BYTES = 4;
const MAX_DEPTH = 16;

/** Bytes that a count of up to `limit` takes. */
const bytesFor = (limit: number) => Math.floor(Math.log2(limit) / 8) + 1;

interface Tree {
  readonly metadata: Metadata;
  readonly type: number;
  readonly nodeBytes: number;
  readonly recordBytes: number;
  /** Bytes of the number of records in a child. */
  readonly countBytes: number;
  /** By level: bytes of the number of records below a child there. */
  readonly totalBytes: readonly number[];
}

/** All records of the tree whose header is at `address`, in order. */
export async function* readRecords(
  metadata: Metadata,
  address: number,
  type: number,
): AsyncGenerator<Cursor> {
  const { offsetBytes, lengthBytes } = metadata;
  const head = await metadata.read(address, 16 + offsetBytes + 2 + lengthBytes, 'The header of a B-tree');
  head.expect('BTHD').skip(1);
  if (head.uint(1) !== type) throw head.damaged('A B-tree holds something else than it should');
  const [nodeBytes, recordBytes, depth] = [head.uint(4), head.uint(2), head.uint(2)];
  const root = head.skip(2).offset();
  const count = head.uint(2);
  if (depth > MAX_DEPTH || recordBytes === 0 || nodeBytes < HEAD_BYTES + CHECKSUM_BYTES + recordBytes) {
    throw head.damaged('A B-tree has an impossible shape');
  }
  if (root === undefined) return;
  const leafRecords = Math.floor((nodeBytes - HEAD_BYTES - CHECKSUM_BYTES) / recordBytes);
  const countBytes = bytesFor(leafRecords);
  const totalBytes = [0];
  let below = leafRecords;
  for (let level = 1; level < depth; level++) {
    const pointerBytes = offsetBytes + countBytes + totalBytes[level - 1];
    const records = Math.floor(
      (nodeBytes - HEAD_BYTES - CHECKSUM_BYTES - pointerBytes) / (recordBytes + pointerBytes),
    );
    if (records < 1) throw head.damaged('A B-tree has an impossible shape');
    below = (records + 1) * below + records;
    totalBytes.push(bytesFor(below));
  }
  const tree: Tree = { metadata, type, nodeBytes, recordBytes, countBytes, totalBytes };
  yield* readNode(tree, root, count, depth);
}

async function* readNode(tree: Tree, address: number, count: number, level: number): AsyncGenerator<Cursor> {
  const { metadata, recordBytes, countBytes } = tree;
  const pointerBytes = level === 0 ? 0 : metadata.offsetBytes + countBytes + tree.totalBytes[level - 1];
  const used = HEAD_BYTES + count * recordBytes + (count + 1) * pointerBytes;
  if (used + CHECKSUM_BYTES > tree.nodeBytes)
    throw metadata.damaged('A B-tree has an overfull node', address);
  const node = await metadata.read(address, used, 'A B-tree');
  node.expect(level === 0 ? 'BTLF' : 'BTIN').skip(1);
  if (node.uint(1) !== tree.type) throw node.damaged('A B-tree holds something else than it should');
  const records = Array.from({ length: count }, () => node.take(recordBytes));
  if (level === 0) {
    yield* records;
    return;
  }
  for (let index = 0; index <= count; index++) {
    const child = node.offset();
    const childCount = node.uint(countBytes);
    node.skip(tree.totalBytes[level - 1]);
    if (child === undefined) throw node.damaged('A B-tree points to nothing');
    yield* readNode(tree, child, childCount, level - 1);
    if (index < count) yield records[index];
  }
}
