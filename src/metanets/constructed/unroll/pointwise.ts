/** Nonlinearities: one function of one activation. */
import { clip, type Nonlinearity, POINTWISE_OPERATORS, power, RELU, SQRT, SQUARE } from '../nonlinearity';
import { affine } from './affine';
import type { OperatorCall, OperatorHandler } from './operator-call';
import { broadcast, type NodeTensor, nodeTensor, type Tensor } from './tensors';

/** φ(x) of the tensor at input `index`. */
export function activate(call: OperatorCall, index: number, nonlinearity: Nonlinearity): Tensor {
  const { builder } = call;
  const input = call.tensor(index);
  if (input.kind === 'numbers')
    return { ...input, numbers: input.numbers.map(nonlinearity.apply), isInteger: false };
  if (call.mayChange(index)) {
    for (const node of input.nodes) builder.activate(node, nonlinearity);
    return input;
  }
  return mapNodes(call, input, nonlinearity);
}

/** φ(x) on nodes of its own. */
export const mapNodes = ({ builder }: OperatorCall, input: NodeTensor, nonlinearity: Nonlinearity) =>
  nodeTensor(
    input.shape,
    input.nodes.map((node) => builder.addSum([node], [1], nonlinearity)),
  );

function clipOperator(call: OperatorCall): Tensor {
  const bound = (name: string, index: number, fallback: number) =>
    call.numbersAt(index)?.[0] ?? call.number(name, fallback);
  const [low, high] = [bound('min', 1, Number.NEGATIVE_INFINITY), bound('max', 2, Number.POSITIVE_INFINITY)];
  return activate(call, 0, clip(low, high));
}

function negate(call: OperatorCall): Tensor {
  const input = call.tensor(0);
  if (input.kind === 'numbers') return { ...input, numbers: input.numbers.map((number) => -number) };
  return affine(
    call,
    0,
    () => -1,
    () => 0,
  );
}

function raise(call: OperatorCall): Tensor {
  const exponents = call.constant(1).numbers;
  const [exponent] = exponents;
  if (exponents.some((other) => other !== exponent)) call.refuse('raises activations to different powers');
  const functions = new Map([
    [2, SQUARE],
    [0.5, SQRT],
  ]);
  return activate(call, 0, functions.get(exponent) ?? power(exponent));
}

/** relu(x) − slope · relu(−x) */
function parametricRelu(call: OperatorCall): Tensor {
  const { builder } = call;
  const input = call.nodes(0);
  const slopes = broadcast(call.constant(1), input.shape).numbers;
  const nodes = input.nodes.map((x, element) => {
    const sides = [1, -1].map((sign) => builder.addSum([x], [sign], RELU));
    return builder.addSum(sides, [1, -slopes[element]]);
  });
  return nodeTensor(input.shape, nodes);
}

export const POINTWISE: readonly (readonly [string, OperatorHandler])[] = [
  ...[...POINTWISE_OPERATORS].map(
    ([type, functionOf]) => [type, (call: OperatorCall) => activate(call, 0, functionOf(call))] as const,
  ),
  ['Clip', clipOperator],
  ['Neg', negate],
  ['Pow', raise],
  ['PRelu', parametricRelu],
];
