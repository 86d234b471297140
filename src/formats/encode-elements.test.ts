import { describe, expect, it } from 'vitest';
import { encodeChanged, encodeElements } from './encode-elements';
import { byteLengthOf, decodeElements, ELEMENT_BYTES, type ElementType } from './tensor';

const TYPES = Object.keys(ELEMENT_BYTES) as ElementType[];

/** Bytes that look random, and are the same on every run. */
const patterns = (type: ElementType, count: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(
    { length: byteLengthOf(type, count) },
    (_, index) => Math.imul(index + 1, 0x9e3779b1) >>> 24,
  );

describe.each(TYPES)('%s', (type) => {
  it('gives back the value of every bit pattern', () => {
    const count = 1024;
    const values = decodeElements(
      type === 'bool' ? new Uint8Array(count).fill(1) : patterns(type, count),
      type,
      count,
    );
    expect(decodeElements(encodeElements(values, type), type, count)).toEqual(values);
  });

  it('keeps the bits of all but the elements that changed', () => {
    const count = 64;
    const bytes = patterns(type, count);
    const values = decodeElements(bytes, type, count);
    const after = new Uint8Array(bytes);
    encodeChanged(values, type, after);
    expect(after).toEqual(bytes);
    values[17] = values[17] === 1 ? 0 : 1;
    encodeChanged(values, type, after);
    expect(after).not.toEqual(bytes);
    const own = Math.floor(17 * ELEMENT_BYTES[type]);
    const length = Math.max(1, ELEMENT_BYTES[type]);
    after.set(bytes.subarray(own, own + length), own);
    expect(after).toEqual(bytes);
  });
});

describe('numbers that a type cannot hold', () => {
  const stored = (value: number, type: ElementType) =>
    decodeElements(encodeElements([value], type), type, 1)[0];

  it('become the nearest one, ties the even one', () => {
    expect(stored(1 + 2 ** -11, 'float16')).toBe(1);
    expect(stored(1 + 3 * 2 ** -11, 'float16')).toBe(1 + 2 ** -9);
    expect(stored(0.1, 'bfloat16')).toBeCloseTo(0.1, 3);
    expect(stored(2.4, 'int8')).toBe(2);
    expect(stored(2.25, 'float8e5m2')).toBe(2);
  });

  it('become the largest one beyond the range, and NaN stays what it is where the type has it', () => {
    expect(stored(1e6, 'float16')).toBe(65504);
    expect(stored(-300, 'int8')).toBe(-128);
    expect(stored(100, 'uint4')).toBe(15);
    expect(stored(Number.NaN, 'float16')).toBeNaN();
    expect(stored(Number.NEGATIVE_INFINITY, 'float16')).toBe(Number.NEGATIVE_INFINITY);
    expect(stored(Number.NaN, 'int32')).toBe(0);
    expect(stored(2 ** 63, 'int64')).toBe(2 ** 63);
  });
});
