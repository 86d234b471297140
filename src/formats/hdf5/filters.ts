/** What is done to the chunks of a dataset when they are written, and undone here: deflate, shuffle, a checksum. */
import { inflate } from '../inflate';
import type { Cursor } from './metadata';

export interface Filter {
  readonly id: number;
  readonly parameters: readonly number[];
}

const DEFLATE = 1;
const SHUFFLE = 2;
const CHECKSUM = 3;
const CHECKSUM_BYTES = 4;
const KNOWN: readonly number[] = [DEFLATE, SHUFFLE, CHECKSUM];

const NAMES = new Map([
  [4, 'szip'],
  [5, 'nbit'],
  [6, 'scale-offset'],
  [32000, 'LZF'],
  [32001, 'Blosc'],
  [32004, 'LZ4'],
  [32015, 'Zstandard'],
]);

export function readFilters(body: Cursor): Filter[] {
  const version = body.uint(1);
  const count = body.uint(1);
  if (version !== 1 && version !== 2)
    throw body.damaged(`Filters are of version ${version}, which is not known`);
  if (version === 1) body.skip(6);
  return Array.from({ length: count }, () => {
    const id = body.uint(2);
    const nameBytes = version === 1 || id >= 256 ? body.uint(2) : 0;
    const parameterCount = body.skip(2).uint(2);
    body.skip(version === 1 ? Math.ceil(nameBytes / 8) * 8 : nameBytes);
    const parameters = Array.from({ length: parameterCount }, () => body.uint(4));
    if (version === 1 && parameterCount % 2 === 1) body.skip(4);
    return { id, parameters };
  });
}

/** The name of the first filter that cannot be undone. */
export function unreadFilter(filters: readonly Filter[]): string | undefined {
  const unread = filters.find(({ id }) => !KNOWN.includes(id));
  return unread && (NAMES.get(unread.id) ?? `filter ${unread.id}`);
}

/** Undoes the filters of a chunk, last first; a bit of `mask` says that one was left out. Undefined where it is damaged. */
export async function undoFilters(
  chunk: Uint8Array,
  filters: readonly Filter[],
  mask: number,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  let bytes: Uint8Array | undefined = chunk;
  for (let index = filters.length - 1; index >= 0 && bytes; index--) {
    const { id, parameters } = filters[index];
    if ((mask >>> index) & 1) continue;
    if (id === DEFLATE) bytes = await inflate(bytes, 'deflate', maxBytes + CHECKSUM_BYTES);
    else if (id === SHUFFLE) bytes = unshuffled(bytes, parameters[0] ?? 1);
    else if (id === CHECKSUM) bytes = bytes.subarray(0, Math.max(0, bytes.byteLength - CHECKSUM_BYTES));
  }
  return bytes;
}

/** Shuffled: the first bytes of all elements, then all second ones, and so on; what does not fill an element stays. */
function unshuffled(bytes: Uint8Array, elementBytes: number): Uint8Array {
  if (elementBytes < 2) return bytes;
  const count = Math.floor(bytes.byteLength / elementBytes);
  const result = new Uint8Array(bytes);
  for (let byte = 0; byte < elementBytes; byte++) {
    for (let index = 0; index < count; index++)
      result[index * elementBytes + byte] = bytes[byte * count + index];
  }
  return result;
}
