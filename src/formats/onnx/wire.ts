/**
 * Protocol-buffer messages by byte range: the fields of one message, with the payload of every long field left unread.
 * The varints themselves are decoded by pbf.
 */
import { PbfReader } from 'pbf';
import type { PagedReader } from '../byte-source';
import { decodeText } from '../decode-text';
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

/**
 * Lists the fields of the message in `range`, the first `most` of them. Throws FormatError where the bytes are no protocol buffer.
 * Answers at once where the page holds the message, as it holds most: a promise for each of many thousand would cost more than the
 * reading.
 */
export function readFields(
  reader: PagedReader,
  range: ByteRange,
  most = Number.POSITIVE_INFINITY,
): Field[] | Promise<Field[]> {
  const fields: Field[] = [];
  const position = readHeldFields(reader, range, range.start, fields, most);
  return position < range.end && fields.length < most
    ? readOtherFields(reader, range, position, fields, most)
    : fields;
}

async function readOtherFields(
  reader: PagedReader,
  range: ByteRange,
  first: number,
  fields: Field[],
  most: number,
): Promise<Field[]> {
  for (let position = first; position < range.end && fields.length < most; ) {
    await reader.load(position, headBytes(range, position));
    position = readHeldFields(reader, range, position, fields, most);
  }
  return fields;
}

const headBytes = (range: ByteRange, position: number) => Math.min(HEAD_BYTES, range.end - position);

/** Appends fields up to the first whose head the page does not hold; returns where that is. */
function readHeldFields(
  reader: PagedReader,
  range: ByteRange,
  first: number,
  fields: Field[],
  most: number,
): number {
  let position = first;
  while (position < range.end && fields.length < most && reader.holds(position, headBytes(range, position))) {
    const pbf = pageDecoder(reader);
    pbf.pos = position - reader.pageStart;
    let field: Field;
    try {
      field = readField(pbf, reader.pageStart);
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
  return position;
}

const decoders = new WeakMap<Uint8Array, PbfReader>();

/** One decoder for each page: there are many fields, and most are short. */
function pageDecoder({ page }: PagedReader): PbfReader {
  const known = decoders.get(page);
  if (known) return known;
  const decoder = new PbfReader(page);
  decoders.set(page, decoder);
  return decoder;
}

/** The field at the decoder's place; its page begins at `pageStart` of the file. */
function readField(pbf: PbfReader, pageStart: number): Field {
  const position = pageStart + pbf.pos;
  const tag = pbf.readVarint();
  const number = tag >>> 3;
  switch (tag & 7) {
    case 0: {
      const value = pbf.readVarint(true);
      return { number, value, isBytes: false, start: position, end: pageStart + pbf.pos };
    }
    case 1:
      return { number, value: pbf.readDouble(), isBytes: false, start: position, end: pageStart + pbf.pos };
    case 2: {
      const length = pbf.readVarint();
      const start = pageStart + pbf.pos;
      return { number, value: 0, isBytes: true, start, end: start + length };
    }
    case 5:
      return { number, value: pbf.readFloat(), isBytes: false, start: position, end: pageStart + pbf.pos };
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

/** Answers at once where the page holds the text. */
export function readText(reader: PagedReader, range: ByteRange): string | Promise<string> {
  const length = Math.min(range.end - range.start, MAX_TEXT_BYTES);
  if (reader.holds(range.start, length)) return heldText(reader, range.start, length);
  return reader.load(range.start, length).then(() => heldText(reader, range.start, length));
}

function heldText({ page, pageStart }: PagedReader, offset: number, length: number): string {
  return decodeText(page, offset - pageStart, offset - pageStart + length);
}

/** Several texts; at once where the page holds them all. */
export function readTexts(reader: PagedReader, ranges: readonly ByteRange[]): string[] | Promise<string[]> {
  const texts: string[] = [];
  for (const range of ranges) {
    const text = readText(reader, range);
    if (typeof text !== 'string') return readTextsOneByOne(reader, ranges);
    texts.push(text);
  }
  return texts;
}

async function readTextsOneByOne(reader: PagedReader, ranges: readonly ByteRange[]): Promise<string[]> {
  const texts: string[] = [];
  for (const range of ranges) texts.push(await readText(reader, range));
  return texts;
}

/** A repeated field of numbers, packed or one at a time, appended to `into`; at once where there is nothing to wait for. */
export function appendNumbers(
  reader: PagedReader,
  field: Field,
  encoding: 'varint' | 'float' | 'double',
  into: number[],
): Promise<void> | undefined {
  if (field.isBytes) return appendPacked(reader, field, encoding, into);
  into.push(field.value);
  return undefined;
}

async function appendPacked(
  reader: PagedReader,
  field: Field,
  encoding: 'varint' | 'float' | 'double',
  into: number[],
): Promise<void> {
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
