/**
 * Weights that are stored as small integers: x = scale · (q − zero point). As a tensor of real numbers, worked out when it is
 * read, in float32 as inference engines do.
 */
import { readTensor, type StoredTensor } from '../formats';
import { checkedCount, NotUnderstoodError } from './activation';
import { type Constant, elementCount, rowMajorStrides, viewOffsets } from './constant';

/** Numbers that each go for a block of places. */
export interface Scale {
  readonly values: Constant;
  /** Places in a block along every axis of what is scaled. */
  readonly blocks: readonly number[];
}

/** One number for all, one for each place along an axis of `shape`, or one for each `block` of places along it. */
export function scaleAlong(values: Constant, shape: readonly number[], axis: number, block = 0): Scale {
  if (elementCount(values) === 1) return { values, blocks: shape };
  const isBlock = block > 0;
  return { values, blocks: shape.map((size, own) => (own === axis ? block || 1 : isBlock ? 1 : size)) };
}

/** The tensor that `quantised` stands for, of its shape, row-major. The product of `scales` applies. */
export function dequantised(quantised: Constant, scales: readonly Scale[], zeroPoint?: Scale): StoredTensor {
  const { view, shape } = quantised;
  if (!view) throw new NotUnderstoodError('scales a weight that is computed from other values');
  const { tensor } = view;
  const count = elementCount(quantised);
  const tables = scales.map((scale) => placesOf(scale, shape));
  const zeroTables = zeroPoint && placesOf(zeroPoint, shape);
  const isWhole = count === tensor.elementCount;
  const read = async () => {
    const integers = await readElements(quantised);
    const factors = await Promise.all(scales.map(({ values }) => readElements(values)));
    const zeros = zeroPoint && (await readElements(zeroPoint.values));
    const place = countThrough(shape);
    const result = new Float32Array(count);
    for (let index = 0; index < count; index++) {
      let value = integers[index] - (zeros && zeroTables ? zeros[at(zeroTables, place)] : 0);
      for (let k = 0; k < factors.length; k++) value = Math.fround(value * factors[k][at(tables[k], place)]);
      result[index] = value;
      next(place, shape);
    }
    return result;
  };
  return {
    // A part of a tensor is a tensor of its own.
    name: isWhole ? tensor.name : `${tensor.name} from ${view.offset}`,
    shape,
    type: 'float32',
    elementCount: count,
    encoding: `${tensor.type}, ${describe(scales)}`,
    storage: {
      kind: 'encoded',
      // Worked out anew each time: the real numbers of a large model would fill the memory.
      read: async (first, length) => (await read()).subarray(first, first + length),
    },
  };
}

function describe(scales: readonly Scale[]): string {
  const several = scales.filter(({ values }) => elementCount(values) > 1);
  if (several.length === 0) return 'one scale';
  const isPerChannel = several.every(({ values }) => values.shape.filter((size) => size > 1).length === 1);
  return isPerChannel ? 'a scale per channel' : 'a scale per block';
}

/** Per axis, what each place along it adds to the place of the scale. */
function placesOf({ values, blocks }: Scale, shape: readonly number[]): Int32Array[] {
  for (const size of shape) checkedCount(size);
  const grid = shape.map((size, axis) => Math.ceil(size / Math.max(1, blocks[axis])));
  if (withoutOnes(values.shape) !== withoutOnes(grid)) {
    throw new NotUnderstoodError(
      `has scales of shape ${values.shape.join('×')} for ${grid.join('×')} blocks of ${shape.join('×')}`,
    );
  }
  const strides = rowMajorStrides(grid);
  return shape.map((size, axis) =>
    Int32Array.from({ length: size }, (_, place) => strides[axis] * Math.floor(place / blocks[axis])),
  );
}

const withoutOnes = (shape: readonly number[]) => shape.filter((size) => size !== 1).join();

const countThrough = (shape: readonly number[]) => new Int32Array(shape.length);

function next(place: Int32Array, shape: readonly number[]): void {
  for (let axis = place.length - 1; axis >= 0; axis--) {
    if (++place[axis] < shape[axis]) return;
    place[axis] = 0;
  }
}

function at(tables: readonly Int32Array[], place: Int32Array): number {
  let sum = 0;
  for (let axis = 0; axis < place.length; axis++) sum += tables[axis][place[axis]];
  return sum;
}

/** The elements of a constant, row-major. */
async function readElements({ shape, view, numbers }: Constant): Promise<ArrayLike<number>> {
  if (numbers) return numbers;
  if (!view) throw new NotUnderstoodError('needs numbers that are computed from other values');
  const elements = await readTensor(view.tensor);
  const isPlain = view.offset === 0 && elements.length === elementCount({ kind: 'constant', shape });
  const own = rowMajorStrides(shape);
  if (isPlain && view.strides.every((stride, axis) => stride === own[axis] || shape[axis] === 1))
    return elements;
  return viewOffsets(shape, view.strides, view.offset).map((offset) => elements[offset]);
}
