/**
 * The members of a group: addresses of objects by name. Old files keep them in a B-tree of symbols with a heap of names, new
 * ones as messages, or, where there are many, in a fractal heap. Links to other places (soft, external) are left out.
 */
import { readLeaves } from './b-tree-1';
import { readRecords } from './b-tree-2';
import { openHeap } from './fractal-heap';
import type { Cursor, Metadata } from './metadata';
import { MESSAGE, type Message } from './object-header';

/** Type of a B-tree of links' names. */
const LINK_NAMES = 5;
const SOFT_LINK = 2;
/** No group of a model has as many. */
const MAX_LINKS = 100_000;
const MAX_NAME_BYTES = 4096;

export async function readLinks(
  messages: readonly Message[],
  metadata: Metadata,
): Promise<Map<string, number>> {
  const links = new Map<string, number>();
  const orders = new Map<string, number>();
  const add = (body: Cursor) => {
    const link = readLink(body);
    if (!link) return;
    links.set(link.name, link.address);
    if (link.order !== undefined) orders.set(link.name, link.order);
    if (links.size > MAX_LINKS) throw body.damaged('A group has too many members');
  };
  for (const { type, body } of messages) {
    if (type === MESSAGE.link) add(body);
    else if (type === MESSAGE.symbolTable) await readSymbols(body, metadata, links);
    else if (type === MESSAGE.linkInfo) {
      const flags = body.skip(1).uint(1);
      const heapAddress = body.skip(flags & 1 ? 8 : 0).offset();
      const names = body.offset();
      if (heapAddress === undefined || names === undefined) continue;
      const heap = await openHeap(metadata, heapAddress);
      for await (const record of readRecords(metadata, names, LINK_NAMES)) {
        // A hash, then an identifier.
        add(await heap.read(record.skip(4)));
      }
    }
  }
  // Objects are written one behind the other: where the file keeps no order, nearly always their addresses do.
  const orderOf = ([name, address]: [string, number]) =>
    orders.size === links.size ? (orders.get(name) ?? 0) : address;
  return new Map([...links].sort((a, b) => orderOf(a) - orderOf(b)));
}

/** Undefined for links that are not to an object of this file. */
function readLink(body: Cursor): { name: string; address: number; order: number | undefined } | undefined {
  body.skip(1);
  const flags = body.uint(1);
  const isHard = (flags & 8) === 0 || body.uint(1) === 0;
  const order = flags & 4 ? body.uint(8) : undefined;
  if (flags & 16) body.skip(1);
  const nameBytes = body.uint(1 << (flags & 3));
  const name = new TextDecoder().decode(body.take(nameBytes).bytes);
  const address = isHard ? body.offset() : undefined;
  return address === undefined ? undefined : { name, address, order };
}

async function readSymbols(body: Cursor, metadata: Metadata, links: Map<string, number>): Promise<void> {
  const [tree, heap] = [body.offset(), body.offset()];
  if (tree === undefined || heap === undefined) return;
  const { offsetBytes, lengthBytes } = metadata;
  const names = await readNames(metadata, heap);
  const entryBytes = 2 * offsetBytes + 24;
  for await (const { address } of readLeaves(metadata, tree, 0, lengthBytes)) {
    const head = (await metadata.read(address, 8, 'A list of symbols')).expect('SNOD');
    const count = head.skip(2).uint(2);
    const entries = await metadata.read(address + 8, count * entryBytes, 'A list of symbols');
    for (let index = 0; index < count; index++) {
      const entry = entries.take(entryBytes);
      const nameStart = entry.offset() ?? 0;
      const object = entry.offset();
      if (entry.uint(4) === SOFT_LINK || object === undefined) continue;
      names.position = 0;
      names.skip(nameStart);
      links.set(names.text(Math.min(names.left, MAX_NAME_BYTES)), object);
      if (links.size > MAX_LINKS) throw entry.damaged('A group has too many members');
    }
  }
}

async function readNames(metadata: Metadata, address: number): Promise<Cursor> {
  const { offsetBytes, lengthBytes } = metadata;
  const head = await metadata.read(address, 8 + 2 * lengthBytes + offsetBytes, 'A heap of names');
  const byteLength = head.expect('HEAP').skip(4).length();
  const start = head.skip(lengthBytes).offset() ?? Number.NaN;
  return await metadata.read(start, byteLength, 'A heap of names');
}
