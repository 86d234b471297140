/**
 * Operators that give values another shape: what they do to an activation's axes, or to a weight before it is used.
 */
import { type Activation, checkedCount, NotUnderstoodError, product, shapeOf } from '../../activation';
import {
  type Constant,
  elementCount,
  expandConstant,
  numbersConstant,
  reshapeConstant,
  sliceConstant,
  transposeConstant,
} from '../../constant';
import { expand, reshape, slice, tile, transpose } from '../../rearranging';
import type { Known, Value } from '../lowering';
import { normaliseAxis, type OperatorCall } from '../operator-call';
import type { AttentionScores } from './attention';

/** What can be moved about: data, weights, scores. */
export type Movable = Activation | Constant | AttentionScores;

export function shapeOfMovable(value: Known): readonly number[] {
  switch (value.kind) {
    case 'constant':
      return value.shape;
    case 'activation':
      return shapeOf(value);
    case 'scores':
      return shapeOf(value.layout);
    default:
      throw new NotUnderstoodError('takes a list where one value is expected');
  }
}

export function movable(call: OperatorCall, index: number): Movable {
  const value = call.input(index);
  if (value.kind === 'sequence') throw new NotUnderstoodError('takes a list where one value is expected');
  return value;
}

/** Moves the places of a value, whatever stands at them. */
function moved(
  value: Movable,
  ofConstant: (constant: Constant) => Constant,
  ofActivation: (activation: Activation) => Activation,
): Movable {
  switch (value.kind) {
    case 'constant':
      return ofConstant(value);
    case 'scores':
      return { ...value, layout: ofActivation(value.layout) };
    default:
      return ofActivation(value);
  }
}

export const reshapeMovable = (value: Movable, shape: readonly number[]) =>
  moved(
    value,
    (constant) => reshapeConstant(constant, shape),
    (activation) => reshape(activation, shape),
  );

export const sliceMovable = (value: Movable, axis: number, start: number, count: number, step: number) =>
  moved(
    value,
    (constant) => sliceConstant(constant, axis, start, count, step),
    (activation) => slice(activation, axis, start, count, step),
  );

export function splitAlong(value: Movable, axis: number, counts: readonly number[]): Movable[] {
  const sizes = shapeOfMovable(value);
  const size = sizes[normaliseAxis(axis, sizes.length)];
  const all = counts.reduce((total, count) => total + count, 0);
  if (!counts.every((count) => count >= 0) || !(all <= size)) {
    throw new NotUnderstoodError(`splits ${size} places into ${counts.join(' + ')}`);
  }
  let start = 0;
  return counts.map((count) => {
    const part = sliceMovable(value, axis, start, count, 1);
    start += count;
    return part;
  });
}

export function shape(call: OperatorCall): Value[] {
  const sizes = shapeOfMovable(call.input(0));
  const start = call.number('start', 0);
  const end = call.number('end', sizes.length);
  return [numbersConstant(sizes.slice(start, end))];
}

export const size = (call: OperatorCall): Value[] => [
  numbersConstant([product(shapeOfMovable(call.input(0)))], []),
];

export function reshapeOperator(call: OperatorCall): Value[] {
  const value = movable(call, 0);
  const from = shapeOfMovable(value);
  const asked = call.numberList('shape') ?? call.numbers(1);
  const keepsZero = call.number('allowzero', 0) === 1;
  const sizes = asked.map((size, axis) => (size === 0 && !keepsZero ? from[axis] : size));
  const known = product(sizes.filter((size) => size !== -1));
  return [
    reshapeMovable(
      value,
      sizes.map((size) => (size === -1 ? product(from) / known : size)),
    ),
  ];
}

export function flatten(call: OperatorCall): Value[] {
  const value = movable(call, 0);
  const from = shapeOfMovable(value);
  const axis = call.number('axis', 1);
  const split = axis < 0 ? axis + from.length : axis;
  return [reshapeMovable(value, [product(from.slice(0, split)), product(from.slice(split))])];
}

export function transposeOperator(call: OperatorCall): Value[] {
  const value = movable(call, 0);
  const rank = shapeOfMovable(value).length;
  const permutation = call.numberList('perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  if (permutation.length !== rank || new Set(permutation).size !== rank) {
    throw new NotUnderstoodError(`permutes ${rank} axes by [${permutation.join(', ')}]`);
  }
  const axes = permutation.map((axis) => normaliseAxis(axis, rank));
  return [
    moved(
      value,
      (constant) => transposeConstant(constant, axes),
      (activation) => transpose(activation, axes),
    ),
  ];
}

export function squeeze(call: OperatorCall): Value[] {
  const value = movable(call, 0);
  const from = shapeOfMovable(value);
  const named = call.axes(1)?.map((axis) => normaliseAxis(axis, from.length));
  const isKept = (size: number, axis: number) => (named ? !named.includes(axis) : size !== 1);
  return [reshapeMovable(value, from.filter(isKept))];
}

export function unsqueeze(call: OperatorCall): Value[] {
  const value = movable(call, 0);
  const from = shapeOfMovable(value);
  const named = call.axes(1) ?? [];
  const rank = from.length + named.length;
  const added = named.map((axis) => normaliseAxis(axis, rank));
  const rest = [...from];
  const sizes = Array.from({ length: rank }, (_, axis) => (added.includes(axis) ? 1 : (rest.shift() ?? 1)));
  return [reshapeMovable(value, sizes)];
}

export function expandOperator(call: OperatorCall): Value[] {
  const value = movable(call, 0);
  const asked = call.numbers(1);
  const from = shapeOfMovable(value);
  const rank = Math.max(from.length, asked.length);
  const sizes = Array.from({ length: rank }, (_, axis) => {
    const own = from[axis - rank + from.length] ?? 1;
    return own === 1 ? (asked[axis - rank + asked.length] ?? 1) : own;
  });
  return [
    moved(
      value,
      (constant) => expandConstant(constant, sizes),
      (activation) => expand(activation, sizes),
    ),
  ];
}

export function tileOperator(call: OperatorCall): Value[] {
  const value = movable(call, 0);
  const from = shapeOfMovable(value);
  const times = call.inputs.length > 2 ? tilesOfOldOperator(call, from.length) : call.numbers(1);
  if (times.length !== from.length || times.some((count) => !(count >= 1))) {
    throw new NotUnderstoodError(`repeats ${from.length} axes ${times.join(', ')} times`);
  }
  return [
    moved(
      value,
      (constant) => tileConstant(constant, times),
      (activation) => times.reduce((result, count, axis) => tile(result, axis, count), activation),
    ),
  ];
}

/** Tile of the first operator sets: a number and an axis. */
function tilesOfOldOperator(call: OperatorCall, rank: number): number[] {
  const [[count], [axis]] = [call.numbers(1), call.numbers(2)];
  return Array.from({ length: rank }, (_, index) => (index === axis ? count : 1));
}

/** Axes of one place are expanded; whole numbers are copied. */
function tileConstant(constant: Constant, times: readonly number[]): Constant {
  const shape = constant.shape.map((size, axis) => size * times[axis]);
  if (times.every((count, axis) => count === 1 || constant.shape[axis] === 1)) {
    return expandConstant(constant, shape);
  }
  const rows = constant.numbers;
  if (!rows || constant.shape.length !== 1) throw new NotUnderstoodError('repeats a weight');
  return numbersConstant(
    Array.from(
      { length: checkedCount(elementCount({ kind: 'constant', shape })) },
      (_, index) => rows[index % rows.length],
    ),
  );
}
