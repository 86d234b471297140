/**
 * Layers with a weight matrix or kernel: MatMul, Gemm, Conv, ConvTranspose.
 */
import {
  type Activation,
  axisSize,
  channelAxis,
  hasChannels,
  NotUnderstoodError,
  positionAxis,
  readAxis,
  shapeOf,
} from '../../activation';
import { type Constant, elementCount, viewOffsets } from '../../constant';
import type { ChannelRead, VectorView } from '../../network';
import type { OperatorCall, Value } from '../lowering';
import { multiplyActivations } from './attention';

const positionsOf = (activation: Activation) =>
  activation.axes.filter((axis) => !hasChannels(axis)).reduce((total, axis) => total * axisSize(axis), 1);

function storedView(constant: Constant): NonNullable<Constant['view']> {
  if (!constant.view) throw new NotUnderstoodError('has a weight that is computed from other values');
  return constant.view;
}

/** A constant as one parameter per output. */
export function vectorView(constant: Constant, count: number): VectorView {
  const { tensor, offset, strides } = storedView(constant);
  if (elementCount(constant) !== count) {
    throw new NotUnderstoodError(`has ${elementCount(constant)} values for ${count} channels`);
  }
  return { tensor, offsets: viewOffsets(constant.shape, strides, offset) };
}

/** A linear layer over one axis of the input; the weight's axes are named by number. */
function linear(
  call: OperatorCall,
  input: Activation,
  axis: number,
  weight: Constant,
  inputAxis: number,
  outputAxis: number,
  bias: Constant | undefined,
): Activation {
  const { lowering } = call;
  const { tensor, offset, strides } = storedView(weight);
  const size = axisSize(input.axes[axis]);
  if (weight.shape[inputAxis] !== size) {
    throw new NotUnderstoodError(`reads ${size} values with a weight for ${weight.shape[inputAxis]}`);
  }
  const reads = readAxis(input, axis).map((read): ChannelRead => {
    const inSteps = (places: Int32Array) => places.map((place) => place * strides[inputAxis]);
    return { ...read, columns: inSteps(read.columns), taps: inSteps(read.taps) };
  });
  const count = weight.shape[outputAxis];
  const others = { ...input, axes: input.axes.filter((_, index) => index !== axis) };
  const name = call.layerName(weight);
  const channels = lowering.addWriter(name, count, 'neuron', positionsOf(others), (writes) => ({
    kind: 'linear',
    writes,
    weight: { tensor, rows: viewOffsets([count], [strides[outputAxis]], offset), reads, groups: 1 },
    bias: bias && elementCount(bias) > 0 ? vectorView(bias, count) : undefined,
  }));
  return {
    kind: 'activation',
    channels,
    axes: input.axes.map((old, index) =>
      index === axis ? channelAxis(count) : old.map((segment) => ({ ...segment, base: 0 })),
    ),
  };
}

/** A weight with leading axes of size 1 is a matrix. */
function asMatrix(constant: Constant): { constant: Constant; rowAxis: number; columnAxis: number } {
  const rank = constant.shape.length;
  if (rank < 2 || constant.shape.slice(0, -2).some((size) => size !== 1)) {
    throw new NotUnderstoodError(`multiplies with a constant of shape ${constant.shape.join('×')}`);
  }
  return { constant, rowAxis: rank - 2, columnAxis: rank - 1 };
}

export function matMul(call: OperatorCall): Value[] {
  const [a, b] = [call.input(0), call.input(1)];
  if (a.kind === 'activation' && b.kind === 'constant') {
    const { rowAxis, columnAxis } = asMatrix(b);
    return [linear(call, a, a.axes.length - 1, b, rowAxis, columnAxis, undefined)];
  }
  if (a.kind === 'constant' && b.kind === 'activation') {
    const { rowAxis, columnAxis } = asMatrix(a);
    return [linear(call, b, b.axes.length - 2, a, columnAxis, rowAxis, undefined)];
  }
  return [multiplyActivations(call, a, b)];
}

export function gemm(call: OperatorCall): Value[] {
  const input = call.activation(0);
  const weight = call.constant(1);
  const bias = call.has(2) ? call.constant(2) : undefined;
  const isTransposed = call.number('transB', 0) === 1;
  const axis = call.number('transA', 0) === 1 ? 0 : 1;
  const output = linear(call, input, axis, weight, isTransposed ? 1 : 0, isTransposed ? 0 : 1, bias);
  return [axis === 1 ? output : { ...output, axes: [output.axes[1], output.axes[0]] }];
}

interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
}

/** Attributes that convolutions and pools share. */
export function readWindow(call: OperatorCall, kernel: readonly number[]): Window {
  const ones = kernel.map(() => 1);
  return {
    kernel,
    strides: call.numberList('strides') ?? ones,
    dilations: call.numberList('dilations') ?? ones,
    pads: call.numberList('pads') ?? [...kernel.map(() => 0), ...kernel.map(() => 0)],
  };
}

/** Number of positions along each spatial axis after a window has moved over it. */
export function windowedSizes(call: OperatorCall, sizes: readonly number[], window: Window): number[] {
  const { kernel, strides, dilations, pads } = window;
  const autoPad = call.text('auto_pad');
  const round = call.number('ceil_mode', 0) === 1 ? Math.ceil : Math.floor;
  return sizes.map((size, axis) => {
    if (autoPad.startsWith('SAME')) return Math.ceil(size / strides[axis]);
    const reach = dilations[axis] * (kernel[axis] - 1) + 1;
    const padding = autoPad === 'VALID' ? 0 : pads[axis] + pads[axis + sizes.length];
    const count = round((size + padding - reach) / strides[axis]) + 1;
    if (!(count >= 1)) throw new NotUnderstoodError(`moves a window of ${reach} over ${size} positions`);
    return count;
  });
}

/** Conv (weight [out, in / groups, kernel…]) and ConvTranspose (weight [in, out / groups, kernel…]). */
function convolution(call: OperatorCall, isTransposed: boolean): Value[] {
  const { lowering } = call;
  const input = call.activation(0);
  const weight = call.constant(1);
  const { tensor, offset, strides } = storedView(weight);
  const groups = call.number('group', 1);
  const [inputAxis, outputAxis] = isTransposed ? [0, 1] : [1, 0];
  const kernel = weight.shape.slice(2);
  const channels = axisSize(input.axes[1]);
  const reads = readAxis(input, 1);
  const perGroup = isTransposed ? channels : channels / groups;
  if (
    weight.shape.length !== input.axes.length ||
    weight.shape[inputAxis] !== perGroup ||
    channels % groups
  ) {
    throw new NotUnderstoodError(
      `reads ${channels} channels with a weight of shape ${weight.shape.join('×')} in ${groups} groups`,
    );
  }
  if (reads.some((read) => read.tapShape.length > 0))
    throw new NotUnderstoodError('reads positions as channels');
  const count = isTransposed ? weight.shape[1] * groups : weight.shape[0];
  const window = readWindow(call, kernel);
  const sizes = shapeOf(input).slice(2);
  const outSizes = isTransposed ? transposedSizes(call, sizes, window) : windowedSizes(call, sizes, window);
  const positions = outSizes.reduce((total, size) => total * size, 1);

  // Place of a channel within its group is its place along the weight's input axis; in a transposed convolution the
  // weight's output axis counts within the group, and its input axis over all groups.
  const inGroup = channels / groups;
  const outGroup = count / groups;
  const rows = Int32Array.from({ length: count }, (_, output) => {
    const place = isTransposed ? output % outGroup : output;
    return offset + place * strides[outputAxis];
  });
  const written = lowering.addWriter(call.layerName(weight), count, 'channel', positions, (writes) => ({
    kind: 'conv',
    writes,
    weight: {
      tensor,
      rows,
      groups,
      reads: reads.map((read) => ({
        channels: read.channels,
        columns: read.columns.map((place) => (isTransposed ? place : place % inGroup) * strides[inputAxis]),
        taps: viewOffsets(kernel, strides.slice(2), 0),
        tapShape: kernel,
      })),
    },
    bias: call.has(2) ? vectorView(call.constant(2), count) : undefined,
    stride: window.strides.reduce((total, stride) => total * stride, 1) ** (1 / Math.max(1, kernel.length)),
    isTransposed,
  }));
  const axes = [input.axes[0], channelAxis(count), ...outSizes.map(positionAxis)];
  return [{ kind: 'activation', axes, channels: written }];
}

function transposedSizes(call: OperatorCall, sizes: readonly number[], window: Window): number[] {
  const asked = call.numberList('output_shape');
  if (asked) return asked.slice(-sizes.length);
  const extra = call.numberList('output_padding');
  return sizes.map((size, axis) => {
    const reach = window.dilations[axis] * (window.kernel[axis] - 1) + 1;
    const padding = call.text('auto_pad').startsWith('SAME')
      ? Math.max(0, reach - window.strides[axis])
      : window.pads[axis] + window.pads[axis + sizes.length];
    return (size - 1) * window.strides[axis] + reach + (extra?.[axis] ?? 0) - padding;
  });
}

export const conv = (call: OperatorCall) => convolution(call, false);
export const convTranspose = (call: OperatorCall) => convolution(call, true);
