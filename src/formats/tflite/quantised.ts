/**
 * Values of tensors that are stored as integers: x = scale · (q − zero point), with one scale for all, or one for each place
 * along an axis. Scales are read with the first values.
 */
import type { ByteSource } from '../byte-source';
import { byteLengthOf, decodeElements, ELEMENT_BYTES, type ElementType, type TensorStorage } from '../tensor';
import type { VectorPlace } from './flatbuffer';

export interface Quantisation {
  readonly scales: VectorPlace;
  /** Absent or empty where all zero points are 0. */
  readonly zeroPoints?: VectorPlace;
  readonly axis: number;
}

/** Elements that are decoded from one read; a multiple of all that share a byte. */
const CHUNK_ELEMENTS = 2 ** 20;

interface Scale {
  readonly scales: Float32Array;
  readonly zeroPoints: Float32Array;
  /** Elements from one scale to the next. */
  readonly step: number;
}

/** Storage of integers of `type` at `offset`. There is one scale, or as many as `shape` has places along the axis. */
export function quantisedStorage(
  source: ByteSource,
  offset: number,
  type: ElementType,
  shape: readonly number[],
  quantisation: Quantisation,
): TensorStorage {
  let scale: Promise<Scale> | undefined;

  async function readScale(): Promise<Scale> {
    const { scales, zeroPoints, axis } = quantisation;
    const read = async ({ start, count }: VectorPlace, of: ElementType) =>
      decodeElements(await source.read(start, byteLengthOf(of, count)), of, count);
    const inner = shape.slice(axis + 1).reduce((total, size) => total * size, 1);
    return {
      scales: await read(scales, 'float32'),
      zeroPoints: zeroPoints?.count ? await read(zeroPoints, 'int64') : new Float32Array(scales.count),
      step: scales.count === 1 ? Number.POSITIVE_INFINITY : inner,
    };
  }

  return {
    kind: 'encoded',
    async read(first, count) {
      scale ??= readScale();
      const { scales, zeroPoints, step } = await scale;
      // Several elements share a byte: reading begins where one byte does.
      const shared = Math.max(1, 1 / ELEMENT_BYTES[type]);
      const start = first - (first % shared);
      const end = first + count;
      const values = new Float32Array(count);
      for (let from = start; from < end; from += CHUNK_ELEMENTS) {
        const size = Math.min(CHUNK_ELEMENTS, end - from);
        const bytes = await source.read(offset + from * ELEMENT_BYTES[type], byteLengthOf(type, size));
        const integers = decodeElements(bytes, type, size);
        for (let index = Math.max(0, first - from); index < size; index++) {
          const at = Math.floor((from + index) / step) % scales.length;
          values[from + index - first] = scales[at] * (integers[index] - zeroPoints[at]);
        }
      }
      return values;
    },
  };
}
