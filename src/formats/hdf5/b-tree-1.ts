/** B-trees of version 1: the members of a group (as lists of symbols), and the chunks of a dataset. */
import type { Cursor, Metadata } from './metadata';

/** More levels than any file needs. */
const MAX_LEVEL = 16;

/**
 * Everything that the leaves of the tree at `address` point to, with the key before it, in the tree's order. The type is 0
 * for groups, 1 for chunks.
 */
export async function* readLeaves(
  metadata: Metadata,
  address: number,
  type: 0 | 1,
  keyBytes: number,
  level?: number,
): AsyncGenerator<{ key: Cursor; address: number }> {
  const { offsetBytes } = metadata;
  const headBytes = 8 + 2 * offsetBytes;
  const head = (await metadata.read(address, headBytes, 'A B-tree')).expect('TREE');
  if (head.uint(1) !== type) throw head.damaged('A B-tree holds something else than it should');
  const own = head.uint(1);
  if (own > MAX_LEVEL || (level !== undefined && own !== level)) {
    throw head.damaged('A B-tree is on a wrong level');
  }
  const count = head.uint(2);
  const pairs = await metadata.read(address + headBytes, count * (keyBytes + offsetBytes), 'A B-tree');
  for (let index = 0; index < count; index++) {
    const key = pairs.take(keyBytes);
    const child = pairs.offset();
    if (child === undefined) throw pairs.damaged('A B-tree points to nothing');
    if (own === 0) yield { key, address: child };
    else yield* readLeaves(metadata, child, type, keyBytes, own - 1);
  }
}
