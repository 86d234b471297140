/**
 * Damage to a protobuf message that leaves it one: fields left out, doubled, exchanged, put within themselves, with other
 * numbers and names; all lengths are right again. No schema is needed: a field that can be read as a message is one.
 */
import type { Random } from '../graph';
import { at, type Mutate, mutateBytes, ODD_NAMES, oddNumber, oneOf } from './mutate-bytes';

type Content = bigint | Uint8Array | Field[];

interface Field {
  readonly number: number;
  readonly wireType: number;
  content: Content;
}

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/** Longer fields are weights, which are no messages. */
const MAX_STRING_BYTES = 40;
const MAX_DEPTH = 8;

interface Cursor {
  position: number;
}

function readVarint(bytes: Uint8Array, cursor: Cursor): bigint | undefined {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    if (cursor.position >= bytes.length) return undefined;
    const byte = bytes[cursor.position++];
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  return undefined;
}

function readContent(
  bytes: Uint8Array,
  cursor: Cursor,
  wireType: number,
  depth: number,
): Content | undefined {
  if (wireType === VARINT) return readVarint(bytes, cursor);
  const length =
    wireType === LENGTH_DELIMITED
      ? Number(readVarint(bytes, cursor) ?? Number.NaN)
      : { [FIXED_64]: 8, [FIXED_32]: 4 }[wireType];
  if (length === undefined || !(cursor.position + length <= bytes.length)) return undefined;
  const content = bytes.subarray(cursor.position, cursor.position + length);
  cursor.position += length;
  const isMessage = wireType === LENGTH_DELIMITED && length > 1 && depth < MAX_DEPTH && !isText(content);
  return (isMessage ? readMessage(content, depth + 1) : undefined) ?? content;
}

const isText = (bytes: Uint8Array) =>
  bytes.length <= MAX_STRING_BYTES && bytes.every((byte) => byte >= 0x20 && byte < 0x7f);

/** The fields of a message; undefined where the bytes are none. */
function readMessage(bytes: Uint8Array, depth: number): Field[] | undefined {
  const fields: Field[] = [];
  const cursor = { position: 0 };
  while (cursor.position < bytes.length) {
    const tag = Number(readVarint(bytes, cursor) ?? 0n);
    const [number, wireType] = [Math.floor(tag / 8), tag % 8];
    const content = number > 0 ? readContent(bytes, cursor, wireType, depth) : undefined;
    if (content === undefined) return undefined;
    fields.push({ number, wireType, content });
  }
  return fields;
}

function pushVarint(out: number[], value: bigint): void {
  let rest = BigInt.asUintN(64, value);
  for (; rest >= 0x80n; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80);
  out.push(Number(rest));
}

function writeMessage(fields: readonly Field[]): Uint8Array {
  const parts: (number[] | Uint8Array)[] = [];
  let byteLength = 0;
  const push = (part: number[] | Uint8Array) => {
    parts.push(part);
    byteLength += part.length;
  };
  for (const { number, wireType, content } of fields) {
    const head: number[] = [];
    pushVarint(head, BigInt(number * 8 + wireType));
    if (typeof content === 'bigint') {
      pushVarint(head, content);
      push(head);
      continue;
    }
    const bytes = Array.isArray(content) ? writeMessage(content) : content;
    if (wireType === LENGTH_DELIMITED) pushVarint(head, BigInt(bytes.length));
    push(head);
    push(bytes);
  }
  const result = new Uint8Array(byteLength);
  let position = 0;
  for (const part of parts) {
    result.set(part, position);
    position += part.length;
  }
  return result;
}

/** Every field of a message and of the messages within, with the message that holds it. */
function places(message: Field[]): [holder: Field[], index: number][] {
  const found: [Field[], number][] = [];
  const waiting = [message];
  for (let fields = waiting.pop(); fields; fields = waiting.pop()) {
    for (const [index, { content }] of fields.entries()) {
      found.push([fields, index]);
      if (Array.isArray(content)) waiting.push(content);
    }
  }
  return found;
}

const copyOf = (field: Field): Field => ({
  ...field,
  content: Array.isArray(field.content) ? field.content.map(copyOf) : field.content,
});

function otherContent({ content, wireType }: Field, random: Random): Content {
  if (typeof content === 'bigint') return oddNumber(content, 1000, random);
  const bytes = Array.isArray(content) ? writeMessage(content) : content;
  if (wireType !== LENGTH_DELIMITED) return bytes.map((byte) => (random() < 0.3 ? at(256, random) : byte));
  return isText(bytes) && random() < 0.7
    ? new TextEncoder().encode(oneOf(ODD_NAMES, random))
    : mutateBytes(bytes, bytes, random);
}

function change(message: Field[], random: Random): void {
  const all = places(message);
  if (all.length === 0) return;
  const [[holder, index], [otherHolder, otherIndex]] = [oneOf(all, random), oneOf(all, random)];
  const [field, other] = [holder[index], otherHolder[otherIndex]];
  switch (at(7, random)) {
    case 0:
      holder.splice(index, 1);
      break;
    case 1:
      holder.splice(index, 0, copyOf(other));
      break;
    case 2:
      // What is of the same kind changes places: one tensor's shape for another's, one operator for another.
      if (field.wireType === other.wireType) field.content = copyOf(other).content;
      break;
    case 3:
      holder[index] = { ...field, number: Math.max(1, field.number + at(5, random) - 2) };
      break;
    default:
      field.content = otherContent(field, random);
  }
}

export const mutateProtobuf: Mutate = (bytes, random) => {
  const message = readMessage(bytes, 0) ?? [];
  for (let changes = 1 + at(3, random); changes > 0; changes--) change(message, random);
  return writeMessage(message);
};
