/**
 * Reads NumPy's array files (.npy): a mark, a version, the length of a header, the header, the elements. The header is a
 * Python dictionary, written as Python would print it; it is matched against the one form that NumPy writes, not evaluated.
 */
import { turnedSource } from '../big-endian';
import { type ByteSource, sliceSource } from '../byte-source';
import { FormatError } from '../format-error';
import { NUMPY_TYPES } from '../numpy-types';
import { checkedElementCount, ELEMENT_BYTES, type StoredTensor } from '../tensor';

export const MARK = '\x93NUMPY';

/** NumPy refuses longer ones unless told otherwise. */
const MAX_HEADER_BYTES = 10_000;
const VERSION_BYTES = 8;

export type NumpyArray =
  | { readonly kind: 'readable'; readonly tensor: StoredTensor }
  /** Python objects, pickled: where the pickle begins. */
  | { readonly kind: 'pickled'; readonly start: number }
  /** The reason completes "it is …". */
  | { readonly kind: 'unreadable'; readonly reason: string };

function damaged(what: string, where: string): FormatError {
  return new FormatError(what, where, 'The file is damaged or was cut short; save the array again.');
}

/** Reads the header of the array that `source` holds; `name` is what the tensor will be called. Throws FormatError. */
export async function readArray(source: ByteSource, name: string): Promise<NumpyArray> {
  const where = name === source.name ? name : `array "${name}" in ${source.name}`;
  const { text, start } = await readHeader(source, where);
  const [descr, order, shapeText] = ["'descr'", "'fortran_order'", "'shape'"].map((key) =>
    entryOf(text, key),
  );
  const sizes = /^\(([\d\s,L]*)\)/.exec(shapeText)?.[1];
  if (descr === '' || sizes === undefined || !/^(True|False)/.test(order)) {
    throw damaged('The header of a NumPy array is not what NumPy writes', where);
  }
  const shape = [...sizes.matchAll(/\d+/g)].map(([size]) => Number(size));
  const code = /^'([<>|=]?)([a-zA-Z])(\d*)'/.exec(descr);
  if (!code) return { kind: 'unreadable', reason: 'a table of records' };
  const [, byteOrder, letter, bytes] = code;
  if (letter === 'O') return { kind: 'pickled', start };
  const type = NUMPY_TYPES.get(`${letter}${bytes}`);
  if (!type) return { kind: 'unreadable', reason: `of the type ${letter}${bytes.slice(0, 8)}` };
  const elementCount = checkedElementCount(shape, name, source.name);
  const byteLength = elementCount * ELEMENT_BYTES[type];
  if (start + byteLength > source.byteLength) {
    throw damaged(
      `An array of shape ${shape.join('×') || 'scalar'} ends ${start + byteLength - source.byteLength} bytes after the end of the file`,
      where,
    );
  }
  const isTurned = byteOrder === '>' && ELEMENT_BYTES[type] > 1;
  const elements = isTurned
    ? { source: turnedSource(sliceSource(source, start, byteLength), ELEMENT_BYTES[type]), offset: 0 }
    : { source, offset: start };
  const storage = order.startsWith('True')
    ? { kind: 'strided' as const, ...elements, strides: fortranStrides(shape) }
    : { kind: 'bytes' as const, ...elements };
  return { kind: 'readable', tensor: { name, shape, type, elementCount, storage } };
}

async function readHeader(source: ByteSource, where: string): Promise<{ text: string; start: number }> {
  if (source.byteLength < VERSION_BYTES + 4) throw damaged('A NumPy array ends before its header', where);
  const head = await source.read(0, VERSION_BYTES + 4);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (String.fromCharCode(...head.subarray(0, MARK.length)) !== MARK) {
    throw damaged('This is no NumPy array', where);
  }
  const version = head[6];
  const isLong = version >= 2;
  const length = isLong ? view.getUint32(VERSION_BYTES, true) : view.getUint16(VERSION_BYTES, true);
  const start = VERSION_BYTES + (isLong ? 4 : 2);
  if (version < 1 || version > 3)
    throw damaged(`A NumPy array is of version ${version}, which is not known`, where);
  if (length > MAX_HEADER_BYTES || start + length > source.byteLength) {
    throw damaged(`The header of a NumPy array claims ${length} bytes`, where);
  }
  const text = new TextDecoder().decode(await source.read(start, length));
  return { text, start: start + length };
}

/** What follows a key of the dictionary; empty where it is not there. */
function entryOf(text: string, key: string): string {
  const at = text.indexOf(key);
  if (at < 0) return '';
  return text.slice(at + key.length).replace(/^\s*:\s*/, '');
}

function fortranStrides(shape: readonly number[]): number[] {
  let step = 1;
  return shape.map((size) => {
    const stride = step;
    step *= size;
    return stride;
  });
}
