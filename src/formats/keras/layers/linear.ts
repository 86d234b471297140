/** Layers with a kernel: dense ones and convolutions. Keras keeps [kernel…, in, out], ONNX wants [out, in, kernel…]. */

import type { Flow } from '../../program-builder';
import type { StoredTensor } from '../../tensor';
import { activate } from './activations';
import { type Layer, NotTranslatedError, type Translation } from './layer';

const dense: Translation = (layer) => {
  const { input } = layer;
  const hasBias = layer.config.flag('use_bias', true);
  const [kernel, bias] = layer.weights(['kernel', hasBias && 'bias']);
  return [activate(layer, multiply(layer, input, kernel, bias))];
};

/** Multiplies the last axis with a matrix and adds a bias, if there is one. */
export function multiply(layer: Layer, input: Flow, kernel: Flow | string, bias: Flow | string): Flow {
  const product = layer.add('MatMul', [input, kernel], input.rank);
  return bias === '' ? product : layer.add('Add', [product, bias], input.rank);
}

interface Window {
  readonly strides: number[];
  readonly dilations: number[];
  readonly auto_pad?: string;
  readonly pads?: number[];
}

function readWindow({ config }: Layer, axes: number, kernel: readonly number[]): Window {
  const strides = config.perAxis('strides', axes, 1);
  const dilations = config.perAxis('dilation_rate', axes, 1);
  const padding = config.text('padding', 'valid').toLowerCase();
  if (padding === 'same') return { strides, dilations, auto_pad: 'SAME_UPPER' };
  const before = padding === 'causal' ? kernel.map((size, axis) => dilations[axis] * (size - 1)) : [];
  return before.length > 0
    ? { strides, dilations, pads: [...before, ...before.map(() => 0)] }
    : { strides, dilations };
}

/** [kernel…, a, b] to [b, a, kernel…], or to [a, b, kernel…]. */
function kernelFirst(layer: Layer, kernel: string, axes: number, keepsOrder = false): Flow {
  const last = keepsOrder ? [axes, axes + 1] : [axes + 1, axes];
  return layer.permute(kernel, [...last, ...Array.from({ length: axes }, (_, axis) => axis)]);
}

function convolution(axes: number): Translation {
  return (layer) => {
    const { config } = layer;
    const input = inputOf(layer, axes);
    const [kernel, bias] = layer.weights(['kernel', config.flag('use_bias', true) && 'bias']);
    const output = layer.add('Conv', [input, kernelFirst(layer, kernel, axes), bias], input.rank, {
      ...readWindow(layer, axes, config.perAxis('kernel_size', axes, 1)),
      group: config.number('groups', 1),
    });
    return [activate(layer, layer.channelsLast(output))];
  };
}

function inputOf(layer: Layer, axes: number): Flow {
  if (layer.input.rank !== axes + 2) {
    throw new NotTranslatedError(`reads ${layer.input.rank} axes where ${axes + 2} are expected`);
  }
  return layer.channelsFirst(layer.input);
}

/** [kernel…, in, multiplier] to [in · multiplier, 1, kernel…]: one group for each input channel. */
function eachChannel(layer: Layer, input: Flow, axes: number, name: string, bias: string | false): Flow {
  const kernel = layer.tensors([name, bias]);
  const [stored, storedBias] = kernel;
  if (stored?.shape.length !== axes + 2) throw new NotTranslatedError('has a kernel of an unexpected shape');
  const sizes = stored.shape.slice(0, axes);
  const [channels, multiplier] = stored.shape.slice(axes);
  const moved = kernelFirst(layer, layer.builder.tensor(stored), axes, true);
  const weight = layer.reshape(moved, [channels * multiplier, 1, ...sizes]);
  return layer.add('Conv', [input, weight, storedBias ? layer.builder.tensor(storedBias) : ''], input.rank, {
    ...readWindow(layer, axes, sizes),
    group: channels,
  });
}

function depthwise(axes: number): Translation {
  return (layer) => {
    const hasBias = layer.config.flag('use_bias', true);
    // Keras 2 says "depthwise_kernel", Keras 3 "kernel"; what counts is that it is the first.
    const isNamed = layer.scope.variables(['depthwise_kernel'])[0] !== undefined;
    const name = isNamed ? 'depthwise_kernel' : 'kernel';
    const output = eachChannel(layer, inputOf(layer, axes), axes, name, hasBias && 'bias');
    return [activate(layer, layer.channelsLast(output))];
  };
}

function separable(axes: number): Translation {
  return (layer) => {
    const hasBias = layer.config.flag('use_bias', true);
    const names = ['depthwise_kernel', 'pointwise_kernel', hasBias && 'bias'] as const;
    const [, pointwise, bias] = layer.weights(names);
    const between = eachChannel(layer, inputOf(layer, axes), axes, names[0], false);
    const output = layer.add('Conv', [between, kernelFirst(layer, pointwise, axes), bias], between.rank);
    return [activate(layer, layer.channelsLast(output))];
  };
}

/** The kernel is [kernel…, out, in]; ONNX's transposed convolution wants [in, out, kernel…]. */
function transposed(axes: number): Translation {
  return (layer) => {
    const { config } = layer;
    const input = inputOf(layer, axes);
    const [kernel, bias] = layer.weights(['kernel', config.flag('use_bias', true) && 'bias']);
    const sizes = config.perAxis('kernel_size', axes, 1);
    const window = readWindow(layer, axes, sizes);
    const output = layer.add('ConvTranspose', [input, kernelFirst(layer, kernel, axes), bias], input.rank, {
      ...window,
      // Where windows do not meet, Keras fills the gap.
      output_padding:
        config.numbers('output_padding') ??
        window.strides.map((stride, axis) =>
          Math.max(0, stride - (window.dilations[axis] * (sizes[axis] - 1) + 1)),
        ),
    });
    return [activate(layer, layer.channelsLast(output))];
  };
}

/** einsum: translated where the kernel takes the last axes and puts others in their place. */
const einsumDense: Translation = (layer) => {
  const { input, config } = layer;
  const match = /^([a-z.]+),([a-z.]+)->([a-z.]+)$/.exec(config.text('equation').replace(/\s/g, ''));
  const [reads, kernelAxes, writes] = match?.slice(1).map((axes) => axes.replace('...', '')) ?? [];
  if (!match) throw new NotTranslatedError('multiplies in a way that is not understood');
  const summed = [...kernelAxes].filter((axis) => reads.includes(axis) && !writes.includes(axis)).join('');
  const added = kernelAxes.slice(summed.length);
  const kept = reads.slice(0, reads.length - summed.length);
  const isPlain = kernelAxes.startsWith(summed) && reads.endsWith(summed) && writes === kept + added;
  const [kernel, bias] = layer.tensors(['kernel', typeof config.get('bias_axes') === 'string' && 'bias']);
  if (!isPlain || summed === '' || added === '' || kernel?.shape.length !== kernelAxes.length) {
    throw new NotTranslatedError('multiplies in a way that is not understood');
  }
  const sizes = kernel.shape.slice(summed.length);
  const output = projection(layer, input, kernel, bias, summed.length);
  const rank = input.rank - summed.length;
  const split = sizes.length > 1 ? layer.reshape(output, [...keptAxes(rank), ...sizes]) : output;
  return [activate(layer, split)];
};

/** For a reshape: the first axes as they are. */
const keptAxes = (count: number) => new Array<number>(count).fill(0);

/** Multiplies the last `summed` axes with a kernel of any rank, as one matrix. The result has one axis for all that is new. */
export function projection(
  layer: Layer,
  input: Flow,
  kernel: StoredTensor,
  bias: StoredTensor | undefined,
  summed: number,
): Flow {
  const [reads, writes] = [kernel.shape.slice(0, summed), kernel.shape.slice(summed)].map((sizes) =>
    sizes.reduce((total, size) => total * size, 1),
  );
  const joined = summed > 1 ? layer.reshape(input, [...keptAxes(input.rank - summed), reads]) : input;
  const inShape = (tensor: StoredTensor, shape: readonly number[]) => {
    const name = layer.builder.tensor(tensor);
    return tensor.shape.length === shape.length ? name : layer.reshape(name, shape);
  };
  return multiply(layer, joined, inShape(kernel, [reads, writes]), bias ? inShape(bias, [writes]) : '');
}

export const LINEAR: readonly (readonly [string, Translation])[] = [
  ['Dense', dense],
  ['EinsumDense', einsumDense],
  ['Conv1D', convolution(1)],
  ['Conv2D', convolution(2)],
  ['Conv3D', convolution(3)],
  ['Convolution1D', convolution(1)],
  ['Convolution2D', convolution(2)],
  ['DepthwiseConv1D', depthwise(1)],
  ['DepthwiseConv2D', depthwise(2)],
  ['SeparableConv1D', separable(1)],
  ['SeparableConv2D', separable(2)],
  ['Conv1DTranspose', transposed(1)],
  ['Conv2DTranspose', transposed(2)],
  ['Conv3DTranspose', transposed(3)],
];
