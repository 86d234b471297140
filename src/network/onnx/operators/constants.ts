/**
 * Arithmetic on small constants: the shapes and axes that exporters compute inside the graph.
 */
import { NotUnderstoodError } from '../../activation';
import {
  type Constant,
  elementCount,
  numbersConstant,
  numbersOf,
  rowMajorStrides,
  viewOffsets,
} from '../../constant';
import type { OperatorCall } from '../lowering';

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
]);

const UNARY: ReadonlyMap<string, (a: number) => number> = new Map([
  ['Neg', (a: number) => -a],
  ['Abs', Math.abs],
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

function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
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

/**
 * The result of an elementwise operator on constants. Where a weight is among them, the result can no longer be traced to
 * the file's parameters, and they are reported with that reason.
 */
export function foldElementwise(call: OperatorCall, constants: readonly Constant[]): Constant {
  const { type } = call.operator;
  const shape = constants.map((constant) => constant.shape).reduce(broadcastShape);
  const binary = BINARY.get(type);
  const unary = UNARY.get(type);
  if (
    constants.every(({ numbers }) => numbers) &&
    (constants.length === 1 ? unary : binary || type === 'Where')
  ) {
    for (const constant of constants) call.lowering.markConstant(constant);
    const [a, b, c] = constants.map((constant) => broadcastNumbers(constant, shape));
    if (type === 'Where')
      return numbersConstant(
        a.map((condition, i) => (condition ? b[i] : c[i])),
        shape,
      );
    return numbersConstant(binary ? a.map((x, i) => binary(x, b[i])) : unary ? a.map(unary) : a, shape);
  }
  for (const { view, numbers } of constants) {
    if (view && elementCount({ kind: 'constant', shape: view.tensor.shape }) > 1) {
      call.lowering.unplacedReasons.set(view.tensor.name, `is changed by ${type} before a layer uses it`);
    } else if (view && numbers) call.lowering.constants.add(view.tensor.name);
  }
  return { kind: 'constant', shape };
}

/** Range, from three scalars. */
export function range(call: OperatorCall): Constant {
  const [[start], [limit], [step]] = [call.numbers(0), call.numbers(1), call.numbers(2)];
  const count = Math.max(0, Math.ceil((limit - start) / step));
  if (!(count <= 65536)) throw new NotUnderstoodError('counts too far');
  return numbersConstant(Array.from({ length: count }, (_, index) => start + index * step));
}

/** Trilu: the mask of causal attention. */
export function triangle(call: OperatorCall): Constant {
  const { shape, numbers } = call.constant(0);
  const offset = call.has(1) ? call.numbers(1)[0] : 0;
  const isUpper = call.number('upper', 1) === 1;
  const [rows, columns] = shape.slice(-2);
  const keeps = (index: number) => {
    const distance = (index % columns) - (Math.floor(index / columns) % rows) - offset;
    return isUpper ? distance >= 0 : distance <= 0;
  };
  return { kind: 'constant', shape, numbers: numbers?.map((value, index) => (keeps(index) ? value : 0)) };
}
