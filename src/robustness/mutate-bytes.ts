/** Damage to any file, whatever its format: bytes, numbers, names, digits, whole ranges. */
import type { Random } from '../graph';

export type Mutate = (bytes: Uint8Array, random: Random) => Uint8Array;

export const at = (length: number, random: Random) => Math.floor(random() * length);

export const oneOf = <Item>(items: readonly Item[], random: Random): Item => items[at(items.length, random)];

/** Where counts, lengths, offsets and signs go wrong. */
export const ODD_NUMBERS: readonly bigint[] = [
  0n,
  1n,
  2n,
  7n,
  0x7fn,
  0xffn,
  0x7fffn,
  0xffffn,
  0x10000n,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  0x1_0000_0000n,
  2n ** 40n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** Names that mean something to JavaScript, to a file system, to a reader of names. */
export const ODD_NAMES = [
  '__proto__',
  'constructor',
  'toString',
  '../../x',
  'weight',
  '',
  '.',
  '\u0000',
  '0',
];

const MAX_FLIPS = 8;
const MAX_RUN = 200;

/** An odd number, one beside it, or one beside what is there. */
export function oddNumber(present: bigint, byteLength: number, random: Random): bigint {
  const beside = BigInt(at(3, random) - 1);
  switch (at(4, random)) {
    case 0:
      return present + beside;
    case 1:
      return present * 2n;
    case 2:
      return BigInt(byteLength) + beside;
    default:
      return oneOf(ODD_NUMBERS, random) + beside;
  }
}

function writeNumber(copy: Uint8Array, start: number, random: Random): void {
  const size = Math.min(oneOf([1, 2, 4, 8], random), copy.length - start);
  const isLittleEndian = random() < 0.9;
  const byteAt = (index: number) => start + (isLittleEndian ? index : size - 1 - index);
  let present = 0n;
  for (let index = size - 1; index >= 0; index--) present = (present << 8n) | BigInt(copy[byteAt(index)]);
  let value = BigInt.asUintN(8 * size, oddNumber(present, copy.length, random));
  for (let index = 0; index < size; index++) {
    copy[byteAt(index)] = Number(value & 0xffn);
    value >>= 8n;
  }
}

const isNameByte = (byte: number) =>
  (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a) || byte === 0x5f || byte === 0x2e;
const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39;

/** The first run of such bytes at or behind `start`; empty where there is none. */
function runFrom(bytes: Uint8Array, start: number, isMeant: (byte: number) => boolean): [number, number] {
  let from = start;
  while (from < bytes.length && !isMeant(bytes[from])) from++;
  let to = from;
  while (to < bytes.length && isMeant(bytes[to])) to++;
  return [from, to];
}

/** Writes an odd name, or another name of the file, over one of its names; lengths stay as they are. */
function writeName(copy: Uint8Array, start: number, place: () => number, random: Random): void {
  const [from, to] = runFrom(copy, start, isNameByte);
  const [otherFrom, otherTo] = runFrom(copy, place(), isNameByte);
  const name =
    random() < 0.5 ? copy.slice(otherFrom, otherTo) : new TextEncoder().encode(oneOf(ODD_NAMES, random));
  copy.set(name.subarray(0, to - from), from);
}

/** Writes digits over a number in words: sizes in headers of text. */
function writeDigits(copy: Uint8Array, start: number, random: Random): void {
  const [from, to] = runFrom(copy, start, isDigit);
  for (let index = from; index < to; index++) copy[index] = 0x30 + (random() < 0.5 ? 9 : at(10, random));
  if (from > 0 && random() < 0.2) copy[from - 1] = '-'.charCodeAt(0);
}

/**
 * Damages a copy of `bytes`, half of the time among its first `headBytes`, where a file says what it holds. `other` is a
 * file whose parts are put into this one.
 */
export function mutateBytes(
  bytes: Uint8Array,
  other: Uint8Array,
  random: Random,
  headBytes = bytes.length,
): Uint8Array {
  const copy = new Uint8Array(bytes);
  const place = () => at(random() < 0.5 ? Math.min(headBytes, copy.length) : copy.length, random);
  switch (at(10, random)) {
    case 0:
      for (let flips = 1 + at(MAX_FLIPS, random); flips > 0; flips--) copy[place()] = at(256, random);
      return copy;
    case 1:
      return copy.subarray(0, place());
    case 2: {
      // A part is left out, or comes twice.
      const [end, start] = [place(), place()];
      const result = new Uint8Array(end + copy.length - start);
      result.set(copy.subarray(0, end));
      result.set(copy.subarray(start), end);
      return result;
    }
    case 3: {
      const [from, to] = [at(other.length, random), place()];
      copy.set(other.subarray(from, from + Math.min(at(MAX_RUN, random), copy.length - to)), to);
      return copy;
    }
    case 4: {
      const start = place();
      copy.fill(oneOf([0, 0x7f, 0x80, 0xff], random), start, start + 1 + at(MAX_FLIPS, random));
      return copy;
    }
    case 5: {
      const [from, to] = [place(), place()];
      copy.copyWithin(to, from, from + at(MAX_RUN, random));
      return copy;
    }
    case 6:
      writeName(copy, place(), place, random);
      return copy;
    case 7:
      writeDigits(copy, place(), random);
      return copy;
    default:
      for (let numbers = 1 + at(2, random); numbers > 0; numbers--) writeNumber(copy, place(), random);
      return copy;
  }
}
