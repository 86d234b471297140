/**
 * Values known before the network runs: views of stored tensors (a transposed, reshaped or sliced weight is still the
 * same parameters), and small lists of numbers (shapes, axes) that are computed with.
 */
import type { StoredTensor } from '../formats';
import { countOffsets, NotUnderstoodError } from './activation';

export interface Constant {
  readonly kind: 'constant';
  readonly shape: readonly number[];
  /** Where the elements lie, if they are a view of one stored tensor. Strides in elements. */
  readonly view?: {
    readonly tensor: StoredTensor;
    readonly offset: number;
    readonly strides: readonly number[];
  };
  /** The elements themselves, row-major, if few. */
  readonly numbers?: readonly number[];
}

export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis];
  }
  return strides;
}

export function tensorConstant(tensor: StoredTensor, numbers?: readonly number[]): Constant {
  const view = { tensor, offset: 0, strides: rowMajorStrides(tensor.shape) };
  return { kind: 'constant', shape: tensor.shape, view, numbers };
}

export function numbersConstant(
  numbers: readonly number[],
  shape: readonly number[] = [numbers.length],
): Constant {
  return { kind: 'constant', shape, numbers };
}

export const elementCount = ({ shape }: Constant) => shape.reduce((total, size) => total * size, 1);

/** The numbers of a small constant; throws where they are not at hand. */
export function numbersOf(constant: Constant): readonly number[] {
  if (constant.numbers) return constant.numbers;
  throw new NotUnderstoodError('needs a constant that is too large to be looked into');
}

/** Applies the same rearrangement to the view's strides and to the numbers. */
function rearrange(
  constant: Constant,
  shape: readonly number[],
  strides: (view: readonly number[]) => { offset: number; strides: number[] },
): Constant {
  const { view, numbers } = constant;
  const moved = view && strides(view.strides);
  const movedNumbers = numbers && strides(rowMajorStrides(constant.shape));
  return {
    kind: 'constant',
    shape,
    view: view &&
      moved && { tensor: view.tensor, offset: view.offset + moved.offset, strides: moved.strides },
    numbers: numbers && movedNumbers && gatherNumbers(numbers, shape, movedNumbers),
  };
}

function gatherNumbers(
  numbers: readonly number[],
  shape: readonly number[],
  { offset, strides }: { offset: number; strides: number[] },
): number[] {
  return [...viewOffsets(shape, strides, offset)].map((index) => numbers[index]);
}

/** Element offsets of a strided view in row-major order. */
export function viewOffsets(
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
): Int32Array {
  return countOffsets(
    shape.map((size, axis) => ({ size, stride: strides[axis] })),
    offset,
  );
}

export function transposeConstant(constant: Constant, permutation: readonly number[]): Constant {
  const shape = permutation.map((axis) => constant.shape[axis]);
  return rearrange(constant, shape, (strides) => ({
    offset: 0,
    strides: permutation.map((axis) => strides[axis]),
  }));
}

/** Reshapes without moving elements; throws where a transposed view would have to be copied. */
export function reshapeConstant(constant: Constant, shape: readonly number[]): Constant {
  return rearrange(constant, shape, (strides) => ({
    offset: 0,
    strides: reshapeStrides(constant.shape, strides, shape),
  }));
}

function reshapeStrides(
  from: readonly number[],
  strides: readonly number[],
  to: readonly number[],
): number[] {
  if (elementCount({ kind: 'constant', shape: from }) !== elementCount({ kind: 'constant', shape: to })) {
    throw new NotUnderstoodError(`reshapes a constant of shape ${from.join('×')} to ${to.join('×')}`);
  }
  const axes = from.map((size, axis) => ({ size, stride: strides[axis] })).filter(({ size }) => size !== 1);
  const result = new Array<number>(to.length).fill(0);
  // From the innermost axis outwards, each target axis takes what is left of a source axis, or several that are
  // contiguous with one another.
  let left = axes.pop();
  for (let axis = to.length - 1; axis >= 0; axis--) {
    if (to[axis] === 1) continue;
    if (!left) break;
    while (left.size < to[axis]) {
      const outer = axes.pop();
      if (!outer || outer.stride !== left.size * left.stride) {
        throw new NotUnderstoodError('reshapes a transposed constant in a way that moves its elements');
      }
      left = { size: outer.size * left.size, stride: left.stride };
    }
    if (left.size % to[axis]) throw new NotUnderstoodError('reshapes a constant across its axes');
    result[axis] = left.stride;
    left = { size: left.size / to[axis], stride: left.stride * to[axis] };
    if (left.size === 1) left = axes.pop();
  }
  return result;
}

export function sliceConstant(
  constant: Constant,
  axis: number,
  start: number,
  count: number,
  step: number,
): Constant {
  const shape = constant.shape.map((size, index) => (index === axis ? count : size));
  return rearrange(constant, shape, (strides) => ({
    offset: start * strides[axis],
    strides: strides.map((stride, index) => (index === axis ? stride * step : stride)),
  }));
}

/** Repeats axes of size 1 and adds leading ones (ONNX Expand). */
export function expandConstant(constant: Constant, shape: readonly number[]): Constant {
  const lead = shape.length - constant.shape.length;
  return rearrange(constant, shape, (strides) => ({
    offset: 0,
    strides: shape.map((size, axis) => {
      const own = constant.shape[axis - lead];
      return axis < lead || (own === 1 && size !== 1) ? 0 : strides[axis - lead];
    }),
  }));
}
