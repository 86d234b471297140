/**
 * Values known before the network runs: views of stored tensors (a transposed, reshaped or sliced weight is still the
 * same parameters), and small lists of numbers (shapes, axes) that are computed with.
 */
import { type ElementType, isFloatingPoint, type StoredTensor } from '../formats';
import { NotUnderstoodError, product } from './activation';
import { countOffsets } from './reading';

/** Longer lists of numbers are not computed with. */
export const MAX_NUMBERS = 65536;

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
  /** Parts behind one another along an axis, if they come from several places (the gates of a recurrent layer). */
  readonly joined?: { readonly axis: number; readonly pieces: readonly Constant[] };
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

/** Types that weights are stored as: real numbers, and whole ones of a byte or less, which are scaled. Shapes are wider. */
export const isWeightType = (type: ElementType) => isFloatingPoint(type) || /^u?int[248]$/.test(type);

export const elementCount = ({ shape }: Constant) => product(shape);

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
): number[] | undefined {
  if (product(shape) > MAX_NUMBERS) return undefined;
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
  if (constant.joined) {
    const axis = permutation.indexOf(constant.joined.axis);
    return joinConstants(
      constant.joined.pieces.map((piece) => transposeConstant(piece, permutation)),
      axis,
    );
  }
  const shape = permutation.map((axis) => constant.shape[axis]);
  return rearrange(constant, shape, (strides) => ({
    offset: 0,
    strides: permutation.map((axis) => strides[axis]),
  }));
}

/** Reshapes without moving elements; throws where a transposed view would have to be copied. */
export function reshapeConstant(constant: Constant, shape: readonly number[]): Constant {
  if (constant.joined) return reshapeJoined(constant, constant.joined, shape);
  const { view, numbers } = constant;
  const isWeight = view && isWeightType(view.tensor.type);
  if (numbers && !isWeight && numbers.length === elementCount({ kind: 'constant', shape })) {
    return numbersConstant(numbers, shape);
  }
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
  if (constant.joined) return sliceJoined(constant.joined, axis, start, count, step);
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

/** Constants behind one another along an axis. */
export function joinConstants(pieces: readonly Constant[], axis: number): Constant {
  const [first] = pieces;
  if (pieces.length === 1) return first;
  const size = pieces.reduce((total, { shape }) => total + shape[axis], 0);
  const shape = first.shape.map((own, index) => (index === axis ? size : own));
  const numbers = joinNumbers(pieces, axis, shape);
  // Whole numbers are computed with; only what may have been learned is kept track of.
  const isComputed = pieces.every(
    ({ view, joined }) => !joined && !(view && (isWeightType(view.tensor.type) || !numbers)),
  );
  return { kind: 'constant', shape, numbers, joined: isComputed ? undefined : { axis, pieces } };
}

function joinNumbers(
  pieces: readonly Constant[],
  axis: number,
  shape: readonly number[],
): number[] | undefined {
  if (product(shape) > MAX_NUMBERS) return undefined;
  const lists = pieces.map(({ numbers }) => numbers);
  if (!lists.every((list) => list !== undefined)) return undefined;
  const rows = product(shape.slice(0, axis));
  return Array.from({ length: rows }, (_, row) =>
    lists.flatMap((list) => list.slice((row * list.length) / rows, ((row + 1) * list.length) / rows)),
  ).flat();
}

type Joined = NonNullable<Constant['joined']>;

function sliceJoined(
  { axis: joint, pieces }: Joined,
  axis: number,
  start: number,
  count: number,
  step: number,
): Constant {
  if (axis !== joint) {
    return joinConstants(
      pieces.map((piece) => sliceConstant(piece, axis, start, count, step)),
      joint,
    );
  }
  if (step !== 1) throw new NotUnderstoodError('takes every other element of joined weights');
  let position = 0;
  const kept = pieces.flatMap((piece) => {
    const [from, to] = [Math.max(start, position), Math.min(start + count, position + piece.shape[axis])];
    const cut = from < to ? [sliceConstant(piece, axis, from - position, to - from, 1)] : [];
    position += piece.shape[axis];
    return cut;
  });
  if (kept.length === 0) throw new NotUnderstoodError('takes nothing of joined weights');
  return joinConstants(kept, axis);
}

/** Joined weights can be reshaped as long as the axis along which they are joined stays. */
function reshapeJoined({ shape: from }: Constant, { axis, pieces }: Joined, to: readonly number[]): Constant {
  const before = (sizes: readonly number[], end: number) => product(sizes.slice(0, end));
  const joint = to.findIndex(
    (size, index) => size === from[axis] && before(to, index) === before(from, axis),
  );
  if (joint < 0) throw new NotUnderstoodError('reshapes joined weights across their joints');
  return joinConstants(
    pieces.map((piece) =>
      reshapeConstant(
        piece,
        to.map((size, index) => (index === joint ? piece.shape[axis] : size)),
      ),
    ),
    joint,
  );
}
