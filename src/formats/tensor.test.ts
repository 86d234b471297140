import { describe, expect, it } from 'vitest';
import { memorySource } from './byte-source';
import { decodeElements, type ElementType, readTensor } from './tensor';

const decode = (type: ElementType, bytes: readonly number[], count: number) => [
  ...decodeElements(Uint8Array.from(bytes), type, count),
];

describe('element types', () => {
  it.each<[ElementType, number[], number[]]>([
    // 1, −2, largest, smallest subnormal, +∞, in IEEE half precision
    [
      'float16',
      [0, 0x3c, 0, 0xc0, 0xff, 0x7b, 1, 0, 0, 0x7c],
      [1, -2, 65504, 2 ** -24, Number.POSITIVE_INFINITY],
    ],
    ['bfloat16', [0x80, 0x3f, 0x20, 0xc0], [1, -2.5]],
    // E4M3: 1, 448 (largest), 2^-9 (smallest), −1.75; E5M2: 1, 57344 (largest), −∞
    ['float8e4m3', [0x38, 0x7e, 0x01, 0xbe], [1, 448, 2 ** -9, -1.75]],
    ['float8e5m2', [0x3c, 0x7b, 0xfc], [1, 57344, Number.NEGATIVE_INFINITY]],
    // 1, 240 (largest); 1, 57344; a scale of 1, the smallest
    ['float8e4m3fnuz', [0x40, 0x7f], [1, 240]],
    ['float8e5m2fnuz', [0x40, 0x7f], [1, 57344]],
    ['float8e8m0', [0x7f, 0], [1, 2 ** -127]],
    // packed, the first element in the lowest bits
    ['float4e2m1', [0x71, 0x0c], [0.5, 6, -2]],
    ['int4', [0x8f, 0x07], [-1, -8, 7]],
    ['uint4', [0x8f, 0x07], [15, 8, 7]],
    ['int2', [0b01_10_11_00, 0b10], [0, -1, -2, 1, -2]],
    ['uint2', [0b01_10_11_00, 0b10], [0, 3, 2, 1, 2]],
    ['int8', [0xff, 0x7f], [-1, 127]],
    ['uint8', [0xff, 1], [255, 1]],
    ['bool', [0, 1], [0, 1]],
    ['int16', [0xfe, 0xff], [-2]],
    ['uint16', [0xfe, 0xff], [65534]],
    ['int32', [0xff, 0xff, 0xff, 0xff], [-1]],
    ['uint32', [0, 0, 0, 0x80], [2 ** 31]],
    ['int64', [0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [-3]],
    ['uint64', [0, 0, 0, 0, 1, 0, 0, 0], [2 ** 32]],
    ['float64', [0, 0, 0, 0, 0, 0, 0xe0, 0x3f], [0.5]],
    ['float32', [0, 0, 0x20, 0xc1], [-10]],
  ])('decodes %s', (type, bytes, values) => {
    expect(decode(type, bytes, values.length)).toEqual(values);
  });

  it('decodes not-a-number in every floating-point type', () => {
    expect(decode('float16', [1, 0x7e], 1)).toEqual([Number.NaN]);
    expect(decode('bfloat16', [0xc0, 0x7f], 1)).toEqual([Number.NaN]);
    expect(decode('float8e4m3', [0x7f], 1)).toEqual([Number.NaN]);
    expect(decode('float8e5m2', [0x7d], 1)).toEqual([Number.NaN]);
    expect(decode('float8e4m3fnuz', [0x80], 1)).toEqual([Number.NaN]);
    expect(decode('float8e5m2fnuz', [0x80], 1)).toEqual([Number.NaN]);
    expect(decode('float8e8m0', [0xff], 1)).toEqual([Number.NaN]);
  });
});

describe('tensors that are views', () => {
  const view = async (shape: number[], strides: number[], offset = 0) => {
    const source = memorySource(
      new Uint8Array(Float32Array.from({ length: 12 }, (_, i) => i).buffer),
      'twelve',
    );
    const elementCount = shape.reduce((total, size) => total * size, 1);
    const storage = { kind: 'strided', source, offset: 4 * offset, strides } as const;
    return [...(await readTensor({ name: 'view', shape, type: 'float32', elementCount, storage }))];
  };

  it('gathers transposed, sliced, repeated and empty ones', async () => {
    expect(await view([4, 3], [1, 4])).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
    expect(await view([2, 2], [6, 2], 1)).toEqual([1, 3, 7, 9]);
    expect(await view([2, 3], [0, 1], 9)).toEqual([9, 10, 11, 9, 10, 11]);
    expect(await view([2, 1, 2], [1, 7, 4])).toEqual([0, 4, 1, 5]);
    expect(await view([], [], 5)).toEqual([5]);
    expect(await view([3, 0], [1, 1])).toEqual([]);
  });
});
