/**
 * Operators that act on every element: activation functions, sums, products, and parameters added or multiplied in.
 */
import type { StoredTensor } from '../../../formats';
import {
  type Activation,
  axisSize,
  countOffsets,
  hasChannels,
  NotUnderstoodError,
  positionAxis,
  sameChannels,
  segmentChoices,
  shapeOf,
} from '../../activation';
import { type Constant, elementCount } from '../../constant';
import type { VectorView } from '../../network';
import { pair } from '../../pairing';
import type { OperatorCall, Value } from '../lowering';
import { foldElementwise } from './constants';

/** ONNX's activation functions under the names that the graph uses. */
const ACTIVATIONS: ReadonlyMap<string, string> = new Map([
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
]);

/** On a constant these change nothing but its type. */
const UNCHANGING: ReadonlySet<string> = new Set(['Identity', 'Cast', 'CastLike', 'Dropout']);

/** x · f(x) has a name of its own. */
const SELF_GATED: ReadonlyMap<string, string> = new Map([
  ['sigmoid', 'silu'],
  ['hardSigmoid', 'hardSwish'],
  ['relu6', 'hardSwish'],
  ['erf', 'gelu'],
  ['tanh', 'gelu'],
  ['softplus', 'mish'],
]);

/** A function of each element: nothing changes but, perhaps, which activation follows the layer. */
export function unary(call: OperatorCall): Value[] {
  const value = call.input(0);
  if (value.kind === 'constant') {
    return [UNCHANGING.has(call.operator.type) ? value : foldElementwise(call, [value])];
  }
  for (let index = 1; index < call.inputCount; index++) {
    if (call.has(index)) call.numbers(index);
  }
  if (value.kind === 'scores') return [value];
  const name = ACTIVATIONS.get(call.operator.type);
  if (name) setActivation(call, value, name);
  return [name ? { ...value, pendingNorm: undefined } : value];
}

/** LRN divides by its neighbours' squares: the order of the channels is part of the function. */
export function localResponseNorm(call: OperatorCall): Value[] {
  const value = call.activation(0);
  for (const set of call.lowering.setsOf(value.channels)) set.hasOrder = true;
  return [value];
}

function setActivation(call: OperatorCall, value: Activation, name: string): void {
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
  } else call.lowering.markConstant(slope);
  return [{ ...value, pendingNorm: undefined }];
}

/** Add, Sub, Mul, Div and their relatives, of two values or more. */
export function arithmetic(call: OperatorCall): Value[] {
  let result: Value = call.input(0);
  for (let index = 1; index < call.inputCount; index++) result = combine(call, result, call.input(index));
  return [result];
}

/** Where: masks positions; the data passes through. */
export function where(call: OperatorCall): Value[] {
  const inputs = [call.input(0), call.input(1), call.input(2)];
  const constants = inputs.filter((value) => value.kind === 'constant');
  if (constants.length === 3) return [foldElementwise(call, constants)];
  for (const constant of constants) call.lowering.markConstant(constant);
  const data = inputs.slice(1).find((value) => value.kind !== 'constant');
  if (!data) throw new NotUnderstoodError('chooses between constants while the network runs');
  return [data];
}

type Known = Exclude<Value, { kind: 'unknown' }>;

function combine(call: OperatorCall, a: Known, b: Known): Known {
  if (a.kind === 'constant' && b.kind === 'constant') return foldElementwise(call, [a, b]);
  if (a.kind === 'scores' || b.kind === 'scores') return combineScores(call, a, b);
  if (a.kind === 'constant') return applyConstant(call, b as Activation, a);
  if (b.kind === 'constant') return applyConstant(call, a, b);
  return combineActivations(call, a, b);
}

/** Scores are scaled and masked. What differs from head to head may have been learned, and is reported. */
function combineScores(call: OperatorCall, a: Known, b: Known): Known {
  for (const value of [a, b]) {
    if (value.kind !== 'constant' || !value.view) continue;
    if (value.shape.slice(0, -2).every((size) => size === 1)) call.lowering.markConstant(value);
    else {
      const reason = 'is added to the attention scores of each head (a relative position bias)';
      call.lowering.unplacedReasons.set(value.view.tensor.name, reason);
    }
  }
  return a.kind === 'scores' ? a : b;
}

function combineActivations(call: OperatorCall, a: Activation, b: Activation): Activation {
  const { lowering, operator } = call;
  const isProduct = operator.type === 'Mul' || operator.type === 'Div';
  if (a.channels.length === 0 || b.channels.length === 0) {
    const owner = a.channels.length === 0 ? b : a;
    return combineShared(owner, owner === a ? b : a, operator.type);
  }
  const sameShape = shapeOf(a).join() === shapeOf(b).join();
  if (sameShape && sameChannels(a, b)) {
    if (operator.type === 'Mul') {
      for (const set of lowering.setsOf(a.channels)) {
        set.activation = SELF_GATED.get(set.activation) ?? set.activation;
      }
    }
    return { ...a, pendingNorm: undefined };
  }
  const youngest = ({ channels }: Activation) =>
    channels.reduce((most, channel) => Math.max(most, channel), -1);
  const meeting = pair(a, b, youngest(a) > youngest(b) ? 'first' : 'second');
  const [from, to] =
    meeting.keeps === 'first' ? [meeting.second, meeting.first] : [meeting.first, meeting.second];
  const distinct = from.map((channel, index) => (channel === to[index] ? 0 : 1));
  const sources = from.filter((_, index) => distinct[index]);
  const targets = to.filter((_, index) => distinct[index]);
  lowering.addLayer(operator.name.replace(/^\//, ''), { kind: isProduct ? 'gate' : 'sum', sources, targets });
  return meeting.result;
}

/**
 * A meeting with a quantity that all channels share, such as their mean: subtracting it centres, dividing by it
 * normalises; the scale and shift that follow belong to that norm.
 */
function combineShared(owner: Activation, shared: Activation, type: string): Activation {
  const sizes = shapeOf(owner);
  if (shapeOf(shared).some((size, index, all) => size > (sizes[index - all.length + sizes.length] ?? 0))) {
    throw new NotUnderstoodError('spreads channels over more positions');
  }
  if (type === 'Sub') return { ...owner, isCentred: true };
  if (type !== 'Div' && type !== 'Mul') return owner;
  const groups = owner.axes
    .filter(
      (axis, index) =>
        hasChannels(axis) && axisSize(shared.axes[index - sizes.length + shared.axes.length]) > 1,
    )
    .reduce((total, axis) => total * axisSize(axis), 1);
  const norm = !owner.isCentred ? 'rms' : groups > 1 ? 'group' : 'layer';
  return { ...owner, pendingNorm: { norm, groups } };
}

type ConstantMatch =
  | { kind: 'scalar' }
  | { kind: 'channels'; tensor: StoredTensor; channels: Int32Array; offsets: Int32Array }
  | {
      kind: 'positions';
      tensor: StoredTensor;
      channels: Int32Array;
      rows: Int32Array;
      columns: Int32Array;
    };

/** How a constant's elements fall on an activation's channels (and positions). */
function matchConstant(activation: Activation, constant: Constant): ConstantMatch {
  const { view } = constant;
  const rank = activation.axes.length;
  const lead = rank - constant.shape.length;
  const isParameter = view !== undefined && view.tensor.shape.length > 0;
  const onlyChannel = activation.channels.length === 1;
  if (elementCount(constant) === 1 && !(isParameter && onlyChannel)) return { kind: 'scalar' };
  if (!view) throw new NotUnderstoodError('meets a constant that is computed from other values');
  if (constant.shape.slice(0, Math.max(0, -lead)).some((size) => size !== 1)) {
    throw new NotUnderstoodError('meets a constant of higher rank');
  }
  let rows = Int32Array.of(view.offset);
  const included = activation.axes.map((axis, index) => {
    const size = constant.shape[index - lead] ?? 1;
    const stride = view.strides[index - lead] ?? 0;
    if (size > 1 && axisSize(axis) === 1) {
      const steps = countOffsets([{ size, stride }]);
      rows = Int32Array.from([...rows].flatMap((row) => [...steps].map((step) => row + step)));
    }
    return { axis, isIncluded: size > 1 && axisSize(axis) > 1, stride };
  });
  if (included.some(({ axis, isIncluded }) => hasChannels(axis) && !isIncluded)) {
    throw new NotUnderstoodError('meets a constant that several channels share');
  }
  if (!onlyChannel && !included.some(({ axis, isIncluded }) => hasChannels(axis) && isIncluded)) {
    throw new NotUnderstoodError('meets one constant per position, shared by all channels');
  }
  const channels: number[] = [];
  const columns: number[] = [];
  for (const { base, segments } of segmentChoices(activation.axes)) {
    const channelFactors: { size: number; stride: number; step: number }[] = [];
    const positionFactors: { size: number; stride: number }[] = [];
    let start = 0;
    segments.forEach((segment, index) => {
      const { axis, isIncluded, stride } = included[index];
      if (!isIncluded) return;
      let before = 0;
      for (const earlier of axis) {
        if (earlier === segment) break;
        before += earlier.factors.reduce((total, { size }) => total * size, 1);
      }
      start += before * stride;
      let step = segment.factors.reduce((total, { size }) => total * size, 1);
      for (const factor of segment.factors) {
        step /= factor.size;
        if (factor.axis === 'channel') channelFactors.push({ ...factor, step: step * stride });
        else positionFactors.push({ size: factor.size, stride: step * stride });
      }
    });
    const places = countOffsets(channelFactors);
    const offsets = countOffsets(channelFactors.map(({ size, step }) => ({ size, stride: step })));
    places.forEach((place, index) => {
      channels.push(activation.channels[base + place]);
      columns.push(start + offsets[index]);
    });
    if (positionFactors.length > 0) {
      const steps = countOffsets(positionFactors);
      rows = Int32Array.from([...rows].flatMap((row) => [...steps].map((step) => row + step)));
    }
  }
  const match = { tensor: view.tensor, channels: Int32Array.from(channels) };
  if (rows.length === 1) {
    return { kind: 'channels', ...match, offsets: Int32Array.from(columns, (column) => rows[0] + column) };
  }
  return { kind: 'positions', ...match, rows, columns: Int32Array.from(columns) };
}

/** A parameter (or plain constant) is added to, or multiplied into, an activation. */
function applyConstant(call: OperatorCall, activation: Activation, constant: Constant): Activation {
  const { lowering, operator } = call;
  const match = matchConstant(activation, constant);
  const name = call.layerName(constant);
  const isProduct = operator.type === 'Mul' || operator.type === 'Div';
  if (match.kind === 'scalar') {
    lowering.markConstant(constant);
    return activation;
  }
  if (operator.type !== 'Add' && operator.type !== 'Sub' && !isProduct && operator.type !== 'Sum') {
    throw new NotUnderstoodError(`applies ${operator.type} with one constant per channel`);
  }
  if (match.kind === 'positions') {
    if (isProduct) throw new NotUnderstoodError('multiplies with one constant per channel and position');
    const { kind: _, ...table } = match;
    lowering.addLayer(name, { kind: 'embedding', role: 'position', ...table });
    return stretched(activation, constant);
  }
  const values = { tensor: match.tensor, offsets: match.offsets };
  const { pendingNorm } = activation;
  if (pendingNorm) return applyToNorm(call, activation, pendingNorm, match.channels, values, isProduct, name);
  if (!isProduct && attachBias(call, match.channels, values)) return activation;
  lowering.addLayer(name, { kind: isProduct ? 'scale' : 'bias', channels: match.channels, values });
  return activation;
}

/** An activation with one position takes as many as the table that is added to it. */
function stretched(activation: Activation, constant: Constant): Activation {
  const lead = activation.axes.length - constant.shape.length;
  const axes = activation.axes.map((axis, index) => {
    const size = constant.shape[index - lead] ?? 1;
    return axisSize(axis) === 1 && size > 1 ? positionAxis(size) : axis;
  });
  return { ...activation, axes };
}

function applyToNorm(
  call: OperatorCall,
  activation: Activation,
  pending: NonNullable<Activation['pendingNorm']>,
  channels: Int32Array,
  values: VectorView,
  isScale: boolean,
  name: string,
): Activation {
  const { lowering } = call;
  if (pending.layer === undefined) {
    const { norm, groups } = pending;
    const parameters = isScale ? { scale: values } : { shift: values };
    const layer = lowering.addLayer(name, { kind: 'norm', norm, groups, channels, ...parameters });
    return { ...activation, pendingNorm: isScale ? { ...pending, layer } : undefined };
  }
  const { operation } = lowering.layers[pending.layer];
  if (operation.kind === 'norm' && !isScale) operation.shift = values;
  else lowering.addLayer(name, { kind: isScale ? 'scale' : 'bias', channels, values });
  return { ...activation, pendingNorm: undefined };
}

/** MatMul + Add: the constant is the bias of the layer that wrote these channels, if nothing came between. */
function attachBias(call: OperatorCall, channels: Int32Array, values: VectorView): boolean {
  const { lowering } = call;
  const [set, ...others] = lowering.setsOf(channels);
  if (!set || others.length > 0 || set.activation !== 'none' || set.count !== channels.length) return false;
  const { operation } = lowering.layers[set.layer];
  if ((operation.kind !== 'linear' && operation.kind !== 'conv') || operation.bias) return false;
  const touches = lowering.layers.slice(set.layer + 1).some(({ operation: later }) => {
    const touched = 'channels' in later ? later.channels : 'targets' in later ? later.targets : undefined;
    return touched?.some((channel) => channel >= set.first && channel < set.first + set.count);
  });
  if (touches) return false;
  const offsets = new Int32Array(set.count);
  channels.forEach((channel, index) => {
    offsets[channel - set.first] = values.offsets[index];
  });
  operation.bias = { tensor: values.tensor, offsets };
  return true;
}
