/**
 * GGUF's metadata: keys with values of thirteen types, in words. Long arrays (vocabularies, merges) are counted and
 * skipped.
 */
import { type HeaderCursor, readInt64, readUint64 } from './header-cursor';

interface NumberType {
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => number;
}

const NUMBER_TYPES = new Map<number, NumberType>([
  [0, { bytes: 1, read: (view, at) => view.getUint8(at) }],
  [1, { bytes: 1, read: (view, at) => view.getInt8(at) }],
  [2, { bytes: 2, read: (view, at) => view.getUint16(at, true) }],
  [3, { bytes: 2, read: (view, at) => view.getInt16(at, true) }],
  [4, { bytes: 4, read: (view, at) => view.getUint32(at, true) }],
  [5, { bytes: 4, read: (view, at) => view.getInt32(at, true) }],
  [6, { bytes: 4, read: (view, at) => view.getFloat32(at, true) }],
  [7, { bytes: 1, read: (view, at) => view.getUint8(at) }],
  [10, { bytes: 8, read: readUint64 }],
  [11, { bytes: 8, read: readInt64 }],
  [12, { bytes: 8, read: (view, at) => view.getFloat64(at, true) }],
]);
const BOOL = 7;
const TEXT = 8;
const ARRAY = 9;

/** Keys of the format are at most 65,535 bytes long. */
const MAX_KEY_BYTES = 65_535;
/** Of longer texts (chat templates, licences) the beginning is kept. */
const MAX_TEXT_BYTES = 4096;
/** Longer arrays are counted only. */
const MAX_SHOWN = 16;
const MAX_ENTRIES = 100_000;
const MAX_DEPTH = 4;

/** Reads `count` entries. A flag is "true" or "false", a number as JavaScript writes it. */
export async function readMetadata(cursor: HeaderCursor, count: number): Promise<Map<string, string>> {
  if (count > MAX_ENTRIES) throw cursor.damaged(`The header claims ${count} entries of metadata`);
  const metadata = new Map<string, string>();
  for (let entry = 0; entry < count; entry++) {
    const key = await cursor.text(MAX_KEY_BYTES);
    metadata.set(key, await readValue(cursor, await cursor.uint32(), 0));
  }
  return metadata;
}

async function readValue(cursor: HeaderCursor, type: number, depth: number): Promise<string> {
  if (type === TEXT) return await cursor.text(MAX_TEXT_BYTES);
  if (type === ARRAY) return await readArray(cursor, depth);
  const number = NUMBER_TYPES.get(type);
  if (!number) throw cursor.damaged(`A value has the unknown type ${type}`);
  await cursor.fill(number.bytes);
  const value = cursor.take(number.bytes, number.read);
  return type === BOOL ? String(value !== 0) : String(value);
}

async function readArray(cursor: HeaderCursor, depth: number): Promise<string> {
  const type = await cursor.uint32();
  const count = await cursor.count();
  const number = NUMBER_TYPES.get(type);
  if (!number && type !== TEXT && type !== ARRAY) {
    throw cursor.damaged(`An array has elements of the unknown type ${type}`);
  }
  if (type === ARRAY && (depth >= MAX_DEPTH || count > MAX_SHOWN)) {
    throw cursor.damaged('Arrays of arrays are nested deeper, or longer, than in any model');
  }
  if (count > MAX_SHOWN) {
    if (number) cursor.skip(count * number.bytes);
    else await skipTexts(cursor, count);
    return `${count.toLocaleString('en')} ${number ? 'numbers' : 'texts'}`;
  }
  const values: string[] = [];
  for (let index = 0; index < count; index++) values.push(await readValue(cursor, type, depth + 1));
  return values.join(', ');
}

async function skipTexts(cursor: HeaderCursor, count: number): Promise<void> {
  const { countBytes } = cursor;
  for (let index = 0; index < count; index++) {
    if (!cursor.holds(countBytes)) await cursor.fill(countBytes);
    cursor.skip(cursor.takeCount());
  }
}
