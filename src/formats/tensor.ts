/**
 * Tensors as they lie in a file: a name, a shape, an element type and where the bytes are. Row-major, little-endian.
 * Reading decodes every element type to float32 (integers beyond 2^24 and float64 are rounded).
 */
import type { ByteSource } from './byte-source';
import { FormatError } from './format-error';
import { decodeSmall, isSmallType } from './small-types';
import { gatherView, viewExtent } from './strided-view';

/** Bytes per element of every type that can be read; less than one where several elements share a byte. */
export const ELEMENT_BYTES = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  float8e4m3: 1,
  float8e4m3fnuz: 1,
  float8e5m2: 1,
  float8e5m2fnuz: 1,
  float8e8m0: 1,
  float4e2m1: 0.5,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  int4: 0.5,
  int2: 0.25,
  uint64: 8,
  uint32: 4,
  uint16: 2,
  uint8: 1,
  uint4: 0.5,
  uint2: 0.25,
  bool: 1,
} as const;

export type ElementType = keyof typeof ELEMENT_BYTES;

/** Bytes that `count` elements take; packed ones fill whole bytes. */
export const byteLengthOf = (type: ElementType, count: number) => Math.ceil(count * ELEMENT_BYTES[type]);

export type TensorStorage =
  /** Consecutive elements in a file. */
  | { kind: 'bytes'; source: ByteSource; offset: number }
  /** A view of elements in a file that lie in another order, or apart (a transposed weight). Strides in elements. */
  | { kind: 'strided'; source: ByteSource; offset: number; strides: readonly number[] }
  /** Every element has this value (ONNX ConstantOfShape). */
  | { kind: 'fill'; value: number }
  /** Already decoded: small tensors that a file writes number by number. */
  | { kind: 'numbers'; values: ArrayLike<number> }
  /** In a form of its own (quantised, in blocks): the reader of the format decodes any run of elements. */
  | { kind: 'encoded'; read(first: number, count: number): Promise<Float32Array<ArrayBuffer>> };

export interface StoredTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: ElementType;
  readonly elementCount: number;
  readonly storage: TensorStorage;
  /** How the elements are stored, in words, where it is not as `type`: "Q4_K", "int8, a scale per channel". */
  readonly encoding?: string;
}

/** Larger claims are refused before anything is allocated: no tensor of a real model comes near. */
const MAX_ELEMENTS = 2 ** 40;
const MAX_RANK = 16;

/** The number of elements of a shape that a file claims; throws for shapes that cannot be. */
export function checkedElementCount(shape: readonly number[], tensorName: string, fileName: string): number {
  const where = `tensor "${tensorName}" in ${fileName}`;
  if (shape.length > MAX_RANK) {
    throw new FormatError(
      `A tensor claims ${shape.length} dimensions`,
      where,
      'The file is damaged; export it again.',
    );
  }
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) {
      throw new FormatError(
        `A tensor claims a dimension of ${size}`,
        where,
        'The file is damaged; export it again.',
      );
    }
    count *= size;
    if (count > MAX_ELEMENTS) {
      throw new FormatError(
        `A tensor claims the shape ${shape.join('×')}, more elements than any model has`,
        where,
        'The file is damaged; export it again.',
      );
    }
  }
  return count;
}

export function isFloatingPoint(type: ElementType): boolean {
  return type.includes('float');
}

function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

let halfTable: Float32Array | undefined;

/** All 65,536 half-precision values: decoding a large tensor is then one look-up an element. */
export function halfValues(): Float32Array {
  halfTable ??= Float32Array.from({ length: 65536 }, (_, bits) => halfToFloat(bits));
  return halfTable;
}

/** Decodes `count` elements from little-endian `bytes`. */
export function decodeElements(
  bytes: Uint8Array,
  type: ElementType,
  count: number,
): Float32Array<ArrayBuffer> {
  const result = new Float32Array(count);
  if (isSmallType(type)) {
    decodeSmall(bytes, type, result);
    return result;
  }
  const aligned = bytes.byteOffset % ELEMENT_BYTES[type] === 0 ? bytes : new Uint8Array(bytes);
  const { buffer, byteOffset } = aligned;
  switch (type) {
    case 'float32':
      result.set(new Float32Array(buffer, byteOffset, count));
      break;
    case 'float64':
      result.set(new Float64Array(buffer, byteOffset, count));
      break;
    case 'float16': {
      const table = halfValues();
      const halves = new Uint16Array(buffer, byteOffset, count);
      for (let i = 0; i < count; i++) result[i] = table[halves[i]];
      break;
    }
    case 'bfloat16': {
      // bfloat16 is the upper half of a float32.
      const words = new Uint32Array(result.buffer);
      const halves = new Uint16Array(buffer, byteOffset, count);
      for (let i = 0; i < count; i++) words[i] = halves[i] << 16;
      break;
    }
    case 'int64':
    case 'uint64': {
      const view = new DataView(buffer, byteOffset, count * 8);
      for (let i = 0; i < count; i++) {
        const high = type === 'int64' ? view.getInt32(8 * i + 4, true) : view.getUint32(8 * i + 4, true);
        result[i] = high * 2 ** 32 + view.getUint32(8 * i, true);
      }
      break;
    }
    case 'int32':
      result.set(new Int32Array(buffer, byteOffset, count));
      break;
    case 'uint32':
      result.set(new Uint32Array(buffer, byteOffset, count));
      break;
    case 'int16':
      result.set(new Int16Array(buffer, byteOffset, count));
      break;
    case 'uint16':
      result.set(new Uint16Array(buffer, byteOffset, count));
      break;
    case 'int8':
      result.set(new Int8Array(buffer, byteOffset, count));
      break;
    case 'uint8':
    case 'bool':
      result.set(aligned.subarray(0, count));
      break;
    default: {
      throw type satisfies never;
    }
  }
  return result;
}

/** All elements of a tensor as float32, [elementCount]. */
export async function readTensor(tensor: StoredTensor): Promise<Float32Array<ArrayBuffer>> {
  const { storage, elementCount, type } = tensor;
  switch (storage.kind) {
    case 'fill':
      return new Float32Array(elementCount).fill(storage.value);
    case 'numbers':
      return Float32Array.from(storage.values);
    case 'encoded':
      return await storage.read(0, elementCount);
    case 'bytes': {
      const bytes = await storage.source.read(storage.offset, byteLengthOf(type, elementCount));
      return decodeElements(bytes, type, elementCount);
    }
    case 'strided': {
      const extent = viewExtent(tensor.shape, storage.strides);
      const bytes = await storage.source.read(storage.offset, extent * ELEMENT_BYTES[type]);
      return gatherView(decodeElements(bytes, type, extent), tensor.shape, storage.strides);
    }
    default:
      return storage satisfies never;
  }
}
