/**
 * A constant that is added to an activation or multiplied into it: a bias, a scale, part of a norm, a table of positions, or
 * a number of the computation.
 */
import {
  type Activation,
  axisSize,
  NotUnderstoodError,
  positionAxis,
  sharedActivation,
} from '../../activation';
import type { Constant } from '../../constant';
import type { VectorView } from '../../network';
import { slice } from '../../rearranging';
import type { OperatorCall } from '../operator-call';
import { broadcastShape } from './constants';
import { matchConstant, runsAlongChannels } from './match-constant';
import { meetShared, withZeroFeatures } from './shared';

const SUMS = ['Add', 'Sub', 'Sum'];
const PRODUCTS = ['Mul', 'Div'];

export function applyConstant(call: OperatorCall, data: Activation, constant: Constant): Activation {
  const activation = withZeroFeatures(call, data);
  const { lowering, operator } = call;
  const { type } = operator;
  const sizes = activation.axes.map(axisSize);
  if (activation.channels.length === 0) {
    lowering.markConstant(constant);
    const { quantisation } = activation;
    const isScale = quantisation?.kind === 'scale' && type === 'Mul';
    return {
      ...activation,
      axes: sharedActivation(broadcastShape(sizes, constant.shape)).axes,
      quantisation: isScale ? { kind: 'scale', factor: constant } : quantisation,
    };
  }
  if (constant.joined) return applyJoined(call, activation, constant, constant.joined);
  if (!constant.view) return meetShared(call, activation, sharedActivation(constant.shape), type);
  const match = matchConstant(activation, constant);
  if (match.kind === 'scalar') {
    lowering.markConstant(constant);
    return activation;
  }
  const isProduct = PRODUCTS.includes(type);
  if (!isProduct && !SUMS.includes(type)) {
    throw new NotUnderstoodError(`applies ${type} with one constant per channel`);
  }
  if (!runsAlongChannels(activation, constant.shape) && activation.channels.length > 1) {
    // The same for every channel, from position to position: a mask.
    lowering.markConstant(constant);
    return stretched(activation, constant.shape);
  }
  const name = call.layerName(constant);
  if (match.kind === 'positions') {
    const { tensor, channels, rows, columns } = match;
    const isShared = new Set(match.columns).size < match.columns.length;
    if (activation.pendingNorm && !isShared) {
      // A norm over whole pictures: a scale for every pixel of a channel.
      const values = { tensor, offsets: columns, taps: rows };
      return applyVector(call, activation, { channels, values }, isProduct, name);
    }
    if (isProduct || isShared) return modulated(call, activation, constant, tensor.name);
    const table = { tensor, channels, rows, columns };
    lowering.addLayer(name, { kind: 'embedding', role: 'position', ...table });
    return stretched(activation, constant.shape);
  }
  const { tensor, channels, offsets } = match;
  return applyOffsets(call, activation, { channels, values: { tensor, offsets } }, isProduct, name);
}

/** By a table with a place for every channel and position: learned, unless it turns out to be that of rotary positions. */
function modulated(
  call: OperatorCall,
  activation: Activation,
  constant: Constant,
  tensorName: string,
): Activation {
  const { lowering, operator } = call;
  const result = meetShared(call, activation, sharedActivation(constant.shape), operator.type);
  if (lowering.writtenConstants.has(tensorName)) lowering.markConstant(constant);
  else
    lowering.unplacedReasons.set(
      tensorName,
      `differs from position to position where ${operator.type} "${operator.name}" meets channels with it`,
    );
  return { ...result, modulators: [...(activation.modulators ?? []), constant] };
}

/** Adds or multiplies in a parameter per channel; channels may share one. */
export function applyOffsets(
  call: OperatorCall,
  activation: Activation,
  { channels, values }: ChannelValues,
  isProduct: boolean,
  name: string,
): Activation {
  return applyVector(call, activation, spread(call, channels, values, isProduct, name), isProduct, name);
}

/** Each piece goes to its part of the channels. */
function applyJoined(
  call: OperatorCall,
  activation: Activation,
  { shape }: Constant,
  { axis, pieces }: NonNullable<Constant['joined']>,
): Activation {
  if (activation.pendingNorm) throw new NotUnderstoodError('scales a norm with joined parameters');
  const place = axis + activation.axes.length - shape.length;
  let start = 0;
  for (const piece of pieces) {
    const count = piece.shape[axis];
    applyConstant(call, slice(activation, place, start, count, 1), piece);
    start += count;
  }
  return activation;
}

/** An activation with one position takes as many as the constant that it meets. */
function stretched(activation: Activation, shape: readonly number[]): Activation {
  const lead = activation.axes.length - shape.length;
  const axes = activation.axes.map((axis, index) => {
    const size = shape[index - lead] ?? 1;
    const { base } = axis[0];
    return axisSize(axis) === 1 && size > 1 ? positionAxis(size).map((one) => ({ ...one, base })) : axis;
  });
  return { ...activation, axes };
}

interface ChannelValues {
  readonly channels: Int32Array;
  readonly values: VectorView;
}

/**
 * One parameter for each of the channels that it stands at. Where several channels share one (a norm that all heads share),
 * it stands at a channel of its own, which those meet.
 */
function spread(
  { lowering, operator }: OperatorCall,
  channels: Int32Array,
  { tensor, offsets }: VectorView,
  isProduct: boolean,
  name: string,
): ChannelValues {
  const places = new Map<number, number>();
  for (const offset of offsets) if (!places.has(offset)) places.set(offset, places.size);
  if (places.size === offsets.length) return { channels, values: { tensor, offsets } };
  const own = lowering.addWriter(name, places.size, 'feature', 1, (writes) => ({ kind: 'input', writes }));
  lowering.addLayer(operator.name, {
    kind: isProduct ? 'gate' : 'sum',
    sources: Int32Array.from(offsets, (offset) => own[places.get(offset) ?? 0]),
    targets: channels,
  });
  return { channels: own, values: { tensor, offsets: Int32Array.from(places.keys()) } };
}

/** A parameter per channel: of a norm that is waiting for it, the bias of the layer before, or a layer of its own. */
function applyVector(
  { lowering }: OperatorCall,
  activation: Activation,
  { channels, values }: ChannelValues,
  isScale: boolean,
  name: string,
): Activation {
  const { pendingNorm } = activation;
  if (!pendingNorm) {
    if (isScale || !attachBias(lowering, channels, values)) {
      lowering.addLayer(name, { kind: isScale ? 'scale' : 'bias', channels, values });
    }
    return activation;
  }
  if (pendingNorm.layer === undefined) {
    const { norm, groups } = pendingNorm;
    const parameters = isScale ? { scale: values } : { shift: values };
    const layer = lowering.addLayer(name, { kind: 'norm', norm, groups, channels, ...parameters });
    return { ...activation, pendingNorm: isScale ? { ...pendingNorm, layer } : undefined };
  }
  const { operation } = lowering.layers[pendingNorm.layer];
  if (operation.kind === 'norm' && !isScale) operation.shift = values;
  else lowering.addLayer(name, { kind: isScale ? 'scale' : 'bias', channels, values });
  return { ...activation, pendingNorm: undefined };
}

/** MatMul + Add: the constant is the bias of the layer that wrote these channels, if nothing came between. */
function attachBias(lowering: OperatorCall['lowering'], channels: Int32Array, values: VectorView): boolean {
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
