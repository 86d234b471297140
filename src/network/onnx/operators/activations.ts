/**
 * Functions of every element on its own: nothing changes but, perhaps, which activation function follows a layer.
 */
import { type Activation, axisSize, hasChannels, NotUnderstoodError, positionAxis } from '../../activation';
import { type Constant, numbersConstant, rowMajorStrides } from '../../constant';
import type { Value } from '../lowering';
import { normaliseAxis, type OperatorCall } from '../operator-call';
import { foldElementwise } from './constants';
import { type ConstantMatch, matchConstant } from './match-constant';
import { withZeroFeatures } from './shared';

/** ONNX's activation functions under the names that the graph uses. */
export const ACTIVATIONS: ReadonlyMap<string, string> = new Map([
  ['Relu', 'relu'],
  ['LeakyRelu', 'leakyRelu'],
  ['ThresholdedRelu', 'relu'],
  ['PRelu', 'leakyRelu'],
  ['Clip', 'relu6'],
  ['Elu', 'elu'],
  ['Celu', 'elu'],
  ['Selu', 'selu'],
  ['Gelu', 'gelu'],
  ['Swish', 'silu'],
  ['Mish', 'mish'],
  ['HardSwish', 'hardSwish'],
  ['Sigmoid', 'sigmoid'],
  ['HardSigmoid', 'hardSigmoid'],
  ['Tanh', 'tanh'],
  ['Softplus', 'softplus'],
  ['Softsign', 'softsign'],
  ['Erf', 'erf'],
  ['Sin', 'sine'],
  ['Cos', 'sine'],
  ['Softmax', 'softmax'],
  ['LogSoftmax', 'softmax'],
  ['Hardmax', 'softmax'],
]);

/** On a constant these change nothing but its type. */
const UNCHANGING: ReadonlySet<string> = new Set(['Identity', 'Cast', 'CastLike', 'Dropout']);

/** A function of each element. Further inputs (bounds, a ratio) belong to the computation. */
export function unary(call: OperatorCall): Value[] {
  const value = call.input(0);
  if (value.kind === 'constant') {
    return [UNCHANGING.has(call.operator.type) ? value : foldElementwise(call, [value])];
  }
  for (let index = 1; index < call.inputs.length; index++) {
    const parameter = call.maybe(index);
    if (parameter?.kind === 'constant') call.lowering.markConstant(parameter);
  }
  if (value.kind !== 'activation') return [value];
  const name = ACTIVATIONS.get(call.operator.type);
  if (!name) return [value];
  setActivation(call, value, name);
  return [{ ...value, pendingNorm: undefined }];
}

/** LRN divides by its neighbours' squares: the order of the channels is part of the function. */
export function localResponseNorm(call: OperatorCall): Value[] {
  const value = call.activation(0);
  call.lowering.keepOrder(value.channels);
  return [value];
}

/** CumSum: along channels, each sum knows how many went before; of constants (places to count) it is computed. */
export function cumulative(call: OperatorCall): Value[] {
  const value = call.input(0);
  if (value.kind === 'constant') return [cumulativeConstant(call, value)];
  if (value.kind !== 'activation')
    throw new NotUnderstoodError('sums something other than channels or numbers');
  const axis = normaliseAxis(call.numbers(1)[0], value.axes.length);
  if (hasChannels(value.axes[axis])) call.lowering.keepOrder(value.channels);
  return [value];
}

/** DFT: along channels, each result is of all of them, in their order. The last axis becomes real and imaginary part. */
export function fourier(call: OperatorCall): Value[] {
  const value = call.activation(0);
  const rank = value.axes.length;
  const axis = normaliseAxis(call.has(2) ? call.numbers(2)[0] : call.number('axis', -2), rank);
  const [size] = call.has(1) ? call.numbers(1) : [axisSize(value.axes[axis])];
  const isHalf = call.number('onesided', 0) === 1;
  const count = isHalf ? Math.floor(size / 2) + 1 : size;
  const isWithin = hasChannels(value.axes[axis]);
  if (isWithin && count !== axisSize(value.axes[axis]))
    throw new NotUnderstoodError('cuts a sum of all channels');
  if (isWithin) call.lowering.keepOrder(value.channels);
  const isReal = isHalf && call.number('inverse', 0) === 1;
  const axes = value.axes.map((old, index) => {
    if (index === rank - 1) return positionAxis(isReal ? 1 : 2);
    return index === axis && !isWithin ? positionAxis(count) : old;
  });
  return [{ ...value, axes, pendingNorm: undefined }];
}

function cumulativeConstant(call: OperatorCall, constant: Constant): Constant {
  const { shape, numbers } = constant;
  const axis = normaliseAxis(call.numbers(1)[0], shape.length);
  const [size, step] = [shape[axis], rowMajorStrides(shape)[axis]];
  const isPlain = call.number('exclusive', 0) === 0 && call.number('reverse', 0) === 0;
  call.lowering.markConstant(constant);
  if (!numbers || !isPlain) return { kind: 'constant', shape };
  const sums = [...numbers];
  sums.forEach((number, index) => {
    if (Math.floor(index / step) % size > 0) sums[index] = sums[index - step] + number;
  });
  return numbersConstant(sums, shape);
}

export function setActivation(call: OperatorCall, value: Activation, name: string): void {
  for (const set of call.lowering.setsOf(value.channels)) {
    if (set.activation === 'none') set.activation = name;
  }
}

function addSlopes(
  call: OperatorCall,
  slope: Constant,
  match: Exclude<ConstantMatch, { kind: 'scalar' }>,
): void {
  const { tensor, channels } = match;
  const isOfPositions = match.kind === 'positions';
  if (isOfPositions && new Set(match.columns).size < channels.length) {
    const reason = 'holds a slope for every position, which channels share';
    call.lowering.unplacedReasons.set(tensor.name, reason);
    return;
  }
  const values = isOfPositions
    ? { tensor, offsets: match.columns, taps: match.rows }
    : { tensor, offsets: match.offsets };
  call.lowering.addLayer(call.layerName(slope), { kind: 'scale', channels, values });
}

/** PRelu: a slope for negative inputs, per channel or per channel and position. */
export function parametricRelu(call: OperatorCall): Value[] {
  const value = withZeroFeatures(call, call.activation(0));
  const slope = call.constant(1);
  setActivation(call, value, 'leakyRelu');
  const match = matchConstant(value, slope);
  if (match.kind === 'scalar') call.lowering.markConstant(slope);
  else addSlopes(call, slope, match);
  return [{ ...value, pendingNorm: undefined }];
}
