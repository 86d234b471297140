/** ONNX sequences: lists of values, which some exporters make where they take a value apart. */
import { NotUnderstoodError } from '../../activation';
import type { Sequence, Value } from '../lowering';
import { normaliseAxis, type OperatorCall } from '../operator-call';
import { joinValues } from './joining';
import { type Movable, movable, reshapeMovable, shapeOfMovable, splitAlong } from './moving';

function list(call: OperatorCall, index: number): Sequence {
  const value = call.input(index);
  if (value.kind !== 'sequence') throw new NotUnderstoodError('takes one value where a list is expected');
  return value;
}

const sequence = (items: readonly Value[]): Sequence => ({ kind: 'sequence', items });

export const sequenceConstruct = (call: OperatorCall): Value[] => [
  sequence(call.inputs.map((_, index) => call.input(index))),
];

export const sequenceEmpty = (): Value[] => [sequence([])];

/** The place that an input names; negative ones count from the end. */
function placeIn(call: OperatorCall, index: number, length: number): number {
  const [place] = call.numbers(index);
  return place < 0 ? place + length : place;
}

export function sequenceAt(call: OperatorCall): Value[] {
  const { items } = list(call, 0);
  const item = items[placeIn(call, 1, items.length)];
  if (!item) throw new NotUnderstoodError(`takes an item that a list of ${items.length} has not`);
  return [item];
}

export function sequenceInsert(call: OperatorCall): Value[] {
  const { items } = list(call, 0);
  const at = call.has(2) ? placeIn(call, 2, items.length) : items.length;
  return [sequence([...items.slice(0, at), call.input(1), ...items.slice(at)])];
}

export function splitToSequence(call: OperatorCall): Value[] {
  const value = movable(call, 0);
  const sizes = shapeOfMovable(value);
  const axis = normaliseAxis(call.number('axis', 0), sizes.length);
  const asked = call.has(1) ? call.numbers(1) : undefined;
  const [chunk] = asked ?? [1];
  const isChunked = !asked || call.constant(1).shape.length === 0;
  const counts = isChunked
    ? Array.from({ length: Math.ceil(sizes[axis] / chunk) }, (_, i) =>
        Math.min(chunk, sizes[axis] - i * chunk),
      )
    : asked;
  const parts = splitAlong(value, axis, counts);
  const dropsAxis = !asked && call.number('keepdims', 1) === 0;
  const squeezed = sizes.filter((_, index) => index !== axis);
  return [sequence(dropsAxis ? parts.map((part) => reshapeMovable(part, squeezed)) : parts)];
}

export function concatFromSequence(call: OperatorCall): Value[] {
  const items = list(call, 0).items.map((item): Movable => {
    if (item.kind === 'unknown' || item.kind === 'sequence') throw new NotUnderstoodError('joins lists');
    return item;
  });
  if (items.length === 0) throw new NotUnderstoodError('joins an empty list');
  const isNew = call.number('new_axis', 0) === 1;
  const rank = shapeOfMovable(items[0]).length + (isNew ? 1 : 0);
  const axis = normaliseAxis(call.number('axis', 0), rank);
  const stacked = items.map((item) => {
    const sizes = shapeOfMovable(item);
    return isNew ? reshapeMovable(item, [...sizes.slice(0, axis), 1, ...sizes.slice(axis)]) : item;
  });
  return [joinValues(call, stacked, axis)];
}
