/**
 * Arithmetic on constants: the shapes and axes that exporters compute inside the graph, and weights that are changed element
 * by element before a layer uses them.
 */
import { isFloatingPoint } from '../../../formats';
import { product } from '../../activation';
import {
  type Constant,
  elementCount,
  MAX_NUMBERS,
  numbersConstant,
  numbersOf,
  rowMajorStrides,
  viewOffsets,
} from '../../constant';
import type { OperatorCall } from '../operator-call';

const BINARY: ReadonlyMap<string, (a: number, b: number) => number> = new Map([
  ['Add', (a, b) => a + b],
  ['Sub', (a, b) => a - b],
  ['Mul', (a, b) => a * b],
  ['Div', (a, b) => (Number.isInteger(a) && Number.isInteger(b) ? Math.trunc(a / b) : a / b)],
  ['Mod', (a, b) => a - b * Math.floor(a / b)],
  ['Pow', (a, b) => a ** b],
  ['Max', Math.max],
  ['Min', Math.min],
  ['Equal', (a, b) => Number(a === b)],
  ['Less', (a, b) => Number(a < b)],
  ['LessOrEqual', (a, b) => Number(a <= b)],
  ['Greater', (a, b) => Number(a > b)],
  ['GreaterOrEqual', (a, b) => Number(a >= b)],
  ['And', (a, b) => Number(Boolean(a && b))],
  ['Or', (a, b) => Number(Boolean(a || b))],
  ['Xor', (a, b) => Number(Boolean(a) !== Boolean(b))],
]);

const UNARY: ReadonlyMap<string, (a: number) => number> = new Map([
  ['Neg', (a: number) => -a],
  ['Abs', Math.abs],
  ['Sign', Math.sign],
  ['Sqrt', Math.sqrt],
  ['Exp', Math.exp],
  ['Log', Math.log],
  ['Sin', Math.sin],
  ['Cos', Math.cos],
  ['Floor', Math.floor],
  ['Ceil', Math.ceil],
  ['Round', Math.round],
  ['Reciprocal', (a: number) => 1 / a],
  ['Not', (a: number) => Number(!a)],
]);

/** ONNX's (NumPy's) broadcasting. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [x, y] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    return x === 1 ? y : x;
  });
}

function broadcastNumbers(constant: Constant, shape: readonly number[]): number[] {
  const numbers = numbersOf(constant);
  const own = rowMajorStrides(constant.shape);
  const lead = shape.length - constant.shape.length;
  const strides = shape.map((_, axis) =>
    axis < lead || constant.shape[axis - lead] === 1 ? 0 : own[axis - lead],
  );
  return [...viewOffsets(shape, strides, 0)].map((offset) => numbers[offset]);
}

/** The elements of the result, where all of them are at hand. */
function compute(
  type: string,
  constants: readonly Constant[],
  shape: readonly number[],
): number[] | undefined {
  if (!constants.every(({ numbers }) => numbers)) return undefined;
  if (product(shape) > MAX_NUMBERS) return undefined;
  const [a, b, c] = constants.map((constant) => broadcastNumbers(constant, shape));
  if (type === 'Where') return a.map((condition, i) => (condition ? b[i] : c[i]));
  const [binary, unary] = [BINARY.get(type), UNARY.get(type)];
  if (constants.length === 2 && binary) return a.map((x, i) => binary(x, b[i]));
  return constants.length === 1 && unary ? a.map(unary) : undefined;
}

/** Sines of stored numbers tell places or times apart: the numbers were chosen, not learned. */
const WAVES: ReadonlySet<string> = new Set(['Sin', 'Cos']);

/** A stored tensor that may well have been learned: several real numbers. */
export const isParameter = ({ view }: Constant) =>
  view !== undefined && isFloatingPoint(view.tensor.type) && view.tensor.elementCount > 1;

/**
 * The result of an elementwise operator on constants. A function of a weight's every element leaves it the same parameters
 * in the same places. Where weights are joined, the result can no longer be traced to them, and they are reported.
 */
export function foldElementwise(call: OperatorCall, constants: readonly Constant[]): Constant {
  const { lowering, operator } = call;
  const shape = constants.map((constant) => constant.shape).reduce(broadcastShape);
  const numbers = compute(operator.type, constants, shape);
  const parameters = WAVES.has(operator.type) ? [] : constants.filter(isParameter);
  const [parameter] = parameters;
  const others = constants.filter((constant) => constant !== parameter);
  if (parameter && others.every((other) => elementCount(other) === 1) && sameShape(parameter.shape, shape)) {
    for (const other of others) lowering.markConstant(other);
    return { ...parameter, shape, numbers };
  }
  if (numbers) {
    for (const constant of constants) lowering.markConstant(constant);
    return numbersConstant(numbers, shape);
  }
  for (const { view } of parameters) {
    if (view)
      lowering.unplacedReasons.set(view.tensor.name, `is changed by ${operator.type} before a layer uses it`);
  }
  for (const other of constants) if (!parameters.includes(other)) lowering.markConstant(other);
  return { kind: 'constant', shape };
}

const sameShape = (a: readonly number[], b: readonly number[]) => a.join() === b.join();
