/**
 * Elements back into bytes, the inverse of ./tensor's decoding. A number that a type cannot hold becomes the nearest one that it
 * can, ties to the even bit pattern; beyond the range, the largest finite one. Little-endian.
 */
import { isSmallType } from './small-types';
import { byteLengthOf, decodeElements, ELEMENT_BYTES, type ElementType } from './tensor';

/** Writes element `index` with the value `value`. */
type Put = (index: number, value: number) => void;

/** A type's finite values in ascending order, each with its bit pattern. */
interface Codes {
  readonly values: Float32Array;
  readonly patterns: Uint16Array;
  /** Patterns of infinities and NaN, where the type has them. */
  readonly special: ReadonlyMap<number, number>;
  /** Pattern of −0; that of 0 where the type has no other. */
  readonly negativeZero: number;
}

const codes = new Map<ElementType, Codes>();

/** All finite values of a type of 16 bits or less. */
function codesOf(type: ElementType, bits: number): Codes {
  const known = codes.get(type);
  if (known) return known;
  const count = 2 ** bits;
  // Patterns one after the other, packed as the type packs them.
  const bytes = new Uint8Array(byteLengthOf(type, count));
  for (let pattern = 0; pattern < count; pattern++) putBits(bytes, bits, pattern, pattern);
  const decoded = decodeElements(bytes, type, count);
  const finite = Array.from(decoded.keys()).filter((pattern) => Number.isFinite(decoded[pattern]));
  // Of the two zeros, the positive one: it has the lower pattern.
  const patterns = finite
    .sort((a, b) => decoded[a] - decoded[b] || a - b)
    .filter((pattern, place, all) => place === 0 || decoded[pattern] !== decoded[all[place - 1]]);
  const special = new Map<number, number>();
  decoded.forEach((value, pattern) => {
    if (!Number.isFinite(value) && !special.has(value)) special.set(value, pattern);
  });
  const table = {
    values: Float32Array.from(patterns, (pattern) => decoded[pattern]),
    patterns: Uint16Array.from(patterns),
    special,
    negativeZero: Math.max(
      0,
      decoded.findIndex((value) => Object.is(value, -0)),
    ),
  };
  codes.set(type, table);
  return table;
}

/** The pattern of the nearest value. Where the type has no NaN, that of 0 stands for it. */
function nearest({ values, patterns, special, negativeZero }: Codes, value: number): number {
  if (Object.is(value, -0)) return negativeZero;
  const exact = special.get(value);
  if (exact !== undefined) return exact;
  const wanted = Number.isNaN(value) ? 0 : value;
  let [low, high] = [0, values.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (values[middle] <= wanted) low = middle;
    else high = middle;
  }
  const [below, above] = [wanted - values[low], values[high] - wanted];
  if (below === above) return patterns[low] % 2 === 0 ? patterns[low] : patterns[high];
  return below < above ? patterns[low] : patterns[high];
}

/** Bits per element: 16, 8, 4 or 2, the first element of a byte in its lowest bits. */
function putBits(bytes: Uint8Array, bits: number, index: number, pattern: number): void {
  if (bits === 16) {
    bytes[2 * index] = pattern & 0xff;
    bytes[2 * index + 1] = pattern >> 8;
    return;
  }
  const shift = (index * bits) % 8;
  const place = Math.floor((index * bits) / 8);
  const mask = (2 ** bits - 1) << shift;
  bytes[place] = (bytes[place] & ~mask) | (pattern << shift);
}

/** The nearest whole number of a range. */
const whole = (value: number, least: number, most: number) =>
  Number.isNaN(value) ? 0 : Math.min(most, Math.max(least, Math.round(value)));

/** Clamped as a BigInt: 2^63 − 1 is no float64. */
const wide = (value: number, least: bigint, most: bigint) => {
  if (!Number.isFinite(value)) return value > 0 ? most : value < 0 ? least : 0n;
  const rounded = BigInt(Math.round(value));
  return rounded < least ? least : rounded > most ? most : rounded;
};

function writerFor(bytes: Uint8Array, type: ElementType): Put {
  if (isSmallType(type) || type === 'float16' || type === 'bfloat16') {
    const bits = 8 * ELEMENT_BYTES[type];
    const table = codesOf(type, bits);
    return (index, value) => putBits(bytes, bits, index, nearest(table, value));
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (type) {
    case 'float32':
      return (index, value) => view.setFloat32(4 * index, value, true);
    case 'float64':
      return (index, value) => view.setFloat64(8 * index, value, true);
    case 'int64':
      return (index, value) => view.setBigInt64(8 * index, wide(value, -(2n ** 63n), 2n ** 63n - 1n), true);
    case 'uint64':
      return (index, value) => view.setBigUint64(8 * index, wide(value, 0n, 2n ** 64n - 1n), true);
    case 'int32':
      return (index, value) => view.setInt32(4 * index, whole(value, -(2 ** 31), 2 ** 31 - 1), true);
    case 'uint32':
      return (index, value) => view.setUint32(4 * index, whole(value, 0, 2 ** 32 - 1), true);
    case 'int16':
      return (index, value) => view.setInt16(2 * index, whole(value, -(2 ** 15), 2 ** 15 - 1), true);
    case 'uint16':
      return (index, value) => view.setUint16(2 * index, whole(value, 0, 2 ** 16 - 1), true);
    case 'int8':
      return (index, value) => view.setInt8(index, whole(value, -128, 127));
    case 'uint8':
      return (index, value) => view.setUint8(index, whole(value, 0, 255));
    case 'bool':
      return (index, value) => view.setUint8(index, value === 0 ? 0 : 1);
    default:
      throw type satisfies never;
  }
}

/**
 * Writes those of `values` into `bytes` that are not what stands there already; all others keep their bits, also where
 * float32 is too short for them.
 */
export function encodeChanged(values: Float32Array, type: ElementType, bytes: Uint8Array): void {
  const before = decodeElements(bytes, type, values.length);
  const put = writerFor(bytes, type);
  for (let index = 0; index < values.length; index++) {
    if (!Object.is(values[index], before[index])) put(index, values[index]);
  }
}

/** Encodes elements as `type`. */
export function encodeElements(values: ArrayLike<number>, type: ElementType): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(byteLengthOf(type, values.length));
  const put = writerFor(bytes, type);
  for (let index = 0; index < values.length; index++) put(index, values[index]);
  return bytes;
}
