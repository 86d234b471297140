/** Operators that only move elements about: no edges, and no nodes but those of a padding. */
import { NotUnderstoodError } from '../../../network/activation';
import type { OperatorCall, OperatorHandler } from './operator-call';
import {
  broadcast,
  broadcastShape,
  checkedSize,
  pick,
  placesOf,
  reshaped,
  sizeOf,
  stridesOf,
  type Tensor,
  transpose,
} from './tensors';

function reshape(call: OperatorCall): Tensor {
  const input = call.tensor(0);
  const asked = call.numbersAt(1) ?? call.numbers('shape') ?? [];
  const keepsZeros = call.number('allowzero', 0) === 1;
  const known = asked.map((size, axis) => (size === 0 && !keepsZeros ? input.shape[axis] : size));
  const rest = sizeOf(input.shape) / sizeOf(known.filter((size) => size !== -1));
  return sized(
    call,
    input,
    known.map((size) => (size === -1 ? rest : size)),
  );
}

function sized(call: OperatorCall, input: Tensor, shape: readonly number[]): Tensor {
  if (sizeOf(shape) !== sizeOf(input.shape))
    call.refuse(`makes the shape ${shape.join('×')} out of ${input.shape.join('×')}`);
  return reshaped(input, shape);
}

function flatten(call: OperatorCall): Tensor {
  const input = call.tensor(0);
  const axis = call.number('axis', 1);
  const first = axis < 0 ? axis + input.shape.length : axis;
  return sized(call, input, [sizeOf(input.shape.slice(0, first)), sizeOf(input.shape.slice(first))]);
}

function squeeze(call: OperatorCall): Tensor {
  const input = call.tensor(0);
  const axes = call.axes(1, input.shape.length);
  const isGone = (size: number, axis: number) => (axes ? axes.includes(axis) : size === 1);
  return sized(
    call,
    input,
    input.shape.filter((size, axis) => !isGone(size, axis)),
  );
}

function unsqueeze(call: OperatorCall): Tensor {
  const input = call.tensor(0);
  const count = (call.numbers('axes') ?? call.numbersAt(1) ?? []).length;
  const axes = call.axes(1, input.shape.length + count) ?? [];
  const sizes = [...input.shape];
  const rank = sizes.length + count;
  return reshaped(
    input,
    Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : (sizes.shift() ?? 1))),
  );
}

function transposeOperator(call: OperatorCall): Tensor {
  const input = call.tensor(0);
  return transpose(input, call.numbers('perm') ?? [...input.shape.keys()].reverse());
}

function concat(call: OperatorCall): Tensor {
  const given = call.inputs.map((_, index) => call.tensor(index));
  const axis = call.axis(call.number('axis', 1), given[0].shape.length);
  const shape = given[0].shape.map((size, at) =>
    at === axis ? given.reduce((total, tensor) => total + tensor.shape[axis], 0) : size,
  );
  const rows = sizeOf(shape.slice(0, axis));
  const join = <Items extends Int32Array | Float64Array>(all: Items, lists: readonly Items[]): Items => {
    let at = 0;
    for (let row = 0; row < rows; row++) {
      for (const list of lists) {
        const part = list.subarray((row * list.length) / rows, ((row + 1) * list.length) / rows);
        all.set(part, at);
        at += part.length;
      }
    }
    return all;
  };
  if (given.some(({ kind }) => kind === 'nodes')) {
    const lists = given.map((tensor) => call.asNodes(tensor).nodes);
    return { kind: 'nodes', shape, nodes: join(new Int32Array(sizeOf(shape)), lists) };
  }
  const constants = given.map((_, index) => call.constant(index));
  const numbers = join(
    new Float64Array(sizeOf(shape)),
    constants.map((tensor) => tensor.numbers),
  );
  return { kind: 'numbers', shape, numbers, isInteger: constants.every(({ isInteger }) => isInteger) };
}

/** The part of a tensor that starts at `starts` and takes `counts` steps along each axis. */
function cut(
  tensor: Tensor,
  starts: readonly number[],
  counts: readonly number[],
  steps: readonly number[] = counts.map(() => 1),
): Tensor {
  const isInside = tensor.shape.every((size, axis) => {
    const last = starts[axis] + (counts[axis] - 1) * steps[axis];
    return counts[axis] === 0 || (Math.min(starts[axis], last) >= 0 && Math.max(starts[axis], last) < size);
  });
  if (!isInside) throw new NotUnderstoodError('takes a part that is not there');
  const strides = stridesOf(tensor.shape);
  const first = strides.reduce((total, stride, axis) => total + stride * starts[axis], 0);
  const moved = strides.map((stride, axis) => stride * steps[axis]);
  return pick(tensor, counts, placesOf(counts, moved, first));
}

function slice(call: OperatorCall): Tensor {
  const input = call.tensor(0);
  const { shape } = input;
  const given = (name: string, index: number) => call.numbers(name) ?? call.numbersAt(index);
  const [askedStarts, askedEnds] = [given('starts', 1) ?? [], given('ends', 2) ?? []];
  const axes = (given('axes', 3) ?? askedStarts.map((_, axis) => axis)).map((axis) =>
    call.axis(axis, shape.length),
  );
  const askedSteps = call.numbersAt(4);
  const [starts, counts, steps] = [shape.map(() => 0), [...shape], shape.map(() => 1)];
  axes.forEach((axis, index) => {
    const [size, step] = [shape[axis], askedSteps?.[index] ?? 1];
    const place = (asked: number) => {
      const positive = asked < 0 ? asked + size : asked;
      return step > 0 ? Math.min(Math.max(positive, 0), size) : Math.min(Math.max(positive, -1), size - 1);
    };
    starts[axis] = place(askedStarts[index]);
    counts[axis] = Math.max(0, Math.ceil((place(askedEnds[index]) - starts[axis]) / step));
    steps[axis] = step;
  });
  return cut(input, starts, counts, steps);
}

function split(call: OperatorCall): readonly Tensor[] {
  const input = call.tensor(0);
  const { shape } = input;
  const axis = call.axis(call.number('axis', 0), shape.length);
  const parts = call.operator.outputs.length;
  const even = Math.ceil(shape[axis] / parts);
  const sizes =
    call.numbers('split') ??
    call.numbersAt(1) ??
    Array.from({ length: parts }, (_, part) => Math.min(even, shape[axis] - part * even));
  let start = 0;
  return sizes.map((size) => {
    const part = cut(
      input,
      shape.map((_, at) => (at === axis ? start : 0)),
      shape.map((own, at) => (at === axis ? size : own)),
    );
    start += size;
    return part;
  });
}

function gather(call: OperatorCall): Tensor {
  const input = call.tensor(0);
  const indices = call.constant(1);
  const { shape } = input;
  const axis = call.axis(call.number('axis', 0), shape.length);
  const inner = sizeOf(shape.slice(axis + 1));
  const outer = sizeOf(shape.slice(0, axis));
  const chosen = Array.from(indices.numbers, (index) => (index < 0 ? index + shape[axis] : index));
  if (chosen.some((index) => !(Number.isInteger(index) && index >= 0 && index < shape[axis])))
    call.refuse('takes a place that is not there');
  const result = [...shape.slice(0, axis), ...indices.shape, ...shape.slice(axis + 1)];
  const places = new Int32Array(checkedSize(result));
  let at = 0;
  for (let row = 0; row < outer; row++)
    for (const index of chosen)
      for (let k = 0; k < inner; k++) places[at++] = (row * shape[axis] + index) * inner + k;
  return pick(input, result, places);
}

function expand(call: OperatorCall): Tensor {
  const input = call.tensor(0);
  const shape = broadcastShape(input.shape, call.numbersAt(1) ?? []);
  return broadcast(input, shape ?? call.refuse('expands to a shape that does not fit'));
}

/** Constants around a tensor. */
function pad(call: OperatorCall): Tensor {
  const mode = call.text('mode');
  if (mode && mode !== 'constant') call.refuse(`pads by ${mode}, which is not simulated`);
  const input = call.nodes(0);
  if (call.has(3)) call.refuse('pads some axes only, which is not simulated');
  const pads = call.numbers('pads') ?? call.numbersAt(1) ?? [];
  const rank = input.shape.length;
  if (pads.length !== 2 * rank || pads.some((size) => size < 0)) call.refuse('cuts instead of padding');
  const value = call.numbersAt(2)?.[0] ?? call.number('value', 0);
  const shape = input.shape.map((size, axis) => size + pads[axis] + pads[axis + rank]);
  const nodes = new Int32Array(checkedSize(shape)).fill(call.builder.addNode(value));
  const strides = stridesOf(shape);
  const first = strides.reduce((total, stride, axis) => total + stride * pads[axis], 0);
  placesOf(input.shape, strides, first).forEach((place, element) => {
    nodes[place] = input.nodes[element];
  });
  return { kind: 'nodes', shape, nodes };
}

const same = (call: OperatorCall) => call.tensor(0);

export const MOVING: readonly (readonly [string, OperatorHandler])[] = [
  ['Concat', concat],
  ['Dropout', (call) => (call.numbersAt(2)?.[0] ? call.refuse('drops activations at random') : same(call))],
  ['Expand', expand],
  ['Flatten', flatten],
  ['Gather', gather],
  ['Identity', same],
  ['Pad', pad],
  ['Reshape', reshape],
  ['Slice', slice],
  ['Split', split],
  ['Squeeze', squeeze],
  ['Transpose', transposeOperator],
  ['Unsqueeze', unsqueeze],
];
