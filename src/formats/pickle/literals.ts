/** Numbers, texts and bytes as pickles write them. Throw the reader's FormatError where they cannot be. */
import { decodeText } from '../decode-text';
import * as op from './opcodes';
import { MAX_INLINE_BYTES, type PickleReader } from './pickle-reader';
import type { LeftInFile, PickleValue } from './values';

/** Longer integers are no numbers of a model, and take long to read. */
const MAX_INTEGER_BYTES = 32;
const MAX_INTEGER_DIGITS = 80;

/** latin-1 proper: TextDecoder's is Windows-1252. */
const latin1 = (bytes: Uint8Array): string => {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
};

const asNumber = (value: bigint): number | bigint =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;

/** Little-endian two's complement of any length. */
function readInteger(reader: PickleReader, byteLength: number): number | bigint {
  if (byteLength > MAX_INTEGER_BYTES) {
    throw reader.excessive(`The pickle holds an integer of ${byteLength} bytes`);
  }
  const words = new BigUint64Array(MAX_INTEGER_BYTES / 8);
  new Uint8Array(words.buffer).set(reader.bytes(byteLength));
  const value = words.reduceRight((high, word) => (high << 64n) | word, 0n);
  return asNumber(BigInt.asIntN(8 * byteLength, value));
}

/** Decimal digits on a line; protocol 0 writes True and False as 01 and 00. */
export function readDecimal(reader: PickleReader): number | bigint | boolean {
  const text = latin1(reader.line()).trim();
  if (text === '01') return true;
  if (text === '00') return false;
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  if (!/^[+-]?\d+L?$/.test(text) || text.length > MAX_INTEGER_DIGITS) {
    throw reader.damaged('The pickle holds a number that is none');
  }
  return asNumber(BigInt(text.replace(/^\+|L$/g, '')));
}

function readFloat(reader: PickleReader): number {
  const text = latin1(reader.line()).trim();
  if (/^[+-]?inf/i.test(text))
    return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^[+-]?nan/i.test(text)) return Number.NaN;
  const value = text === '' ? Number.NaN : Number(text);
  if (Number.isNaN(value)) throw reader.damaged('The pickle holds a number that is none');
  return value;
}

function leaveInFile(reader: PickleReader, byteLength: number, isText: boolean): LeftInFile {
  return { kind: 'left-in-file', isText, source: reader.source, offset: reader.skip(byteLength), byteLength };
}

function readText(reader: PickleReader, byteLength: number): PickleValue {
  if (byteLength > MAX_INLINE_BYTES) return leaveInFile(reader, byteLength, true);
  return decodeText(reader.bytes(byteLength));
}

function readBytes(reader: PickleReader, byteLength: number): PickleValue {
  if (byteLength > MAX_INLINE_BYTES) return leaveInFile(reader, byteLength, false);
  return reader.bytes(byteLength).slice();
}

/** Python 2's str: a name, in the rule. What is too long for one is bytes. */
function readPython2Text(reader: PickleReader, byteLength: number): PickleValue {
  if (byteLength > MAX_INLINE_BYTES) return leaveInFile(reader, byteLength, false);
  return latin1(reader.bytes(byteLength));
}

const ESCAPES = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['0', '\0'],
]);

/** A text in quotes, as Python's repr writes it. */
function readQuoted(reader: PickleReader): string {
  const text = latin1(reader.line()).trim();
  const quote = text[0];
  if (text.length < 2 || (quote !== "'" && quote !== '"') || !text.endsWith(quote)) {
    throw reader.damaged('The pickle holds a text without quotes');
  }
  return text
    .slice(1, -1)
    .replace(/\\(?:x([0-9a-fA-F]{2})|(.))/g, (_, hex: string | undefined, letter: string) =>
      hex ? String.fromCharCode(Number.parseInt(hex, 16)) : (ESCAPES.get(letter) ?? letter),
    );
}

/** A text on a line, with \u escapes for what does not fit on one. */
function readUnicodeLine(reader: PickleReader): string {
  return latin1(reader.line()).replace(
    /\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g,
    (whole, short: string | undefined, long: string | undefined) => {
      const code = Number.parseInt(short ?? long ?? '', 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}

/** The module or the name of a global: a line each. */
export const readNameLine = (reader: PickleReader): string => decodeText(reader.line());

/** The value that an instruction puts down by itself; undefined for instructions that do something else. */
export function readLiteral(opcode: number, reader: PickleReader): PickleValue | undefined {
  switch (opcode) {
    case op.NONE:
      return null;
    case op.NEWTRUE:
      return true;
    case op.NEWFALSE:
      return false;
    case op.INT:
    case op.LONG:
      return readDecimal(reader);
    case op.BININT:
      return reader.int32();
    case op.BININT1:
      return reader.uint8();
    case op.BININT2:
      return reader.uint16();
    case op.LONG1:
      return readInteger(reader, reader.uint8());
    case op.LONG4:
      return readInteger(reader, reader.uint32());
    case op.FLOAT:
      return readFloat(reader);
    case op.BINFLOAT:
      return reader.float64();
    case op.STRING:
      return readQuoted(reader);
    case op.BINSTRING:
      return readPython2Text(reader, reader.uint32());
    case op.SHORT_BINSTRING:
      return readPython2Text(reader, reader.uint8());
    case op.UNICODE:
      return readUnicodeLine(reader);
    case op.SHORT_BINUNICODE:
      return readText(reader, reader.uint8());
    case op.BINUNICODE:
      return readText(reader, reader.uint32());
    case op.BINUNICODE8:
      return readText(reader, reader.uint64());
    case op.SHORT_BINBYTES:
      return readBytes(reader, reader.uint8());
    case op.BINBYTES:
      return readBytes(reader, reader.uint32());
    case op.BINBYTES8:
    case op.BYTEARRAY8:
      return readBytes(reader, reader.uint64());
    default:
      return undefined;
  }
}
