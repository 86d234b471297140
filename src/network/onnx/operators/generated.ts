/** Constants that a program writes down or generates. */
import { isFloatingPoint } from '../../../formats';
import { NotUnderstoodError, shapeOf, sharedActivation } from '../../activation';
import { type Constant, elementCount, MAX_NUMBERS, numbersConstant, rowMajorStrides } from '../../constant';
import type { Value } from '../lowering';
import type { OperatorCall } from '../operator-call';
import { shapeOfMovable } from './moving';

/** Constant: a tensor, or numbers written as attributes. */
export function constantOperator(call: OperatorCall): Value[] {
  const [[key, attribute] = []] = call.operator.attributes;
  const name = call.operator.outputs[0];
  switch (attribute?.kind) {
    case 'tensor': {
      const numbers = call.lowering.smallNumbers.get(attribute.value);
      const constant = call.lowering.addTensor(name, attribute.value, numbers);
      call.lowering.writtenConstants.add(name);
      // One number written into the program belongs to it; parameters have more.
      if (attribute.value.elementCount === 1) call.lowering.markConstant(constant);
      return [constant];
    }
    case 'number':
      return [numbersConstant([attribute.value], [])];
    case 'numbers':
      return [
        key === 'value_floats' ? listConstant(call, name, attribute.value) : numbersConstant(attribute.value),
      ];
    case 'text':
    case 'texts': // labels, to compare with
      return [sharedActivation(attribute.kind === 'text' ? [] : [attribute.value.length])];
    default:
      throw new NotUnderstoodError('holds a kind of constant that is not read');
  }
}

/** Real numbers written one by one: as good as a tensor, unless all are zero or there is but one. */
function listConstant(call: OperatorCall, name: string, values: readonly number[]): Constant {
  if (values.length < 2 || values.every((value) => value === 0)) return numbersConstant(values);
  const storage = { kind: 'numbers' as const, values };
  const tensor = {
    name,
    shape: [values.length],
    type: 'float32' as const,
    elementCount: values.length,
    storage,
  };
  return call.lowering.addTensor(name, tensor, values);
}

/** A few exporters store a tensor of equal values as its shape alone; small integer ones are part of shape arithmetic. */
export function constantOfShape(call: OperatorCall): Value[] {
  const sizes = call.numbers(0);
  const attribute = call.operator.attributes.get('value');
  const tensor = attribute?.kind === 'tensor' ? attribute.value : undefined;
  const value = tensor ? (call.lowering.smallNumbers.get(tensor)?.[0] ?? 0) : 0;
  const type = tensor?.type ?? 'float32';
  const constant = { kind: 'constant' as const, shape: sizes };
  if (sizes.some((size) => !(size >= 0))) throw new NotUnderstoodError(`makes the shape ${sizes.join('×')}`);
  const count = elementCount(constant);
  if (!isFloatingPoint(type)) {
    return [{ ...constant, numbers: count <= MAX_NUMBERS ? Array<number>(count).fill(value) : undefined }];
  }
  const name = call.operator.outputs[0];
  const stored = { name, shape: sizes, type, elementCount: count, storage: { kind: 'fill' as const, value } };
  const numbers = count <= 64 ? Array<number>(count).fill(value) : undefined;
  const generated = call.lowering.addTensor(name, stored, numbers);
  // A weight only if a layer uses it as one.
  call.lowering.markConstant(generated);
  return [generated];
}

/** Range, from three scalars. */
export function range(call: OperatorCall): Value[] {
  const ends = [call.input(0), call.input(1), call.input(2)];
  if (ends.some((end) => end.kind !== 'constant' || !end.numbers)) {
    throw new NotUnderstoodError('counts as far as the data says');
  }
  const [[start], [limit], [step]] = [call.numbers(0), call.numbers(1), call.numbers(2)];
  const count = Math.max(0, Math.ceil((limit - start) / step));
  if (!(count <= MAX_NUMBERS)) throw new NotUnderstoodError('counts too far');
  return [numbersConstant(Array.from({ length: count }, (_, index) => start + index * step))];
}

/** NonZero: [axes, places]. How many there are only shows when the network runs, unless the numbers are at hand. */
export function nonZero(call: OperatorCall): Value[] {
  const value = call.input(0);
  const sizes = shapeOfMovable(value);
  if (value.kind !== 'constant' || !value.numbers) return [sharedActivation([sizes.length, 1])];
  call.lowering.markConstant(value);
  const found = value.numbers.flatMap((number, index) => (number ? [index] : []));
  const strides = rowMajorStrides(sizes);
  const places = sizes.flatMap((size, axis) =>
    found.map((index) => Math.floor(index / strides[axis]) % size),
  );
  return [numbersConstant(places, [sizes.length, found.length])];
}

/** Trilu: the mask of causal attention. */
export function triangle(call: OperatorCall): Value[] {
  const value = call.input(0);
  if (value.kind !== 'constant') return [value];
  const { shape, numbers } = value;
  const offset = call.has(1) ? call.numbers(1)[0] : 0;
  const isUpper = call.number('upper', 1) === 1;
  const [rows, columns] = shape.slice(-2);
  const keeps = (index: number) => {
    const distance = (index % columns) - (Math.floor(index / columns) % rows) - offset;
    return isUpper ? distance >= 0 : distance <= 0;
  };
  const kept = numbers?.map((number, index) => (keeps(index) ? number : 0));
  return [{ kind: 'constant', shape, numbers: kept } satisfies Constant];
}

/** A constant or a quantity of a shape that is known, whose values say nothing about channels (noise, windows). */
export function ofShape(call: OperatorCall): Value[] {
  const like = call.maybe(0);
  const sizes = call.numberList('shape') ?? (like?.kind === 'constant' ? like.shape : undefined);
  if (like?.kind === 'activation') return [sharedActivation(shapeOf(like))];
  if (!sizes) throw new NotUnderstoodError('has a shape that only shows when the network runs');
  return [sharedActivation(sizes)];
}
