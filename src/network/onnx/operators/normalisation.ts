/**
 * Normalisation layers that are one operator. Those that come in pieces are put together in ./shared and ./parameters.
 */
import { type Activation, axisSize, hasChannels, NotUnderstoodError, product } from '../../activation';
import { type Constant, elementCount } from '../../constant';
import type { NormKind, VectorView } from '../../network';
import { allChannels } from '../../reading';
import type { Value } from '../lowering';
import { normaliseAxis, type OperatorCall } from '../operator-call';
import { dataAlong } from './embedding';
import { storedView, vectorView } from './linear';
import { mergeOthers } from './merging';
import { shapeOfMovable } from './moving';
import { applyConstant, applyOffsets } from './parameters';

/** The per-channel parameter at an input, if there is one. */
function parameter(call: OperatorCall, index: number, count: number) {
  return call.has(index) ? vectorView(call.constant(index), count) : undefined;
}

function addNorm(call: OperatorCall, input: Activation, norm: NormKind): Value[] {
  const channels = allChannels(input);
  call.lowering.addLayer(call.layerName(call.has(1) ? call.constant(1) : undefined), {
    ...{ kind: 'norm', norm, groups: 1, channels },
    scale: parameter(call, 1, channels.length),
    shift: parameter(call, 2, channels.length),
    mean: norm === 'batch' ? parameter(call, 3, channels.length) : undefined,
    variance: norm === 'batch' ? parameter(call, 4, channels.length) : undefined,
  });
  return [normed(input)];
}

const normed = (input: Activation): Activation => ({
  ...input,
  pendingNorm: undefined,
  isCentred: undefined,
});

export function batchNormalization(call: OperatorCall): Value[] {
  return addNorm(call, mergeOthers(call, dataAlong(call, call.input(0), 1), 1), 'batch');
}

/** LayerNormalization and RMSNormalization over the last axes; axes before them that hold channels (heads) share it. */
function normaliseLast(call: OperatorCall, norm: 'layer' | 'rms'): Value[] {
  const value = call.input(0);
  const input = dataAlong(call, value, shapeOfMovable(value).length - 1);
  const first = normaliseAxis(call.number('axis', -1), input.axes.length);
  if (!input.axes.slice(first).some(hasChannels)) throw new NotUnderstoodError('normalises positions');
  const groups = product(input.axes.slice(0, first).filter(hasChannels).map(axisSize));
  const scaled = applyAffine(call, { ...input, pendingNorm: { norm, groups } }, call.maybe(1), call.maybe(2));
  return [normed(scaled)];
}

/** Scale and shift of a norm whose channels stand along the last axes, or whose parameters have its shape. */
function applyAffine(
  call: OperatorCall,
  input: Activation,
  scale: Value | undefined,
  shift: Value | undefined,
): Activation {
  const apply = (activation: Activation, value: Value | undefined, type: string): Activation => {
    if (!value) return activation;
    if (value.kind !== 'constant') throw new NotUnderstoodError('is scaled by what the data says');
    return applyConstant(call.as(type), activation, value);
  };
  return apply(apply(input, scale, 'Mul'), shift, 'Add');
}

export const layerNormalization = (call: OperatorCall) => normaliseLast(call, 'layer');
export const rmsNormalization = (call: OperatorCall) => normaliseLast(call, 'rms');

/** A parameter per channel, or (in the first version of GroupNormalization) per group of them. */
function groupedView(constant: Constant, count: number): VectorView {
  const own = elementCount(constant);
  if (own === count || own === 0 || count % own) return vectorView(constant, count);
  const { tensor, offsets } = vectorView(constant, own);
  return {
    tensor,
    offsets: Int32Array.from({ length: count }, (_, index) => offsets[Math.floor((index * own) / count)]),
  };
}

export function groupNormalization(call: OperatorCall): Value[] {
  const input = dataAlong(call, call.input(0), 1);
  const channels = allChannels(input);
  const groups = call.count('num_groups', 1);
  let result: Activation = { ...input, pendingNorm: { norm: 'group', groups } };
  for (const [index, isScale] of [
    [1, true],
    [2, false],
  ] as const) {
    if (!call.has(index)) continue;
    const constant = call.constant(index);
    storedView(constant);
    const values = groupedView(constant, channels.length);
    result = applyOffsets(call, result, { channels, values }, isScale, call.layerName(constant));
  }
  return [normed(result)];
}

/**
 * InstanceNormalization: parameters per channel; or, over channels regrouped as [1, groups, rest], the first half of a
 * group norm, whose own scale and shift follow.
 */
export function instanceNormalization(call: OperatorCall): Value[] {
  const input = dataAlong(call, call.input(0), 1);
  const scale = call.constant(1);
  const shift = call.constant(2);
  const isRegrouped = input.axes.slice(2).some(hasChannels);
  const isPlain = isAll(scale, 1) && isAll(shift, 0);
  if (!isRegrouped && !isPlain) return addNorm(call, input, 'instance');
  call.lowering.markConstant(scale);
  call.lowering.markConstant(shift);
  if (isRegrouped && !isPlain) throw new NotUnderstoodError('scales groups of channels together');
  const groups = isRegrouped ? elementCount(scale) : 1;
  return [{ ...input, pendingNorm: { norm: isRegrouped ? 'group' : 'instance', groups } }];
}

const isAll = ({ numbers }: Constant, value: number) => numbers?.every((number) => number === value) ?? false;
