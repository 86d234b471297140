/** Attributes that are texts: all that Keras's files say of themselves. Others (numbers) are left out. */
import { readRecords } from './b-tree-2';
import { type Datatype, readDataspace, readDatatype } from './datatype';
import { openHeap } from './fractal-heap';
import type { GlobalHeaps } from './global-heap';
import type { Cursor, Metadata } from './metadata';
import { MESSAGE, type Message } from './object-header';

/** One text, or a list of them. Names and texts come from the file. */
export type Attributes = ReadonlyMap<string, readonly string[]>;

/** Type of a B-tree of attributes' names. */
const ATTRIBUTE_NAMES = 8;

export async function readAttributes(
  messages: readonly Message[],
  metadata: Metadata,
  texts: GlobalHeaps,
): Promise<Attributes> {
  const attributes = new Map<string, readonly string[]>();
  const add = async (body: Cursor) => {
    const [name, values] = await readAttribute(body, texts);
    if (values) attributes.set(name, values);
  };
  for (const { type, isShared, body } of messages) {
    if (type === MESSAGE.attribute && !isShared) await add(body);
    if (type !== MESSAGE.attributeInfo) continue;
    const flags = body.skip(1).uint(1);
    const heapAddress = body.skip(flags & 1 ? 2 : 0).offset();
    const names = body.offset();
    if (heapAddress === undefined || names === undefined) continue;
    const heap = await openHeap(metadata, heapAddress);
    for await (const record of readRecords(metadata, names, ATTRIBUTE_NAMES)) {
      // An identifier of eight bytes, then flags.
      const id = record.take(8);
      if ((record.uint(1) & 2) === 0) await add(await heap.read(id));
    }
  }
  return attributes;
}

async function readAttribute(
  body: Cursor,
  texts: GlobalHeaps,
): Promise<[name: string, values: readonly string[] | undefined]> {
  const version = body.uint(1);
  if (version < 1 || version > 3)
    throw body.damaged(`An attribute is of version ${version}, which is not known`);
  const flags = body.uint(1);
  const sizes = [body.uint(2), body.uint(2), body.uint(2)];
  if (version === 3) body.skip(1);
  const padded = (size: number) => body.take(version === 1 ? Math.ceil(size / 8) * 8 : size);
  const [name, type, space] = sizes.map(padded);
  const isElsewhere = version > 1 && flags !== 0;
  const values = isElsewhere
    ? undefined
    : await readTexts(body, readDatatype(type), readDataspace(space), texts);
  return [name.text(sizes[0]), values];
}

async function readTexts(
  data: Cursor,
  type: Datatype,
  shape: readonly number[] | undefined,
  texts: GlobalHeaps,
): Promise<string[] | undefined> {
  const count = (shape ?? [0]).reduce((total, size) => total * size, 1);
  // Keras writes empty lists of names as lists of no numbers.
  if (count === 0) return [];
  if (type.kind !== 'text') return undefined;
  if (count * type.bytes > data.left) throw data.damaged('An attribute is cut short');
  const result: string[] = [];
  for (let index = 0; index < count; index++) {
    const element = data.take(type.bytes);
    result.push(type.isVariable ? await texts.text(element) : element.text(type.bytes));
  }
  return result;
}
