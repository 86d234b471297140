/** Convolutions and pools. TensorFlow has the channels last, ONNX after the batch: results are turned there and back. */
import type { Attributes } from '../../program-builder';
import { type TfliteCall, UntranslatableError } from '../program';

type Translate = (call: TfliteCall) => void;

const PADDINGS = ['SAME_UPPER', 'VALID'];

/** The first option of every operator with a window. */
function padding(call: TfliteCall): string {
  const name = PADDINGS[call.int8(0)];
  if (!name) throw new UntranslatableError(`has an unknown padding, number ${call.int8(0)}`);
  return name;
}

/**
 * The padding of a convolution. With a dilation it is told in numbers, which ONNX Runtime wants: as much as keeps
 * ⌈size / stride⌉ positions, more of it at the end.
 */
function pads(call: TfliteCall, window: Window): Attributes {
  const name = padding(call);
  const { kernel, strides, dilations } = window;
  const sizes = call.shape(0).slice(1, -1);
  const isPlain = name === 'VALID' || dilations.every((dilation) => dilation === 1);
  if (isPlain || sizes.length !== kernel.length || sizes.some((size) => size < 1)) return { auto_pad: name };
  const totals = sizes.map((size, axis) => {
    const reach = (kernel[axis] - 1) * dilations[axis] + 1;
    return Math.max(0, (Math.ceil(size / strides[axis]) - 1) * strides[axis] + reach - size);
  });
  const begins = totals.map((total) => Math.floor(total / 2));
  return { pads: [...begins, ...totals.map((total, axis) => total - begins[axis])] };
}

interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
}

function kernelShape(call: TfliteCall, index: number, rank: number): readonly number[] {
  const shape = call.shape(index);
  if (shape.length !== rank || shape.some((size) => size < 1)) {
    throw new UntranslatableError(`has a weight of shape ${shape.join('×')}`);
  }
  return shape;
}

function convolve(call: TfliteCall, weight: string, group: number, window: Window, fused: number): void {
  const { kernel, strides, dilations } = window;
  const rank = kernel.length + 2;
  const attributes = { kernel_shape: kernel, strides, dilations, group, ...pads(call, window) };
  const inputs = [call.channelsFirst(call.input(0), rank), weight];
  if (call.has(2)) inputs.push(call.input(2));
  call.writeChannelsLast(call.add('Conv', inputs, attributes), rank, fused);
}

const groupsOf = (call: TfliteCall, perGroup: number) =>
  Math.max(1, Math.floor((call.shape(0).at(-1) ?? 0) / perGroup));

/** Weight [out, kernel…, in / groups]. */
export const conv2d: Translate = (call) => {
  const [, height, width, perGroup] = kernelShape(call, 1, 4);
  const window = {
    kernel: [height, width],
    strides: [call.size(2), call.size(1)],
    dilations: [call.size(5), call.size(4)],
  };
  const weight = call.transpose(call.input(1), [0, 3, 1, 2]);
  convolve(call, weight, groupsOf(call, perGroup), window, call.int8(3));
};

/** Weight [1, kernel…, in · multiplier]; the results of one channel lie side by side. */
export const depthwiseConv2d: Translate = (call) => {
  const [, height, width, outputs] = kernelShape(call, 1, 4);
  const channels = call.shape(0).at(-1) ?? 0;
  const window = {
    kernel: [height, width],
    strides: [call.size(2), call.size(1)],
    dilations: [call.size(6), call.size(5)],
  };
  const groups = channels > 0 ? channels : Math.floor(outputs / Math.max(1, call.int32(3)));
  const weight = call.transpose(call.input(1), [3, 0, 1, 2]);
  convolve(call, weight, groups, window, call.int8(4));
};

/** Weight [kernel…, in / groups, out]. */
export const conv3d: Translate = (call) => {
  const [depth, height, width, perGroup] = kernelShape(call, 1, 5);
  const window = {
    kernel: [depth, height, width],
    strides: [call.size(1), call.size(3), call.size(2)],
    dilations: [call.size(5), call.size(7), call.size(6)],
  };
  const weight = call.transpose(call.input(1), [4, 3, 0, 1, 2]);
  convolve(call, weight, groupsOf(call, perGroup), window, call.int8(4));
};

/**
 * What is cut off (or added, where negative) at the ends of a transposed convolution's result, so that it has the size
 * that the file states: more at the end, as the forward convolution pads.
 */
function transposedPads(call: TfliteCall, kernel: readonly number[], strides: readonly number[]): Attributes {
  const sizes = call.shape(2).slice(1, -1);
  const wanted = call.output.shape.slice(1, -1);
  if ([...sizes, ...wanted].some((size) => size < 1) || sizes.length !== kernel.length) {
    return { auto_pad: padding(call) };
  }
  const excess = kernel.map((size, axis) => (sizes[axis] - 1) * strides[axis] + size - wanted[axis]);
  const begins = excess.map((total) => Math.floor(Math.max(0, total) / 2));
  return {
    pads: [...begins, ...excess.map((total, axis) => Math.max(0, total) - begins[axis])],
    output_padding: excess.map((total) => Math.max(0, -total)),
  };
}

/** Inputs: the size of the result, weight [out, kernel…, in], data, bias. */
export const transposeConv: Translate = (call) => {
  const [, height, width] = kernelShape(call, 1, 4);
  const [kernel, strides] = [
    [height, width],
    [call.size(2), call.size(1)],
  ];
  const inputs = [call.channelsFirst(call.input(2), 4), call.transpose(call.input(1), [3, 0, 1, 2])];
  if (call.has(3)) inputs.push(call.input(3));
  const attributes = { kernel_shape: kernel, strides, ...transposedPads(call, kernel, strides) };
  call.writeChannelsLast(call.add('ConvTranspose', inputs, attributes), 4, call.int8(3));
};

/** Inputs: the size of the result, weight [kernel…, out, in], data, bias. */
export const conv3dTranspose: Translate = (call) => {
  const kernel = kernelShape(call, 1, 5).slice(0, 3);
  const strides = [call.size(1), call.size(3), call.size(2)];
  const inputs = [call.channelsFirst(call.input(2), 5), call.transpose(call.input(1), [4, 3, 0, 1, 2])];
  if (call.has(3)) inputs.push(call.input(3));
  const attributes = { kernel_shape: kernel, strides, ...transposedPads(call, kernel, strides) };
  call.writeChannelsLast(call.add('ConvTranspose', inputs, attributes), 5, call.int8(4));
};

export const pool2d =
  (type: 'AveragePool' | 'MaxPool' | 'LpPool'): Translate =>
  (call) => {
    const attributes = {
      kernel_shape: [call.size(4), call.size(3)],
      strides: [call.size(2), call.size(1)],
      auto_pad: padding(call),
    };
    const pooled = call.add(type, [call.channelsFirst(call.input(0), 4)], attributes);
    call.writeChannelsLast(pooled, 4, call.int8(5));
  };
