/**
 * Pooling and reductions: they shrink positions, or sum channels away.
 */
import {
  type Activation,
  type Axis,
  axisSize,
  hasChannels,
  isShared,
  NotUnderstoodError,
  positionAxis,
  product,
  shapeOf,
  sharedActivation,
  withAxes,
} from '../../activation';
import { type Constant, rowMajorStrides, viewOffsets } from '../../constant';
import type { ChannelSet } from '../../network';
import type { Value } from '../lowering';
import { normaliseAxis, type OperatorCall } from '../operator-call';
import { readWindow, windowedSizes } from './conv';
import { mergeAxes } from './merging';
import { shapeOfMovable } from './moving';

function record(
  call: OperatorCall,
  input: Activation,
  property: 'pool' | 'globalPool',
  kind: 'max' | 'average',
): void {
  for (const set of call.lowering.setsOf(input.channels)) {
    if (set[property] === 'none') set[property] = kind satisfies ChannelSet['pool'];
  }
}

/** MaxPool, AveragePool, LpPool: a window over the positions. One that covers them all is a global pool. */
function windowPool(call: OperatorCall, kind: 'max' | 'average'): Value[] {
  const input = call.activation(0);
  const sizes = shapeOf(input).slice(2);
  const kernel = call.numberList('kernel_shape') ?? sizes.map(() => 1);
  const outSizes = windowedSizes(call, sizes, readWindow(call, kernel));
  const isGlobal = outSizes.every((size) => size === 1) && sizes.some((size) => size > 1);
  record(call, input, isGlobal ? 'globalPool' : 'pool', kind);
  const axes = [...input.axes.slice(0, 2), ...outSizes.map(positionAxis)];
  if (input.axes.slice(2).some(hasChannels)) throw new NotUnderstoodError('pools over channels');
  return [{ ...input, axes }, sharedActivation(shapeOf(withAxes(input, axes)))];
}

export const maxPool = (call: OperatorCall) => windowPool(call, 'max');
export const averagePool = (call: OperatorCall) => windowPool(call, 'average');

function globalPool(call: OperatorCall, kind: 'max' | 'average'): Value[] {
  const input = call.activation(0);
  record(call, input, 'globalPool', kind);
  if (input.axes.slice(2).some(hasChannels)) throw new NotUnderstoodError('pools over channels');
  return [{ ...input, axes: input.axes.map((axis, index) => (index < 2 ? axis : positionAxis(1))) }];
}

export const globalMaxPool = (call: OperatorCall) => globalPool(call, 'max');
export const globalAveragePool = (call: OperatorCall) => globalPool(call, 'average');

/** ReduceMean and its relatives. Over positions they pool; over channels the result belongs to no channel. */
export function reduce(call: OperatorCall): Value[] {
  const value = call.input(0);
  const sizes = shapeOfMovable(value);
  const isNothing = call.number('noop_with_empty_axes', 0) === 1;
  const asked = call.axes(1);
  if (isNothing && !asked?.length) return [value];
  const named = asked?.length ? asked.map((axis) => normaliseAxis(axis, sizes.length)) : [...sizes.keys()];
  const keepsAxes = call.number('keepdims', 1) === 1;
  if (value.kind === 'constant') return [reduceConstant(call, value, named, keepsAxes)];
  if (value.kind === 'scores') {
    const left = sizes.flatMap((size, axis) => (!named.includes(axis) ? [size] : keepsAxes ? [1] : []));
    return [{ ...sharedActivation(left), statistic: 'parts' }];
  }
  if (value.kind !== 'activation') throw new NotUnderstoodError('sums a list');
  const isLeft = (index: number) => !named.includes(index);
  const isGlobal = value.axes.every(
    (axis, index) => !isLeft(index) || hasChannels(axis) || axisSize(axis) === 1,
  );
  if (isGlobal && !isShared(value) && !sumsChannels(value, named)) {
    record(call, value, 'globalPool', call.operator.type === 'ReduceMax' ? 'max' : 'average');
  }
  return [reduceOver(call, value, named, keepsAxes)];
}

const sumsChannels = ({ channels, axes }: Activation, named: readonly number[]) =>
  channels.length > 1 && axes.some((axis, index) => named.includes(index) && hasChannels(axis));

/**
 * What is left of an activation after a sum over axes. A sum that keeps the axes it sums over is meant to meet what it is the
 * mean of; any other over some of the channels joins them.
 */
export function reduceOver(
  call: OperatorCall,
  input: Activation,
  named: readonly number[],
  keepsAxes = false,
): Activation {
  const isGone = (index: number) => named.includes(index);
  const isOfParts = input.axes.some((axis, index) => !isGone(index) && hasChannels(axis));
  const isSum = !isShared(input) && sumsChannels(input, named);
  if (isShared(input) || (isSum && (keepsAxes || !isOfParts))) {
    const sizes = shapeOf(input).flatMap((size, index) => (!isGone(index) ? [size] : keepsAxes ? [1] : []));
    const statistic = isShared(input) ? input.statistic : isOfParts ? 'parts' : 'whole';
    return { ...sharedActivation(sizes), statistic };
  }
  const summed = named.filter((index) => hasChannels(input.axes[index]));
  const value = isSum ? mergeAxes(call, input, summed) : input;
  const onePlace = (axis: Axis): Axis => [{ base: axis[0].base, factors: [] }];
  const axes = value.axes.map((axis, index) => (isGone(index) ? onePlace(axis) : axis));
  const { kind, channels } = value;
  return keepsAxes
    ? { kind, channels, axes, statistic: isSum ? undefined : 'positions' }
    : { kind, channels, axes: dropAxes(axes, isGone) };
}

/** Drops axes of one place; what they add to the channel index moves to the first axis that is left. */
function dropAxes(axes: readonly Axis[], isGone: (index: number) => boolean): Axis[] {
  const base = axes.reduce((total, axis, index) => total + (isGone(index) ? axis[0].base : 0), 0);
  const left = axes.filter((_, index) => !isGone(index));
  if (base === 0) return left;
  if (left.length === 0) throw new NotUnderstoodError('reduces everything to one number');
  return left.map((axis, index) =>
    index > 0 ? axis : axis.map((segment) => ({ ...segment, base: segment.base + base })),
  );
}

const FOLDS: ReadonlyMap<string, (numbers: readonly number[]) => number> = new Map([
  ['ReduceProd', product],
  ['ReduceSum', (numbers) => numbers.reduce((total, number) => total + number, 0)],
  ['ReduceMean', (numbers) => numbers.reduce((total, number) => total + number, 0) / numbers.length],
  ['ReduceMax', (numbers) => numbers.reduce((most, number) => Math.max(most, number))],
  ['ReduceMin', (numbers) => numbers.reduce((least, number) => Math.min(least, number))],
]);

/** Of a few numbers the result is computed; of weights it is a number of the computation. */
function reduceConstant(
  call: OperatorCall,
  { shape, numbers }: Constant,
  named: readonly number[],
  keepsAxes: boolean,
): Constant {
  const left = [...shape.keys()].filter((axis) => !named.includes(axis));
  const shapeOut = shape.flatMap((size, axis) => (!named.includes(axis) ? [size] : keepsAxes ? [1] : []));
  const fold = FOLDS.get(call.operator.type);
  if (!numbers || !fold) return { kind: 'constant', shape: shapeOut };
  const strides = rowMajorStrides(shape);
  const offsets = (axes: readonly number[], from: number) =>
    viewOffsets(
      axes.map((axis) => shape[axis]),
      axes.map((axis) => strides[axis]),
      from,
    );
  const folded = [...offsets(left, 0)].map((from) =>
    fold([...offsets(named, from)].map((at) => numbers[at])),
  );
  return { kind: 'constant', shape: shapeOut, numbers: folded };
}
