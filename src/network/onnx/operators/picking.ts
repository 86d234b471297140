/**
 * Operators that take parts of a value: pieces, slices, places along an axis.
 */
import { checkedCount, NotUnderstoodError, sharedActivation } from '../../activation';
import { isWeightType, joinConstants, numbersConstant } from '../../constant';
import { pick } from '../../rearranging';
import type { Value } from '../lowering';
import { normaliseAxis, type OperatorCall } from '../operator-call';
import { lookUpEmbedding } from './embedding';
import { type Movable, movable, reshapeMovable, shapeOfMovable, sliceMovable, splitAlong } from './moving';

export function split(call: OperatorCall): Value[] {
  const value = movable(call, 0);
  const sizes = shapeOfMovable(value);
  const axis = normaliseAxis(call.number('axis', 0), sizes.length);
  const parts = checkedCount(call.number('num_outputs', call.operator.outputs.length));
  const chunk = Math.ceil(sizes[axis] / parts);
  const even = Array.from({ length: parts }, (_, i) => Math.min(chunk, sizes[axis] - i * chunk));
  const asked = call.numberList('split') ?? (call.has(1) ? call.numbers(1) : even);
  return splitAlong(value, axis, asked);
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
    const { start, count, step } = sliceRange(sizes[axis], starts[index], ends[index], steps[index]);
    if (count === 0 && result.kind !== 'constant') throw new NotUnderstoodError('takes an empty slice');
    result = sliceMovable(result, axis, start, count, step);
  });
  return [result];
}

/** ONNX's (NumPy's) slices: negative places count from the end, others beyond it are drawn in. */
function sliceRange(size: number, from: number, to: number, step: number) {
  if (!Number.isInteger(step) || step === 0) throw new NotUnderstoodError(`goes in steps of ${step}`);
  const [least, most] = step > 0 ? [0, size] : [-1, size - 1];
  const clamp = (place: number) => Math.min(Math.max(place < 0 ? place + size : place, least), most);
  const start = clamp(from);
  // The lowest numbers there are mean "to the very beginning".
  const end = step < 0 && to < -size ? -1 : clamp(to);
  return { start, count: Math.max(0, Math.ceil((end - start) / step)), step };
}

/** Picks along an axis; with ids that are only known at run time and a constant table it is an embedding. */
export function gather(call: OperatorCall): Value[] {
  const data = movable(call, 0);
  const indices = call.input(1);
  const sizes = shapeOfMovable(data);
  const axis = normaliseAxis(call.number('axis', 0), sizes.length);
  if (indices.kind !== 'constant' || !indices.numbers) {
    if (indices.kind === 'constant') call.lowering.markConstant(indices);
    return [lookUpEmbedding(call, data, indices, axis)];
  }
  const places = call.numbers(1).map((place) => (place < 0 ? place + sizes[axis] : place));
  if (places.some((place) => !(place >= 0 && place < sizes[axis]))) {
    throw new NotUnderstoodError(
      `picks element ${places.find((place) => !(place < sizes[axis]))} of ${sizes[axis]}`,
    );
  }
  const isLookUp = indices.shape.length > (axis === 0 ? 0 : 1);
  if (isLookUp && isTable(data) && !isEverything(places, sizes[axis])) {
    return [lookUpEmbedding(call, data, sharedActivation(indices.shape), axis)];
  }
  const shapeOut = [...sizes.slice(0, axis), ...indices.shape, ...sizes.slice(axis + 1)];
  return [reshapeMovable(pickAlong(data, axis, places), shapeOut)];
}

/** Rows of parameters (or columns, looked up at several places): which of them depends on the length of what comes in. */
const isTable = (data: Movable) =>
  data.kind === 'constant' &&
  data.shape.length === 2 &&
  data.view !== undefined &&
  isWeightType(data.view.tensor.type);

const isEverything = (places: readonly number[], size: number) =>
  places.length === size && places.every((place, index) => place === index);

export function pickAlong(data: Movable, axis: number, places: readonly number[]): Movable {
  const step = places.length > 1 ? places[1] - places[0] : 1;
  const isRegular = step > 0 && places.every((place, index) => place === places[0] + index * step);
  if (isRegular) return sliceMovable(data, axis, places[0], places.length, step);
  switch (data.kind) {
    case 'activation':
      return pick(data, axis, places);
    case 'scores':
      return { ...data, layout: pick(data.layout, axis, places) };
    default: {
      const { numbers, shape } = data;
      if (numbers && !data.view && shape.length === 1)
        return numbersConstant(places.map((place) => numbers[place]));
      return joinConstants(
        places
          .map((place) => sliceMovable(data, axis, place, 1, 1))
          .filter((part) => part.kind === 'constant'),
        axis,
      );
    }
  }
}
