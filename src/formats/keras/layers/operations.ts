/** Operations of keras.ops that stand in a model like layers, with constants among their arguments. */
import type { Flow } from '../../program-builder';
import { apply } from './activations';
import { isFlow, type Layer, NotTranslatedError, type Translation, type Value } from './layer';
import { concat } from './merging';

/** A flow, or a number that the program holds. */
function operand(layer: Layer, value: Value | undefined): Flow {
  if (isFlow(value)) return value;
  if (value && 'plain' in value && typeof value.plain === 'number')
    return layer.builder.constant(value.plain);
  throw new NotTranslatedError('is given something that is neither data nor a number');
}

/** Arguments by place, then by name. */
function operands({ positional, named }: Layer): (Value | undefined)[] {
  return [
    positional[0] ?? named.get('x1') ?? named.get('x'),
    positional[1] ?? named.get('x2') ?? named.get('y'),
  ];
}

const binary =
  (type: string): Translation =>
  (layer) => {
    const both = operands(layer).map((value) => operand(layer, value));
    const rank = Math.max(...both.map((one) => (typeof one === 'string' ? 0 : one.rank)));
    return [layer.add(type, both, rank)];
  };

const unary =
  (type: string): Translation =>
  (layer) => [layer.add(type, [layer.input], layer.input.rank)];

/** An argument of an operation that is a plain number or list of numbers. */
function numbers({ config, named, positional }: Layer, name: string, place: number): number[] | undefined {
  const value = named.get(name) ?? positional[place];
  const plain = value && 'plain' in value ? value.plain : undefined;
  const given = plain ?? config.get(name);
  if (typeof given === 'number') return [given];
  return Array.isArray(given) && given.every((one) => typeof one === 'number') ? given : undefined;
}

const reshape: Translation = (layer) => {
  const shape = numbers(layer, 'newshape', 1) ?? numbers(layer, 'shape', 1);
  if (!shape) throw new NotTranslatedError('does not say what it reshapes to');
  return [layer.reshape(layer.input, [0, ...shape.slice(1)])];
};

const transpose: Translation = (layer) => {
  const axes = numbers(layer, 'axes', 1) ?? numbers(layer, 'perm', 1);
  const rank = layer.input.rank;
  return [layer.permute(layer.input, axes ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis))];
};

const isTrue = (value: Value | undefined) => value !== undefined && 'plain' in value && value.plain === true;

const mean: Translation = (layer) => {
  const { input } = layer;
  const axes = numbers(layer, 'axis', 1);
  const keepsAxes = layer.config.flag('keepdims', isTrue(layer.named.get('keepdims')));
  if (!axes) throw new NotTranslatedError('averages everything');
  const rank = keepsAxes ? input.rank : input.rank - axes.length;
  return [layer.add('ReduceMean', [input], rank, { axes, keepdims: keepsAxes ? 1 : 0 })];
};

const unsqueeze: Translation = (layer) => {
  const axes = numbers(layer, 'axis', 1) ?? [-1];
  return [layer.add('Unsqueeze', [layer.input], layer.input.rank + axes.length, { axes })];
};

const squeeze: Translation = (layer) => {
  const axes = numbers(layer, 'axis', 1);
  if (!axes) throw new NotTranslatedError('drops axes without naming them');
  return [layer.add('Squeeze', [layer.input], layer.input.rank - axes.length, { axes })];
};

const concatenate: Translation = (layer) => {
  const [axis] = numbers(layer, 'axis', 1) ?? [-1];
  return [concat(layer, axis)];
};

const activation =
  (name: string): Translation =>
  (layer) => [apply(layer, layer.input, name)];

/** Operations of TensorFlow in models of Keras 2, under the names of TensorFlow's functions. */
const TENSORFLOW: ReadonlyMap<string, Translation> = new Map([
  ['math.add', binary('Add')],
  ['__operators__.add', binary('Add')],
  ['math.subtract', binary('Sub')],
  ['math.multiply', binary('Mul')],
  ['math.truediv', binary('Div')],
  ['math.divide', binary('Div')],
  ['math.maximum', binary('Max')],
  ['math.minimum', binary('Min')],
  ['linalg.matmul', binary('MatMul')],
  ['math.reduce_mean', mean],
  ['nn.relu', activation('relu')],
  ['nn.relu6', activation('relu6')],
  ['nn.gelu', activation('gelu')],
  ['nn.silu', activation('silu')],
  ['nn.softmax', activation('softmax')],
  ['math.sigmoid', activation('sigmoid')],
  ['math.tanh', activation('tanh')],
  ['cast', unary('Identity')],
  ['identity', unary('Identity')],
  ['reshape', reshape],
  ['transpose', transpose],
  ['concat', concatenate],
]);

const tensorflow: Translation = (layer) => {
  const name = layer.config.text('function').replace(/^(tf|tensorflow)\.(compat\.v\d\.)?/, '');
  const translation = TENSORFLOW.get(name);
  if (!translation) throw new NotTranslatedError(`calls TensorFlow's "${name.slice(0, 80)}"`);
  return translation(layer);
};

export const OPERATIONS: readonly (readonly [string, Translation])[] = [
  ['Add', binary('Add')],
  ['Subtract', binary('Sub')],
  ['Multiply', binary('Mul')],
  ['Divide', binary('Div')],
  ['TrueDivide', binary('Div')],
  ['Maximum', binary('Max')],
  ['Minimum', binary('Min')],
  ['Matmul', binary('MatMul')],
  // Masks: which places count.
  ['Equal', binary('Equal')],
  ['NotEqual', binary('Equal')],
  ['Greater', binary('Greater')],
  ['GreaterEqual', binary('GreaterOrEqual')],
  ['Less', binary('Less')],
  ['LessEqual', binary('LessOrEqual')],
  ['LogicalAnd', binary('And')],
  ['LogicalOr', binary('Or')],
  ['LogicalNot', unary('Not')],
  ['Relu', activation('relu')],
  ['Sigmoid', activation('sigmoid')],
  ['Tanh', activation('tanh')],
  ['Softmax', activation('softmax')],
  ['Exp', unary('Exp')],
  ['Sqrt', unary('Sqrt')],
  ['Cast', unary('Identity')],
  ['Reshape', reshape],
  ['Transpose', transpose],
  ['Mean', mean],
  ['Concatenate', concatenate],
  ['ExpandDims', unsqueeze],
  ['Squeeze', squeeze],
  ['Gelu', activation('gelu')],
  ['Silu', activation('silu')],
  ['Relu6', activation('relu6')],
  ['LeakyRelu', activation('leaky_relu')],
  ['HardSilu', activation('hard_silu')],
  ['Elu', activation('elu')],
  ['LogSoftmax', activation('log_softmax')],
  ['Absolute', unary('Abs')],
  ['Negative', unary('Neg')],
  ['Log', unary('Log')],
];

/** Layers that hold one of TensorFlow's operations. */
export const TENSORFLOW_LAYERS: readonly (readonly [string, Translation])[] = [
  ['TFOpLambda', tensorflow],
  ['TensorFlowOpLayer', tensorflow],
];
