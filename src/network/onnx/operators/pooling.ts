/**
 * Pooling and reductions: they shrink positions, or sum channels away.
 */
import {
  type Activation,
  type Axis,
  axisSize,
  hasChannels,
  NotUnderstoodError,
  positionAxis,
  shapeOf,
} from '../../activation';
import type { ChannelSet } from '../../network';
import { normaliseAxis, type OperatorCall, type Value } from '../lowering';
import { foldElementwise } from './constants';
import { readWindow, windowedSizes } from './linear';

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
  return [{ ...input, axes }];
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
  if (value.kind === 'constant') return [foldElementwise(call, [value])];
  if (value.kind === 'scores') throw new NotUnderstoodError('sums attention scores');
  const rank = value.axes.length;
  const named = call.axes(1)?.map((axis) => normaliseAxis(axis, rank)) ?? [...value.axes.keys()];
  const isGone = (index: number) => named.includes(index);
  const sumsChannels =
    value.channels.length > 1 && value.axes.some((axis, index) => isGone(index) && hasChannels(axis));
  const one = positionAxis(1);
  const keepsBase = (axis: Axis): Axis => (sumsChannels ? one : [{ base: axis[0].base, factors: [] }]);
  const axes = value.axes.map((axis, index) => (isGone(index) ? keepsBase(axis) : axis));
  const isGlobal = value.axes.every(
    (axis, index) => isGone(index) || hasChannels(axis) || axisSize(axis) === 1,
  );
  if (!sumsChannels && isGlobal && value.channels.length > 0) {
    record(call, value, 'globalPool', call.operator.type === 'ReduceMax' ? 'max' : 'average');
  }
  const keepsAxes = call.number('keepdims', 1) === 1;
  const { kind } = value;
  const channels = sumsChannels ? new Int32Array(0) : value.channels;
  const bases = sumsChannels ? axes.map((axis) => axis.map((segment) => ({ ...segment, base: 0 }))) : axes;
  const left = keepsAxes ? bases : dropAxes(bases, isGone);
  return [{ kind, channels, axes: left }];
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
