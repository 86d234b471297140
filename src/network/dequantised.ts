/**
 * Weights that are stored as small integers: x = scale · (q − zero point). As a tensor of real numbers, worked out when it is
 * read, in float32 as inference engines do.
 */
import { readTensor, type StoredTensor } from '../formats';
import { checkedCount, NotUnderstoodError } from './activation';
import { type Constant, elementCount, rowMajorStrides, viewOffsets } from './constant';

/** One number for all, one for each place along an axis, or one for each block of places along it. */
export interface Scale {
  readonly values: Constant;
  readonly axis: number;
  /** Places in a block; 0 where there are no blocks. */
  readonly block: number;
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
  let values: Promise<Float32Array<ArrayBuffer>> | undefined;
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
      async read(first, length) {
        values ??= read();
        return (await values).slice(first, first + length);
      },
    },
  };
}

function describe(scales: readonly Scale[]): string {
  if (scales.some(({ block }) => block > 0)) return 'a scale per block';
  return scales.some(({ values }) => elementCount(values) > 1) ? 'a scale per channel' : 'one scale';
}

/** Per axis, what each place along it adds to the place of the scale. */
function placesOf({ values, axis, block }: Scale, shape: readonly number[]): Int32Array[] {
  for (const size of shape) checkedCount(size);
  const count = elementCount(values);
  if (count === 1) return shape.map((size) => new Int32Array(size));
  if (block === 0) {
    if (count !== shape[axis]) {
      throw new NotUnderstoodError(`has ${count} scales along an axis of ${shape[axis]}`);
    }
    return shape.map((size, index) => Int32Array.from({ length: size }, (_, i) => (index === axis ? i : 0)));
  }
  const strides = rowMajorStrides(values.shape);
  const fits = shape.every(
    (size, index) => values.shape[index] === (index === axis ? Math.ceil(size / block) : size),
  );
  if (!fits) {
    throw new NotUnderstoodError(`has scales of shape ${values.shape.join('×')} for ${shape.join('×')}`);
  }
  return shape.map((size, index) =>
    Int32Array.from(
      { length: size },
      (_, i) => strides[index] * (index === axis ? Math.floor(i / block) : i),
    ),
  );
}

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
