/**
 * Operators that only move values about: what they do to an activation's axes, or to a weight before it is used.
 */
import { isFloatingPoint } from '../../../formats';
import {
  type Activation,
  axisSize,
  concat,
  hasChannels,
  NotUnderstoodError,
  positionAxis,
  reshape,
  shapeOf,
  slice,
  transpose,
  withAxes,
  ZERO_CHANNEL,
} from '../../activation';
import {
  type Constant,
  elementCount,
  expandConstant,
  numbersConstant,
  reshapeConstant,
  sliceConstant,
  transposeConstant,
} from '../../constant';
import { normaliseAxis, type OperatorCall, type Value } from '../lowering';
import { joinClassToken, joinFeatures, lookUpEmbedding } from './embedding';

type Movable = Activation | Constant;

const shapeOfMovable = (value: Movable) => (value.kind === 'constant' ? value.shape : shapeOf(value));

function movable(call: OperatorCall, index: number): Movable {
  const value = call.input(index);
  if (value.kind === 'scores') throw new NotUnderstoodError('rearranges attention scores');
  return value;
}

const reshapeMovable = (value: Movable, shape: readonly number[]): Movable =>
  value.kind === 'constant' ? reshapeConstant(value, shape) : reshape(value, shape);

const sliceMovable = (value: Movable, axis: number, start: number, count: number, step: number): Movable =>
  value.kind === 'constant'
    ? sliceConstant(value, axis, start, count, step)
    : slice(value, axis, start, count, step);

export function shape(call: OperatorCall): Value[] {
  const value = call.input(0);
  const sizes = value.kind === 'constant' ? value.shape : value.axes.map(axisSize);
  const start = call.number('start', 0);
  const end = call.number('end', sizes.length);
  return [numbersConstant(sizes.slice(start, end))];
}

export function reshapeOperator(call: OperatorCall): Value[] {
  const value = movable(call, 0);
  const from = shapeOfMovable(value);
  const asked = call.numberList('shape') ?? call.numbers(1);
  const keepsZero = call.number('allowzero', 0) === 1;
  const sizes = asked.map((size, axis) => (size === 0 && !keepsZero ? from[axis] : size));
  const known = sizes.filter((size) => size !== -1).reduce((total, size) => total * size, 1);
  const total = from.reduce((product, size) => product * size, 1);
  return [
    reshapeMovable(
      value,
      sizes.map((size) => (size === -1 ? total / known : size)),
    ),
  ];
}

export function flatten(call: OperatorCall): Value[] {
  const value = movable(call, 0);
  const from = shapeOfMovable(value);
  const axis = call.number('axis', 1);
  const product = (sizes: readonly number[]) => sizes.reduce((total, size) => total * size, 1);
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
  return [value.kind === 'constant' ? transposeConstant(value, axes) : transpose(value, axes)];
}

export function squeeze(call: OperatorCall): Value[] {
  const value = movable(call, 0);
  const from = shapeOfMovable(value);
  const named = call.axes(1)?.map((axis) => normaliseAxis(axis, from.length));
  return [
    reshapeMovable(
      value,
      from.filter((size, axis) => (named ? !named.includes(axis) : size !== 1)),
    ),
  ];
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

export function concatOperator(call: OperatorCall): Value[] {
  const values = call.operator.inputs.map((_, index) => movable(call, index));
  const activations = values.filter((value) => value.kind === 'activation');
  const constants = values.filter((value) => value.kind === 'constant');
  const axis = normaliseAxis(call.number('axis', 1), shapeOfMovable(values[0]).length);
  if (constants.length === 0) return [concat(activations, axis)];
  if (activations.length === 0) {
    if (values.length === 1) return [values[0]];
    if (constants.every(({ numbers, shape: size }) => numbers && size.length === 1)) {
      for (const constant of constants) call.lowering.markConstant(constant);
      return [numbersConstant(constants.flatMap(({ numbers }) => numbers ?? []))];
    }
    throw new NotUnderstoodError('joins parameters of several tensors before a layer uses them');
  }
  if (activations.some(({ axes }) => hasChannels(axes[axis]))) return [joinFeatures(call, values, axis)];
  return [joinClassToken(call, activations, constants, axis)];
}

export function split(call: OperatorCall): Value[] {
  const value = movable(call, 0);
  const sizes = shapeOfMovable(value);
  const axis = normaliseAxis(call.number('axis', 0), sizes.length);
  const parts = call.operator.outputs.length;
  const chunk = Math.ceil(sizes[axis] / parts);
  const asked =
    call.numberList('split') ??
    (call.has(1)
      ? call.numbers(1)
      : Array.from({ length: parts }, (_, i) => Math.min(chunk, sizes[axis] - i * chunk)));
  let start = 0;
  return asked.map((count) => {
    const part = sliceMovable(value, axis, start, count, 1);
    start += count;
    return part;
  });
}

export function sliceOperator(call: OperatorCall): Value[] {
  const value = movable(call, 0);
  const sizes = shapeOfMovable(value);
  const starts = call.numberList('starts') ?? call.numbers(1);
  const ends = call.numberList('ends') ?? call.numbers(2);
  const axes = call.axes(3) ?? starts.map((_, index) => index);
  const steps = call.has(4) ? call.numbers(4) : starts.map(() => 1);
  let result: Movable = value;
  axes.forEach((named, index) => {
    const axis = normaliseAxis(named, sizes.length);
    const step = steps[index];
    if (step < 1) throw new NotUnderstoodError('reverses an axis');
    const clamp = (place: number) =>
      Math.min(Math.max(place < 0 ? place + sizes[axis] : place, 0), sizes[axis]);
    const [start, end] = [clamp(starts[index]), clamp(ends[index])];
    const count = Math.max(0, Math.ceil((end - start) / step));
    if (count === 0 && result.kind === 'activation') throw new NotUnderstoodError('takes an empty slice');
    result = sliceMovable(result, axis, start, count, step);
  });
  return [result];
}

/** Picks along an axis; with ids that are only known at run time and a constant table it is an embedding. */
export function gather(call: OperatorCall): Value[] {
  const data = movable(call, 0);
  const indices = call.input(1);
  if (indices.kind !== 'constant') return [lookUpEmbedding(call, data, indices)];
  const sizes = shapeOfMovable(data);
  const axis = normaliseAxis(call.number('axis', 0), sizes.length);
  const picks = call.numbers(1).map((pick) => (pick < 0 ? pick + sizes[axis] : pick));
  const [first] = picks;
  const step = picks.length > 1 ? picks[1] - first : 1;
  if (step < 1 || picks.some((pick, index) => pick !== first + index * step) || !(first < sizes[axis])) {
    throw new NotUnderstoodError('picks elements in an irregular order');
  }
  const picked = sliceMovable(data, axis, first, picks.length, step);
  const shapeOut = [...sizes.slice(0, axis), ...indices.shape, ...sizes.slice(axis + 1)];
  return [reshapeMovable(picked, shapeOut)];
}

export function expand(call: OperatorCall): Value[] {
  const value = movable(call, 0);
  const asked = call.numbers(1);
  const from = shapeOfMovable(value);
  const rank = Math.max(from.length, asked.length);
  const sizes = Array.from({ length: rank }, (_, axis) => {
    const own = from[axis - rank + from.length] ?? 1;
    return own === 1 ? (asked[axis - rank + asked.length] ?? 1) : own;
  });
  if (value.kind === 'constant') return [expandConstant(value, sizes)];
  const lead = rank - from.length;
  const axes = sizes.map((size, axis) =>
    axis >= lead && from[axis - lead] === size ? value.axes[axis - lead] : positionAxis(size),
  );
  return [withAxes(value, axes)];
}

/** Pads positions, or adds channels that are always zero. */
export function pad(call: OperatorCall): Value[] {
  const value = call.activation(0);
  const pads = call.numberList('pads') ?? call.numberList('paddings') ?? call.numbers(1);
  if (call.has(2)) call.numbers(2);
  const rank = value.axes.length;
  const named = call.has(3)
    ? call.numbers(3).map((axis) => normaliseAxis(axis, rank))
    : [...value.axes.keys()];
  let channels = value.channels;
  const axes = value.axes.map((axis, index) => {
    const at = named.indexOf(index);
    const [before, after] = at < 0 ? [0, 0] : [pads[at], pads[at + named.length]];
    if (before === 0 && after === 0) return axis;
    if (!hasChannels(axis)) return positionAxis(axisSize(axis) + before + after);
    if (before < 0 || after < 0) throw new NotUnderstoodError('crops channels by padding');
    const base = channels.length;
    const zeros = new Int32Array(before + after).fill(ZERO_CHANNEL);
    channels = Int32Array.from([...channels, ...zeros]);
    const zeroSegment = (count: number, start: number) =>
      count > 0 ? [{ base: start, factors: [{ size: count, stride: 1, axis: 'channel' as const }] }] : [];
    return [...zeroSegment(before, base), ...axis, ...zeroSegment(after, base + before)];
  });
  if (channels !== value.channels && value.axes.filter(hasChannels).length > 1) {
    throw new NotUnderstoodError('pads one of several channel axes');
  }
  return [{ ...value, axes, channels }];
}

/** Changes the number of positions only. */
export function resize(call: OperatorCall): Value[] {
  const value = call.activation(0);
  const sizes = shapeOf(value);
  const named = call.operator.inputs.length > 3 && call.has(3) ? call.numbers(3) : undefined;
  const scales =
    call.numberList('scales') ??
    (call.operator.inputs.length === 2 ? call.numbers(1) : call.has(2) ? call.numbers(2) : undefined);
  if (call.operator.inputs.length > 2 && call.has(1)) call.numbers(1);
  const target = sizes.map((size, axis) => named?.[axis] ?? Math.floor(size * (scales?.[axis] ?? 1)));
  const axes = value.axes.map((axis, index) => {
    if (target[index] === sizes[index]) return axis;
    if (hasChannels(axis)) throw new NotUnderstoodError('resizes the channel axis');
    return positionAxis(target[index]);
  });
  return [withAxes(value, axes)];
}

/** Constant: a tensor, or numbers written as attributes. */
export function constantOperator(call: OperatorCall): Value[] {
  const attribute = [...call.operator.attributes.values()][0];
  const name = call.operator.outputs[0];
  switch (attribute?.kind) {
    case 'tensor': {
      const numbers = call.lowering.smallNumbers.get(attribute.value);
      const constant = call.lowering.addTensor(name, attribute.value, numbers);
      // One number written into the program belongs to it; parameters have more.
      if (attribute.value.elementCount === 1) call.lowering.markConstant(constant);
      return [constant];
    }
    case 'number':
      return [numbersConstant([attribute.value], [])];
    case 'numbers':
      return [numbersConstant(attribute.value)];
    default:
      throw new NotUnderstoodError('holds a kind of constant that is not read');
  }
}

/** A few exporters store a tensor of equal values as its shape alone; small integer ones are part of shape arithmetic. */
export function constantOfShape(call: OperatorCall): Value[] {
  const sizes = call.numbers(0);
  const attribute = call.operator.attributes.get('value');
  const tensor = attribute?.kind === 'tensor' ? attribute.value : undefined;
  const value = tensor ? (call.lowering.smallNumbers.get(tensor)?.[0] ?? 0) : 0;
  const type = tensor?.type ?? 'float32';
  const constant = { kind: 'constant' as const, shape: sizes };
  const count = elementCount(constant);
  if (!isFloatingPoint(type)) return [{ ...constant, numbers: Array(Math.min(count, 65536)).fill(value) }];
  const name = call.operator.outputs[0];
  const stored = { name, shape: sizes, type, elementCount: count, storage: { kind: 'fill' as const, value } };
  return [call.lowering.addTensor(name, stored, count <= 64 ? Array(count).fill(value) : undefined)];
}
