/**
 * Einsum: a sum over letters that two operands share and the result has not. Written with transposes, reshapes and the
 * matrix products that exporters use elsewhere.
 */
import { NotUnderstoodError, product } from '../../activation';
import type { Known, Value } from '../lowering';
import type { OperatorCall } from '../operator-call';
import { shapeOfMovable } from './moving';
import { reduceOver } from './pooling';

export function einsum(call: OperatorCall): Value[] {
  const operands = call.inputs.map((_, index) => call.input(index));
  const terms = readEquation(call.text('equation'), operands);
  const [left, right] = operands.map((value, index): Operand => ({ value, letters: terms.inputs[index] }));
  if (operands.length > 2) throw new NotUnderstoodError('multiplies more than two operands at once');
  if (!right) return [arrange(call, sumAway(call, left, terms.output), terms.output)];
  return [multiply(call, left, right, terms.output)];
}

interface Operand {
  readonly value: Known;
  /** One per axis. */
  readonly letters: readonly string[];
}

/** The letters of each operand and of the result; capitals that the equation does not use stand for "...". */
function readEquation(equation: string, operands: readonly Known[]) {
  const [before, after] = equation.replace(/\s/g, '').split('->');
  const parts = before.split(',');
  if (parts.length !== operands.length || !/^[A-Za-z.,]*$/.test(before + (after ?? ''))) {
    throw new NotUnderstoodError(`sums by "${equation.slice(0, 40)}"`);
  }
  const ranks = operands.map((value) => shapeOfMovable(value).length);
  const spare = [...'ZYXWVUTSRQ'].filter((letter) => !equation.includes(letter));
  const expand = (part: string, rank: number) => {
    if (!part.includes('...')) return [...part];
    const count = Math.max(0, rank - (part.length - 3));
    return [...part.replace('...', spare.slice(0, count).reverse().join(''))];
  };
  const inputs = parts.map((part, index) => expand(part, ranks[index]));
  if (
    inputs.some((letters, index) => letters.length !== ranks[index] || new Set(letters).size < letters.length)
  ) {
    throw new NotUnderstoodError('takes a diagonal');
  }
  const all = inputs.flat();
  const once = [...new Set(all)].filter((letter) => all.indexOf(letter) === all.lastIndexOf(letter)).sort();
  const widest = Math.max(
    ...parts.map((part, index) => (part.includes('...') ? ranks[index] - part.length + 3 : 0)),
  );
  return { inputs, output: after === undefined ? once : expand(after, after.length - 3 + widest) };
}

const without = (letters: readonly string[], others: readonly string[]) =>
  letters.filter((letter) => !others.includes(letter));
const among = (letters: readonly string[], others: readonly string[]) =>
  letters.filter((letter) => others.includes(letter));

/** The operand with its axes in another order; letters that it lacks become axes of one place. */
function arrange(call: OperatorCall, { value, letters }: Operand, order: readonly string[]): Known {
  const own = among(order, letters);
  if (own.length < letters.length) throw new NotUnderstoodError('sums an operand on its own');
  const perm = own.map((letter) => letters.indexOf(letter));
  return call.apply('Transpose', [value], { perm });
}

/** Sums over the letters that nothing else has. */
function sumAway(call: OperatorCall, operand: Operand, needed: readonly string[]): Operand {
  const lost = without(operand.letters, needed);
  if (lost.length === 0) return operand;
  if (operand.value.kind !== 'activation') throw new NotUnderstoodError('sums an operand on its own');
  const axes = lost.map((letter) => operand.letters.indexOf(letter));
  return { value: reduceOver(call, operand.value, axes), letters: among(operand.letters, needed) };
}

function multiply(call: OperatorCall, a: Operand, b: Operand, output: readonly string[]): Known {
  const left = sumAway(call, a, [...b.letters, ...output]);
  const right = sumAway(call, b, [...a.letters, ...output]);
  const sums = without(among(left.letters, right.letters), output);
  if (sums.length === 0) return broadcastProduct(call, left, right, output);
  if (right.value.kind === 'constant') return multiplyWeight(call, left, right, sums, output);
  if (left.value.kind === 'constant') return multiplyWeight(call, right, left, sums, output);
  // The one whose own positions come first in the result gives its rows.
  const [ownLeft, ownRight] = [without(left.letters, right.letters), without(right.letters, left.letters)];
  const isTurned = output.indexOf(ownLeft[0]) > output.indexOf(ownRight[0]);
  return multiplyData(call, isTurned ? right : left, isTurned ? left : right, sums, output);
}

/** No sum: an outer or elementwise product. */
function broadcastProduct(call: OperatorCall, a: Operand, b: Operand, output: readonly string[]): Known {
  const [left, right] = [a, b].map((operand) => {
    const value = arrange(call, operand, output);
    const axes = without(output, operand.letters).map((letter) => output.indexOf(letter));
    return axes.length > 0 ? call.apply('Unsqueeze', [value], { axes }) : value;
  });
  return call.apply('Mul', [left, right]);
}

/** Data times a weight that shares no letters with it but those that are summed: a linear layer. */
function multiplyWeight(
  call: OperatorCall,
  data: Operand,
  weight: Operand,
  sums: readonly string[],
  output: readonly string[],
): Known {
  const rest = without(data.letters, sums);
  const own = without(weight.letters, sums);
  if (among(own, rest).length > 0) throw new NotUnderstoodError('has a weight for every place of an axis');
  const sizeOf = ({ value, letters }: Operand, letter: string) =>
    shapeOfMovable(value)[letters.indexOf(letter)];
  const dataSizes = rest.map((letter) => sizeOf(data, letter));
  const ownSizes = own.map((letter) => sizeOf(weight, letter));
  const sumSize = product(sums.map((letter) => sizeOf(weight, letter)));
  const reshape = (value: Known, shape: readonly number[]) =>
    call.apply('Reshape', [value], { shape, allowzero: 1 });
  const rows = reshape(arrange(call, data, [...rest, ...sums]), [...dataSizes, sumSize]);
  const matrix = reshape(arrange(call, weight, [...sums, ...own]), [sumSize, product(ownSizes)]);
  const result = reshape(call.apply('MatMul', [rows, matrix]), [...dataSizes, ...ownSizes]);
  return arrange(call, { value: result, letters: [...rest, ...own] }, output);
}

/** Two activations: the batch first, then the positions of each, and one letter that is summed: attention. */
function multiplyData(
  call: OperatorCall,
  left: Operand,
  right: Operand,
  sums: readonly string[],
  output: readonly string[],
): Known {
  const batch = among(without(left.letters, sums), right.letters);
  const [rows, columns] = [without(left.letters, right.letters), without(right.letters, left.letters)];
  if (sums.length !== 1 || rows.length !== 1 || columns.length !== 1) {
    throw new NotUnderstoodError('multiplies activations along several axes at once');
  }
  const result = call.apply('MatMul', [
    arrange(call, left, [...batch, ...rows, ...sums]),
    arrange(call, right, [...batch, ...sums, ...columns]),
  ]);
  return arrange(call, { value: result, letters: [...batch, ...rows, ...columns] }, output);
}
