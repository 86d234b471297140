/** What a program knows before it runs: constants, shapes, and their types. */
import type { OperatorCall, OperatorHandler } from './operator-call';
import { checkedSize, integers, numberTensor, type Tensor } from './tensors';

/** ONNX's numbers for float32 and float64. */
export const EXACT_TYPES = [1, 11];
/** Those of whole numbers, and of truths. */
const INTEGER_TYPES = [2, 3, 4, 5, 6, 7, 9, 12, 13];

function cast(call: OperatorCall): Tensor {
  const input = call.tensor(0);
  const type = call.number('to', 1);
  const isInteger = INTEGER_TYPES.includes(type);
  if (input.kind === 'nodes') return EXACT_TYPES.includes(type) ? input : call.refuse('rounds activations');
  return { ...input, isInteger, numbers: isInteger ? input.numbers.map(Math.trunc) : input.numbers };
}

function constant(call: OperatorCall): Tensor {
  const tensor = call.tensorAttribute('value');
  if (tensor) return tensor;
  const [[name, attribute] = []] = call.operator.attributes;
  if (attribute?.kind === 'number') return numberTensor([], [attribute.value], name === 'value_int');
  if (attribute?.kind === 'numbers')
    return numberTensor([attribute.value.length], attribute.value, name === 'value_ints');
  return call.refuse('holds a kind of constant that is not read');
}

function constantOfShape(call: OperatorCall): Tensor {
  const shape = [...call.constant(0).numbers];
  const value = call.tensorAttribute('value');
  const numbers = new Float64Array(checkedSize(shape)).fill(value?.numbers[0] ?? 0);
  return { kind: 'numbers', shape, numbers, isInteger: value?.isInteger ?? false };
}

function shapeOf(call: OperatorCall): Tensor {
  const { shape } = call.tensor(0);
  const attribute = call.operator.attributes.get('end');
  return integers(
    shape.slice(call.number('start', 0), attribute?.kind === 'number' ? attribute.value : undefined),
  );
}

export const KNOWN: readonly (readonly [string, OperatorHandler])[] = [
  ['Cast', cast],
  ['Constant', constant],
  ['ConstantOfShape', constantOfShape],
  ['Shape', shapeOf],
];
