/**
 * What a name of a program stands for while the program is unrolled: a tensor of nodes of the computation graph, or of numbers
 * that are known before the network runs. Row-major. Whatever only moves elements about works on both alike.
 */
import { NotUnderstoodError } from '../../../network/activation';

export interface NodeTensor {
  readonly kind: 'nodes';
  readonly shape: readonly number[];
  /** [Π shape] */
  readonly nodes: Int32Array;
}

export interface NumberTensor {
  readonly kind: 'numbers';
  readonly shape: readonly number[];
  /** [Π shape] */
  readonly numbers: Float64Array;
  /** Whole numbers divide like whole numbers. */
  readonly isInteger: boolean;
}

export type Tensor = NodeTensor | NumberTensor;

/** Larger tensors are refused before they are allocated: no graph that is run here has as many nodes. */
const MAX_ELEMENTS = 2 ** 24;

/** The number of elements of a shape that an operator asks for. Throws NotUnderstoodError where there can be no such tensor. */
export function checkedSize(shape: readonly number[]): number {
  const isShape = shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  const count = isShape ? sizeOf(shape) : Number.NaN;
  if (!(count <= MAX_ELEMENTS))
    throw new NotUnderstoodError(`makes a tensor of the shape ${shape.join('×')}`);
  return count;
}

export const sizeOf = (shape: readonly number[]) => shape.reduce((total, size) => total * size, 1);

export const nodeTensor = (shape: readonly number[], nodes: Int32Array): NodeTensor => ({
  kind: 'nodes',
  shape,
  nodes,
});

export const numberTensor = (
  shape: readonly number[],
  numbers: ArrayLike<number>,
  isInteger = false,
): NumberTensor => ({ kind: 'numbers', shape, numbers: Float64Array.from(numbers), isInteger });

/** A list of whole numbers: a shape, axes. */
export const integers = (numbers: readonly number[]) => numberTensor([numbers.length], numbers, true);

export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis];
  }
  return strides;
}

/** Where the elements of a strided view lie, in row-major order: [Π shape]. Throws as checkedSize does. */
export function placesOf(shape: readonly number[], strides: readonly number[], start = 0): Int32Array {
  checkedSize(shape);
  let places = Int32Array.of(start);
  shape.forEach((size, axis) => {
    const next = new Int32Array(places.length * size);
    for (let i = 0; i < places.length; i++)
      for (let k = 0; k < size; k++) next[i * size + k] = places[i] + k * strides[axis];
    places = next;
  });
  return places;
}

/** The tensor of a shape whose elements are those of another at `places`. */
export function pick<Kind extends Tensor>(tensor: Kind, shape: readonly number[], places: Int32Array): Kind;
export function pick(tensor: Tensor, shape: readonly number[], places: Int32Array): Tensor {
  if (tensor.kind === 'nodes')
    return nodeTensor(
      shape,
      places.map((place) => tensor.nodes[place]),
    );
  return { ...tensor, shape, numbers: Float64Array.from(places, (place) => tensor.numbers[place]) };
}

/** NumPy's broadcasting; undefined where the shapes do not fit. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const shape = Array.from({ length: rank }, (_, axis) => {
    const [x, y] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    return x === y || y === 1 ? x : x === 1 ? y : Number.NaN;
  });
  return shape.some(Number.isNaN) ? undefined : shape;
}

/** The tensor repeated along axes of size 1. Throws NotUnderstoodError for a shape that it does not broadcast to. */
export function broadcast<Kind extends Tensor>(tensor: Kind, shape: readonly number[]): Kind {
  if (broadcastShape(tensor.shape, shape)?.join() !== shape.join())
    throw new NotUnderstoodError(`repeats ${tensor.shape.join('×')} to ${shape.join('×')}`);
  const lead = shape.length - tensor.shape.length;
  const own = stridesOf(tensor.shape);
  const strides = shape.map((_, axis) =>
    axis < lead || tensor.shape[axis - lead] === 1 ? 0 : own[axis - lead],
  );
  return pick(tensor, shape, placesOf(shape, strides));
}

export function transpose<Kind extends Tensor>(tensor: Kind, permutation: readonly number[]): Kind {
  if (permutation.toSorted((a, b) => a - b).join() !== [...tensor.shape.keys()].join())
    throw new NotUnderstoodError(`puts axes in the order ${permutation.join()}`);
  const strides = stridesOf(tensor.shape);
  const shape = permutation.map((axis) => tensor.shape[axis]);
  const places = placesOf(
    shape,
    permutation.map((axis) => strides[axis]),
  );
  return pick(tensor, shape, places);
}

export const reshaped = <Kind extends Tensor>(tensor: Kind, shape: readonly number[]): Kind => ({
  ...tensor,
  shape,
});
