/**
 * Normalisation layers that are one operator. Those that come in pieces are put together in ./elementwise.
 */
import { type Activation, allChannels, axisSize, hasChannels, NotUnderstoodError } from '../../activation';
import { type Constant, elementCount } from '../../constant';
import type { NormKind } from '../../network';
import { normaliseAxis, type OperatorCall, type Value } from '../lowering';
import { vectorView } from './linear';

/** The per-channel parameter at an input, if there is one. */
function parameter(call: OperatorCall, index: number, count: number) {
  return call.has(index) ? vectorView(call.constant(index), count) : undefined;
}

function addNorm(call: OperatorCall, input: Activation, norm: NormKind, groups: number): Value[] {
  const channels = allChannels(input);
  const scale = parameter(call, 1, channels.length);
  call.lowering.addLayer(call.layerName(call.has(1) ? call.constant(1) : undefined), {
    kind: 'norm',
    norm,
    groups,
    channels,
    scale,
    shift: parameter(call, 2, channels.length),
    mean: norm === 'batch' ? parameter(call, 3, channels.length) : undefined,
    variance: norm === 'batch' ? parameter(call, 4, channels.length) : undefined,
  });
  return [{ ...input, pendingNorm: undefined, isCentred: undefined }];
}

export function batchNormalization(call: OperatorCall): Value[] {
  const input = call.activation(0);
  if (input.axes.some((axis, index) => index !== 1 && hasChannels(axis))) {
    throw new NotUnderstoodError('normalises an axis that does not hold the channels');
  }
  return addNorm(call, input, 'batch', 1);
}

/** LayerNormalization and RMSNormalization over the last axes. */
function normaliseLast(call: OperatorCall, norm: 'layer' | 'rms'): Value[] {
  const input = call.activation(0);
  const first = normaliseAxis(call.number('axis', -1), input.axes.length);
  const normalised = input.axes.slice(first);
  const positions = normalised
    .filter((axis) => !hasChannels(axis))
    .reduce((total, axis) => total * axisSize(axis), 1);
  if (!normalised.some(hasChannels) || positions > 1) {
    throw new NotUnderstoodError('normalises positions together with channels');
  }
  const groups = input.axes
    .slice(0, first)
    .filter(hasChannels)
    .reduce((total, axis) => total * axisSize(axis), 1);
  if (groups > 1) throw new NotUnderstoodError('shares a norm between heads');
  return addNorm(call, input, norm, 1);
}

export const layerNormalization = (call: OperatorCall) => normaliseLast(call, 'layer');
export const rmsNormalization = (call: OperatorCall) => normaliseLast(call, 'rms');

export function groupNormalization(call: OperatorCall): Value[] {
  return addNorm(call, call.activation(0), 'group', call.number('num_groups', 1));
}

/**
 * InstanceNormalization: parameters per channel; or, over channels regrouped as [1, groups, rest], the first half of a
 * group norm, whose own scale and shift follow.
 */
export function instanceNormalization(call: OperatorCall): Value[] {
  const input = call.activation(0);
  const scale = call.constant(1);
  const shift = call.constant(2);
  const isRegrouped = input.axes.slice(2).some(hasChannels);
  const isPlain = isAll(scale, 1) && isAll(shift, 0);
  if (!isRegrouped && !isPlain) return addNorm(call, input, 'instance', 1);
  call.lowering.markConstant(scale);
  call.lowering.markConstant(shift);
  if (isRegrouped && !isPlain) throw new NotUnderstoodError('scales groups of channels together');
  const groups = isRegrouped ? elementCount(scale) : 1;
  return [{ ...input, pendingNorm: { norm: isRegrouped ? 'group' : 'instance', groups } }];
}

const isAll = ({ numbers }: Constant, value: number) => numbers?.every((number) => number === value) ?? false;
