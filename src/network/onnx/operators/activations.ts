/**
 * Functions of every element on its own: nothing changes but, perhaps, which activation function follows a layer.
 */
import { type Activation, hasChannels, NotUnderstoodError } from '../../activation';
import type { Value } from '../lowering';
import { normaliseAxis, type OperatorCall } from '../operator-call';
import { foldElementwise } from './constants';
import { matchConstant } from './match-constant';

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

/** CumSum: along channels, each sum knows how many went before. */
export function cumulative(call: OperatorCall): Value[] {
  const value = call.input(0);
  if (value.kind !== 'activation') return unary(call);
  const axis = normaliseAxis(call.numbers(1)[0], value.axes.length);
  if (hasChannels(value.axes[axis])) call.lowering.keepOrder(value.channels);
  return [value];
}

export function setActivation(call: OperatorCall, value: Activation, name: string): void {
  for (const set of call.lowering.setsOf(value.channels)) {
    if (set.activation === 'none') set.activation = name;
  }
}

/** PRelu: a slope per channel for negative inputs. */
export function parametricRelu(call: OperatorCall): Value[] {
  const value = call.activation(0);
  const slope = call.constant(1);
  setActivation(call, value, 'leakyRelu');
  const match = matchConstant(value, slope);
  if (match.kind === 'channels') {
    call.lowering.addLayer(call.layerName(slope), {
      kind: 'scale',
      channels: match.channels,
      values: { tensor: match.tensor, offsets: match.offsets },
    });
  } else if (match.kind === 'scalar') call.lowering.markConstant(slope);
  else throw new NotUnderstoodError('has slopes that differ from position to position');
  return [{ ...value, pendingNorm: undefined }];
}
