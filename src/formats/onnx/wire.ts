/**
 * Protocol-buffer messages by byte range: the fields of one message, with the payload of every long field left unread.
 * The varints themselves are decoded by pbf.
 */
import { PbfReader } from 'pbf';
import type { PagedReader } from '../byte-source';
import { FormatError } from '../format-error';

/** Where a message lies in the file, in bytes. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface Field extends ByteRange {
  readonly number: number;
  /** For varints: the value (64-bit numbers beyond 2^53 lose their lowest bits). For fixed32: the float. */
  readonly value: number;
  readonly isBytes: boolean;
}

/** Two varints of ten bytes each: enough to read any tag and length from one window. */
const HEAD_BYTES = 20;
/** More fields in one message than any real model has. */
const MAX_FIELDS = 20_000_000;

export function damaged(what: string, offset: number, reader: PagedReader): FormatError {
  return new FormatError(
    what,
    `byte ${offset} of ${reader.source.name}`,
    'The file is damaged or not ONNX; export or download it again.',
  );
}

/** Lists the fields of the message in `range`. Throws FormatError where the bytes are no protocol buffer. */
export async function readFields(reader: PagedReader, range: ByteRange): Promise<Field[]> {
  const fields: Field[] = [];
  let position = range.start;
  while (position < range.end) {
    const bytes = await reader.window(position, Math.min(HEAD_BYTES, range.end - position));
    const pbf = new PbfReader(bytes);
    let field: Field;
    try {
      field = readField(pbf, position);
    } catch {
      throw damaged('A field cannot be decoded', position, reader);
    }
    if (field.number === 0 || field.end > range.end || field.end <= position) {
      throw damaged('A field reaches beyond the message that holds it', position, reader);
    }
    fields.push(field);
    if (fields.length > MAX_FIELDS) throw damaged('A message has too many fields', position, reader);
    position = field.end;
  }
  return fields;
}

function readField(pbf: PbfReader, position: number): Field {
  const tag = pbf.readVarint();
  const number = tag >>> 3;
  switch (tag & 7) {
    case 0: {
      const value = pbf.readVarint(true);
      return { number, value, isBytes: false, start: position, end: position + pbf.pos };
    }
    case 1:
      return { number, value: pbf.readDouble(), isBytes: false, start: position, end: position + pbf.pos };
    case 2: {
      const length = pbf.readVarint();
      const start = position + pbf.pos;
      return { number, value: 0, isBytes: true, start, end: start + length };
    }
    case 5:
      return { number, value: pbf.readFloat(), isBytes: false, start: position, end: position + pbf.pos };
    default:
      throw new RangeError('unknown wire type');
  }
}

/** The bytes of a length-delimited field. */
export async function readBytes(reader: PagedReader, range: ByteRange): Promise<Uint8Array> {
  const length = range.end - range.start;
  return (await reader.window(range.start, length)).subarray(0, length);
}

/** Longer names and texts than this are not needed for anything. */
const MAX_TEXT_BYTES = 64 * 1024;

export async function readText(reader: PagedReader, range: ByteRange): Promise<string> {
  const end = Math.min(range.end, range.start + MAX_TEXT_BYTES);
  return new TextDecoder().decode(await readBytes(reader, { start: range.start, end }));
}

/** A repeated field of numbers, packed or one at a time, appended to `into`. */
export async function appendNumbers(
  reader: PagedReader,
  field: Field,
  encoding: 'varint' | 'float' | 'double',
  into: number[],
): Promise<void> {
  if (!field.isBytes) {
    into.push(field.value);
    return;
  }
  const pbf = new PbfReader(await readBytes(reader, field));
  const next = {
    varint: () => pbf.readVarint(true),
    float: () => pbf.readFloat(),
    double: () => pbf.readDouble(),
  };
  try {
    while (pbf.pos < pbf.length) into.push(next[encoding]());
  } catch {
    throw damaged('A list of numbers cannot be decoded', field.start + pbf.pos, reader);
  }
}
