/**
 * Operators that pick or write at places which are only known when the network runs. Along positions they change nothing
 * about channels but how many places there are.
 */
import {
  type Activation,
  checkedCount,
  hasChannels,
  isShared,
  NotUnderstoodError,
  shapeOf,
  sharedActivation,
} from '../../activation';
import { numbersConstant } from '../../constant';
import { sameChannels } from '../../reading';
import { expand, pick, reshape } from '../../rearranging';
import type { Known, Value } from '../lowering';
import { normaliseAxis, type OperatorCall } from '../operator-call';
import { movable, shapeOfMovable } from './moving';

/** `count` places along an axis, whichever they are. */
export function somePositions(value: Activation, axis: number, count: number): Activation {
  if (hasChannels(value.axes[axis])) {
    throw new NotUnderstoodError('picks channels that are only known when the network runs');
  }
  return pick(value, axis, Array<number>(checkedCount(count)).fill(0));
}

/** Constants that take part belong to the computation. */
function markConstants(call: OperatorCall, from: number): void {
  for (let index = from; index < call.inputs.length; index++) {
    const input = call.maybe(index);
    if (input?.kind === 'constant') call.lowering.markConstant(input);
  }
}

/** GatherElements: as many places along every axis as there are indices. */
export function gatherElements(call: OperatorCall): Value[] {
  const data = movable(call, 0);
  const sizes = shapeOfMovable(call.input(1));
  markConstants(call, 0);
  const take = (activation: Activation) => {
    const from = shapeOf(activation);
    return sizes.reduce(
      (value, size, axis) => (size === from[axis] ? value : somePositions(value, axis, size)),
      activation,
    );
  };
  if (data.kind === 'scores') return [{ ...data, layout: take(data.layout) }];
  if (data.kind === 'constant' || isShared(data)) return [sharedActivation(sizes)];
  const axis = normaliseAxis(call.number('axis', 0), sizes.length);
  if (hasChannels(data.axes[axis])) throw new NotUnderstoodError('picks other channels for every place');
  return [take(data)];
}

/** GatherND: indices [… , n] name places along the first n axes after the batch's. */
export function gatherNd(call: OperatorCall): Value[] {
  const data = movable(call, 0);
  const indices = shapeOfMovable(call.input(1));
  const gone = call.number('batch_dims', 0) + (indices[indices.length - 1] ?? 0);
  const sizes = shapeOfMovable(data);
  const shapeOut = [...indices.slice(0, -1), ...sizes.slice(gone)];
  const known = call.input(1);
  if (known.kind === 'constant' && known.numbers && gone === 1) {
    const flat = numbersConstant(known.numbers, indices.slice(0, -1));
    return [call.apply('Gather', [data, flat], { axis: 0 })];
  }
  markConstants(call, 0);
  if (data.kind === 'scores') throw new NotUnderstoodError('picks attention scores');
  if (data.kind === 'constant' || isShared(data)) return [sharedActivation(shapeOut)];
  const one = [...Array(gone).keys()].reduce((value, axis) => somePositions(value, axis, 1), data);
  return [expand(reshape(one, sizes.slice(gone)), shapeOut)];
}

/** ScatterElements, ScatterND, TensorScatter: writes values into others of the same channels. */
export function scatter(call: OperatorCall): Value[] {
  const data = movable(call, 0);
  const updates = call.input(call.operator.type === 'TensorScatter' ? 1 : 2);
  markConstants(call, 0);
  const sizes = shapeOfMovable(data);
  if (data.kind === 'scores') return [data];
  if (updates.kind !== 'activation' || isShared(updates)) {
    return [data.kind === 'activation' ? data : sharedActivation(sizes)];
  }
  if (data.kind === 'activation' && !isShared(data)) {
    if (sameChannels(data, updates)) return [data];
    throw new NotUnderstoodError('writes channels over others');
  }
  const from = shapeOf(updates);
  if (from.length !== sizes.length)
    throw new NotUnderstoodError('writes channels into places that hold none');
  return [
    sizes.reduce(
      (value, size, axis) => (size === from[axis] ? value : somePositions(value, axis, size)),
      updates,
    ),
  ];
}

/** TopK, ArgMax, Unique, …: which places are chosen along an axis, or the values there. */
export function choose(call: OperatorCall): Value[] {
  const value = call.input(0);
  markConstants(call, 1);
  const sizes = shapeOfMovable(value);
  const axis = normaliseAxis(call.number('axis', call.operator.type === 'TopK' ? -1 : 0), sizes.length);
  const isTop = call.operator.type === 'TopK';
  const count = isTop ? chosenCount(call, sizes[axis]) : 1;
  const keepsAxis = isTop || call.number('keepdims', 1) === 1;
  const left = sizes.flatMap((size, index) => (index !== axis ? [size] : keepsAxis ? [count] : []));
  const ids = sharedActivation(left);
  return isTop ? [chosenValues(value, axis, count, left), ids] : [ids];
}

/** Values at chosen places: of channels along other axes; along the channels themselves they belong to none. */
function chosenValues(value: Known, axis: number, count: number, left: readonly number[]): Activation {
  const isPlain = value.kind === 'activation' && !isShared(value) && !hasChannels(value.axes[axis]);
  return isPlain ? somePositions(value, axis, count) : { ...sharedActivation(left), statistic: 'parts' };
}

function chosenCount(call: OperatorCall, size: number): number {
  const asked = call.maybe(1);
  const count = asked?.kind === 'constant' ? asked.numbers?.[0] : call.number('k', size);
  return Math.min(size, Math.max(1, count ?? size));
}
