/**
 * Element types of a byte or less, by look-up: the value of every bit pattern. Types of less than a byte lie packed, the
 * first element in the lowest bits.
 */

/** Bits per element. */
const BITS = {
  float8e4m3: 8,
  float8e4m3fnuz: 8,
  float8e5m2: 8,
  float8e5m2fnuz: 8,
  float8e8m0: 8,
  float4e2m1: 4,
  int4: 4,
  uint4: 4,
  int2: 2,
  uint2: 2,
} as const;

export type SmallType = keyof typeof BITS;

export const isSmallType = (type: string): type is SmallType => Object.hasOwn(BITS, type);

/** Sign, exponent and fraction, with subnormal numbers below the lowest exponent. */
function floatOf(bits: number, exponentBits: number, fractionBits: number, bias: number): number {
  const sign = bits >> (exponentBits + fractionBits) ? -1 : 1;
  const exponent = (bits >> fractionBits) & (2 ** exponentBits - 1);
  const fraction = (bits & (2 ** fractionBits - 1)) / 2 ** fractionBits;
  return sign * (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias));
}

/** The 8-bit floats are those of the Open Compute Project; "fnuz": no infinities, and what would be −0 is NaN. */
function decode(bits: number, type: SmallType): number {
  switch (type) {
    case 'float8e4m3':
      return (bits & 0x7f) === 0x7f ? Number.NaN : floatOf(bits, 4, 3, 7);
    case 'float8e4m3fnuz':
      return bits === 0x80 ? Number.NaN : floatOf(bits, 4, 3, 8);
    case 'float8e5m2': {
      if ((bits & 0x7c) !== 0x7c) return floatOf(bits, 5, 2, 15);
      return bits & 3 ? Number.NaN : bits & 0x80 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    }
    case 'float8e5m2fnuz':
      return bits === 0x80 ? Number.NaN : floatOf(bits, 5, 2, 16);
    case 'float8e8m0': // a scale: exponent only
      return bits === 0xff ? Number.NaN : 2 ** (bits - 127);
    case 'float4e2m1':
      return floatOf(bits, 2, 1, 1);
    case 'int4':
      return bits & 8 ? bits - 16 : bits;
    case 'int2':
      return bits & 2 ? bits - 4 : bits;
    case 'uint4':
    case 'uint2':
      return bits;
    default:
      return type satisfies never;
  }
}

const tables = new Map<SmallType, Float32Array>();

function valuesOf(type: SmallType): Float32Array {
  const known = tables.get(type);
  if (known) return known;
  const table = Float32Array.from({ length: 2 ** BITS[type] }, (_, bits) => decode(bits, type));
  tables.set(type, table);
  return table;
}

/** Decodes `into.length` elements. */
export function decodeSmall(bytes: Uint8Array, type: SmallType, into: Float32Array): void {
  const table = valuesOf(type);
  const bits = BITS[type];
  const perByte = 8 / bits;
  const mask = 2 ** bits - 1;
  for (let i = 0; i < into.length; i++) {
    into[i] = table[(bytes[Math.floor(i / perByte)] >> (bits * (i % perByte))) & mask];
  }
}
