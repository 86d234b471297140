/**
 * Sums and products of two tensors, broadcast to one shape. With known numbers they are edge weights and biases; of two
 * activations a sum is a node, and a product three (ComputationGraphBuilder.addProduct).
 */
import { clip, RECIPROCAL } from '../nonlinearity';
import { affine, newAffine } from './affine';
import type { OperatorCall, OperatorHandler } from './operator-call';
import { activate, mapNodes } from './pointwise';
import {
  broadcast,
  broadcastShape,
  type NodeTensor,
  type NumberTensor,
  nodeTensor,
  type Tensor,
} from './tensors';

type Binary = (a: number, b: number) => number;

/** On known numbers, such as shapes. */
const ON_NUMBERS = new Map<string, Binary>([
  ['Add', (a, b) => a + b],
  ['Sub', (a, b) => a - b],
  ['Mul', (a, b) => a * b],
  ['Div', (a, b) => a / b],
  ['Mod', (a, b) => a - b * Math.floor(a / b)],
  ['Max', Math.max],
  ['Min', Math.min],
  ['Equal', (a, b) => Number(a === b)],
  ['Less', (a, b) => Number(a < b)],
  ['LessOrEqual', (a, b) => Number(a <= b)],
  ['Greater', (a, b) => Number(a > b)],
  ['GreaterOrEqual', (a, b) => Number(a >= b)],
]);

function commonShape(call: OperatorCall, tensors: readonly Tensor[]): readonly number[] {
  return tensors
    .map(({ shape }) => shape)
    .reduce((a, b) => broadcastShape(a, b) ?? call.refuse(`meets shapes ${a.join('×')} and ${b.join('×')}`));
}

function foldNumbers(call: OperatorCall, a: NumberTensor, b: NumberTensor): Tensor {
  const { type } = call.operator;
  const shape = commonShape(call, [a, b]);
  const [x, y] = [broadcast(a, shape).numbers, broadcast(b, shape).numbers];
  const apply = ON_NUMBERS.get(type) ?? call.refuse('is not simulated on constants');
  const isInteger = a.isInteger && b.isInteger;
  const numbers = x.map((number, index) => apply(number, y[index]));
  return { kind: 'numbers', shape, numbers: isInteger ? numbers.map(Math.trunc) : numbers, isInteger };
}

/** Activations, at input `index`, meet known numbers. */
function withNumbers(call: OperatorCall, index: number, values: NodeTensor, numbers: NumberTensor): Tensor {
  const shape = commonShape(call, [values, numbers]);
  const known = broadcast(numbers, shape).numbers;
  const { type } = call.operator;
  const isFirst = index === 0;
  const isRepeated = shape.join() !== values.shape.join();
  const input = broadcast(values, shape);
  const linear = (factor: (element: number) => number, shift: (element: number) => number) =>
    isRepeated ? newAffine(call, input, factor, shift) : affine(call, index, factor, shift);
  switch (type) {
    case 'Add':
      return linear(
        () => 1,
        (element) => known[element],
      );
    case 'Sub':
      return linear(
        () => (isFirst ? 1 : -1),
        (element) => (isFirst ? -known[element] : known[element]),
      );
    case 'Mul':
      return linear(
        (element) => known[element],
        () => 0,
      );
    case 'Div':
      if (isFirst)
        return linear(
          (element) => 1 / known[element],
          () => 0,
        );
      return newAffine(
        call,
        mapNodes(call, input, RECIPROCAL),
        (element) => known[element],
        () => 0,
      );
    case 'Max':
    case 'Min': {
      const [bound] = known;
      if (isRepeated || known.some((other) => other !== bound))
        return betweenNodes(call, input, call.asNodes(numbers));
      const { POSITIVE_INFINITY, NEGATIVE_INFINITY } = Number;
      const bounded = type === 'Max' ? clip(bound, POSITIVE_INFINITY) : clip(NEGATIVE_INFINITY, bound);
      return activate(call, index, bounded);
    }
    default:
      return call.refuse('of activations is not simulated');
  }
}

function betweenNodes(call: OperatorCall, a: NodeTensor, b: NodeTensor): Tensor {
  const { builder } = call;
  const shape = commonShape(call, [a, b]);
  const x = broadcast(a, shape).nodes;
  const y = broadcast(b, shape).nodes;
  const combine = (join: (first: number, second: number) => number) =>
    nodeTensor(
      shape,
      x.map((first, element) => join(first, y[element])),
    );
  switch (call.operator.type) {
    case 'Add':
      return combine((first, second) => builder.addSum([first, second], [1, 1]));
    case 'Sub':
      return combine((first, second) => builder.addSum([first, second], [1, -1]));
    case 'Mul':
      return combine((first, second) => builder.addProduct(first, second));
    case 'Div': {
      const reciprocals = broadcast(mapNodes(call, b, RECIPROCAL), shape).nodes;
      return nodeTensor(
        shape,
        x.map((first, element) => builder.addProduct(first, reciprocals[element])),
      );
    }
    case 'Max':
      return combine((first, second) => builder.addMaximum(first, second));
    default:
      return call.refuse('of two activations is not simulated');
  }
}

function binary(call: OperatorCall, a: Tensor, b: Tensor): Tensor {
  if (a.kind === 'nodes') return b.kind === 'nodes' ? betweenNodes(call, a, b) : withNumbers(call, 0, a, b);
  return b.kind === 'nodes' ? withNumbers(call, 1, b, a) : foldNumbers(call, a, b);
}

/** Sum of any number of tensors. */
function sum(call: OperatorCall): Tensor {
  const tensors = call.inputs.map((_, index) => call.nodes(index));
  const shape = commonShape(call, tensors);
  const lists = tensors.map((tensor) => broadcast(tensor, shape).nodes);
  const nodes = lists[0].map((_, element) => call.builder.addTotal(lists.map((list) => list[element])));
  return nodeTensor(shape, nodes);
}

/** One of two tensors, where the choice is known. */
function where(call: OperatorCall): Tensor {
  const [condition, a, b] = [call.constant(0), call.tensor(1), call.tensor(2)];
  const shape = commonShape(call, [condition, a, b]);
  const choices = broadcast(condition, shape).numbers;
  if (a.kind === 'numbers' && b.kind === 'numbers') {
    const [x, y] = [broadcast(a, shape).numbers, broadcast(b, shape).numbers];
    return { ...a, shape, numbers: x.map((number, element) => (choices[element] ? number : y[element])) };
  }
  const [x, y] = [broadcast(call.asNodes(a), shape).nodes, broadcast(call.asNodes(b), shape).nodes];
  return nodeTensor(
    shape,
    x.map((node, element) => (choices[element] ? node : y[element])),
  );
}

function pairwise(call: OperatorCall): Tensor {
  if (call.inputs.length > 2) call.refuse('of more than two tensors is not simulated');
  return binary(call, call.tensor(0), call.tensor(1));
}

export const ARITHMETIC: readonly (readonly [string, OperatorHandler])[] = [
  ...['Add', 'Sub', 'Mul', 'Div', 'Mod', 'Max', 'Min'].map((type) => [type, pairwise] as const),
  ...['Equal', 'Less', 'LessOrEqual', 'Greater', 'GreaterOrEqual'].map((type) => [type, pairwise] as const),
  ['Sum', sum],
  ['Where', where],
];
