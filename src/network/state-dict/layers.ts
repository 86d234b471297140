/**
 * Layers as PyTorch stores them, written into a program: what every family is made of. Each checks that the tensors fit what
 * they read, and throws MismatchError where they do not.
 */
import type { StoredTensor } from '../../formats';
import { product } from '../activation';
import type { ActivationType } from './activation-types';
import { type InferenceBuilder, MismatchError, type Value } from './inference-builder';
import type { Module } from './module';

/** A tensor that must be there. */
export function need(module: Module, path: string): StoredTensor {
  const tensor = module.tensor(path);
  if (!tensor) throw new MismatchError(`it has no ${module.path ? `${module.path}.` : ''}${path}`);
  if (tensor.elementCount === 0) throw new MismatchError(`"${tensor.name}" is empty`);
  return tensor;
}

/** A module that must be there. */
export function needModule(module: Module, path: string): Module {
  const found = module.child(path);
  if (!found) throw new MismatchError(`it has no ${module.path ? `${module.path}.` : ''}${path}`);
  return found;
}

function misfit(tensor: StoredTensor, wanted: string): MismatchError {
  return new MismatchError(`"${tensor.name}" of shape ${tensor.shape.join('×')} ${wanted}`);
}

export interface ConvOptions {
  readonly stride?: number;
  /** Per side; half the kernel (same size) if it is not given. */
  readonly padding?: number;
}

/** A convolution; the groups follow from the shapes. */
export function conv(builder: InferenceBuilder, x: Value, module: Module, options: ConvOptions = {}): Value {
  return convWith(builder, x, need(module, 'weight'), module.tensor('bias'), options);
}

/** The weight is [out, in / groups, kernel…]. */
export function convWith(
  builder: InferenceBuilder,
  x: Value,
  weight: StoredTensor,
  bias: StoredTensor | undefined,
  { stride = 1, padding }: ConvOptions,
): Value {
  const [count, perGroup, ...kernel] = weight.shape;
  const [, channels, ...sides] = x.shape;
  const groups = channels / perGroup;
  if (kernel.length !== sides.length || kernel.length === 0)
    throw misfit(weight, `is no kernel for pictures of ${sides.length} axes`);
  if (!Number.isInteger(groups) || count % groups) throw misfit(weight, `cannot read ${channels} channels`);
  if (bias && product(bias.shape) !== count) throw misfit(bias, `is no bias for ${count} channels`);
  const pads = kernel.map((size) => padding ?? (size - 1) >> 1);
  const sizes = sides.map((side, axis) => Math.floor((side + 2 * pads[axis] - kernel[axis]) / stride) + 1);
  if (!sizes.every((size) => size >= 1))
    throw misfit(weight, `is larger than a picture of ${sides.join('×')}`);
  return builder.op('Conv', [x, weight, bias], [1, count, ...sizes], {
    group: groups,
    kernel_shape: kernel,
    strides: kernel.map(() => stride),
    pads: [...pads, ...pads],
  });
}

export interface GrowthOptions {
  readonly stride: number;
  /** Per side, along every axis. */
  readonly padding: readonly number[];
  /** Further places at the end of every axis. */
  readonly extra: readonly number[];
}

/** Larger pictures are claims. */
const MAX_SIDE = 2 ** 20;

/** A transposed convolution without groups; the weight is [in, out, kernel…]. */
export function convTransposeWith(
  builder: InferenceBuilder,
  x: Value,
  weight: StoredTensor,
  bias: StoredTensor | undefined,
  { stride, padding, extra }: GrowthOptions,
): Value {
  const [reads, count, ...kernel] = weight.shape;
  const [, channels, ...sides] = x.shape;
  if (kernel.length !== sides.length || reads !== channels)
    throw misfit(weight, `cannot read ${channels} channels of ${sides.length} axes`);
  if (bias && product(bias.shape) !== count) throw misfit(bias, `is no bias for ${count} channels`);
  const sizes = sides.map(
    (side, axis) => (side - 1) * stride + kernel[axis] - 2 * padding[axis] + extra[axis],
  );
  if (!sizes.every((size) => size >= 1 && size <= MAX_SIDE))
    throw misfit(weight, `makes a picture of ${sides.join('×')} one of ${sizes.join('×')}`);
  return builder.op('ConvTranspose', [x, weight, bias], [1, count, ...sizes], {
    kernel_shape: kernel,
    strides: kernel.map(() => stride),
    pads: [...padding, ...padding],
    output_padding: extra,
  });
}

/** x·Wᵀ + b over the last axis, or the only one. */
export function linear(builder: InferenceBuilder, x: Value, module: Module): Value {
  return linearWith(builder, x, need(module, 'weight'), module.tensor('bias'));
}

/** `isTransposed`: the weight is [in, out] (GPT-2's Conv1D). */
export function linearWith(
  builder: InferenceBuilder,
  x: Value,
  weight: StoredTensor,
  bias: StoredTensor | undefined,
  isTransposed = false,
): Value {
  const size = x.shape[x.shape.length - 1];
  const [reads, count] = isTransposed ? weight.shape : [...weight.shape].reverse();
  if (weight.shape.length !== 2 || reads !== size) throw misfit(weight, `cannot read ${size} values`);
  if (bias && product(bias.shape) !== count) throw misfit(bias, `is no bias for ${count} neurons`);
  const shape = [...x.shape.slice(0, -1), count];
  if (x.shape.length === 2)
    return builder.op('Gemm', [x, weight, bias], shape, { transB: isTransposed ? 0 : 1 });
  const matrix = isTransposed ? weight : builder.op('Transpose', [weight], [reads, count], { perm: [1, 0] });
  const y = builder.op('MatMul', [x, matrix], shape);
  return bias ? builder.op('Add', [y, bias], shape) : y;
}

/** The parts of a norm, under the names that PyTorch, TensorFlow and JAX give them. */
const NORM_PARTS = [
  ['weight', 'gamma', 'scale'],
  ['bias', 'beta'],
  ['running_mean', 'moving_mean', 'mean'],
  ['running_var', 'moving_variance', 'var'],
] as const;

/** True for a module with parameters of a norm. */
export const isNorm = (module: Module): boolean => NORM_PARTS.flat().some((name) => module.tensor(name));

function normParts(module: Module, count: number): (StoredTensor | undefined)[] {
  const parts = NORM_PARTS.map((names) => names.map((name) => module.tensor(name)).find((part) => part));
  for (const part of parts) {
    if (part && product(part.shape) !== count) throw misfit(part, `is no norm of ${count} channels`);
  }
  if (!parts.some((part) => part)) throw new MismatchError(`"${module.path}" is no norm`);
  return parts;
}

/** Batch norm over the channels of pictures or features. */
export function batchNorm(builder: InferenceBuilder, x: Value, module: Module): Value {
  return builder.op('BatchNormalization', [x, ...normParts(module, x.shape[1])], x.shape);
}

/** Layer norm, or RMS norm, over the last axis. */
export function layerNorm(
  builder: InferenceBuilder,
  x: Value,
  module: Module,
  kind: 'layer' | 'rms' = 'layer',
): Value {
  const [scale, shift] = normParts(module, x.shape[x.shape.length - 1]);
  return kind === 'rms'
    ? builder.op('RMSNormalization', [x, scale], x.shape)
    : builder.op('LayerNormalization', [x, scale, shift], x.shape);
}

/** Group norm of pictures. */
export function groupNorm(builder: InferenceBuilder, x: Value, module: Module, groups: number): Value {
  const [scale, shift] = normParts(module, x.shape[1]);
  return builder.op('GroupNormalization', [x, scale, shift], x.shape, { num_groups: groups });
}

/** What follows hidden layers, or the function that `type` says. */
export function activation(
  builder: InferenceBuilder,
  x: Value,
  type: ActivationType = builder.hiddenActivation,
): Value {
  return builder.op(type, [x], x.shape);
}

interface PoolOptions extends ConvOptions {
  readonly kernel: number;
  readonly roundsUp?: boolean;
}

/** A window of maxima or means. */
export function pool(
  builder: InferenceBuilder,
  x: Value,
  type: 'MaxPool' | 'AveragePool',
  { kernel, stride = kernel, padding = 0, roundsUp = false }: PoolOptions,
): Value {
  const sides = x.shape.slice(2);
  const round = roundsUp ? Math.ceil : Math.floor;
  const sizes = sides.map((side) => round((side + 2 * padding - kernel) / stride) + 1);
  if (!sizes.every((size) => size >= 1))
    throw new MismatchError(`a picture of ${sides.join('×')} is pooled away`);
  return builder.op(type, [x], [...x.shape.slice(0, 2), ...sizes], {
    kernel_shape: sides.map(() => kernel),
    strides: sides.map(() => stride),
    pads: [...sides, ...sides].map(() => padding),
    ceil_mode: roundsUp ? 1 : 0,
  });
}

/** Means over windows such that `sides` of them fit, as adaptive pooling chooses them. */
export function poolTo(builder: InferenceBuilder, x: Value, sides: readonly number[]): Value {
  const before = x.shape.slice(2);
  if (before.every((side, axis) => side === sides[axis])) return x;
  const strides = before.map((side, axis) => Math.floor(side / sides[axis]));
  const kernel = before.map((side, axis) => side - (sides[axis] - 1) * strides[axis]);
  if (!strides.every((stride) => stride >= 1))
    throw new MismatchError(`a picture of ${before.join('×')} is pooled to ${sides.join('×')}`);
  return builder.op('AveragePool', [x], [...x.shape.slice(0, 2), ...sides], {
    kernel_shape: kernel,
    strides,
  });
}

/** Mean over all positions, [1, channels]. */
export function globalPool(builder: InferenceBuilder, x: Value): Value {
  const ones = x.shape.slice(2).map(() => 1);
  return flatten(builder, builder.op('GlobalAveragePool', [x], [1, x.shape[1], ...ones]));
}

export function flatten(builder: InferenceBuilder, x: Value): Value {
  return builder.op('Flatten', [x], [1, product(x.shape)], { axis: 1 });
}

export function reshape(builder: InferenceBuilder, x: Value, shape: readonly number[]): Value {
  return builder.op('Reshape', [x, builder.integers(shape)], shape);
}

export function transpose(builder: InferenceBuilder, x: Value, permutation: readonly number[]): Value {
  const shape = permutation.map((axis) => x.shape[axis]);
  return builder.op('Transpose', [x], shape, { perm: permutation });
}

/** One place along an axis, which goes. */
export function pick(builder: InferenceBuilder, x: Value, axis: number, place: number): Value {
  const shape = x.shape.filter((_, index) => index !== axis);
  return builder.op('Gather', [x, builder.integers(place)], shape, { axis });
}

/** `branch` + `x`; `label`: what the meeting is called. */
export function sum(builder: InferenceBuilder, branch: Value, x: Value, label: string): Value {
  if (branch.shape.join() !== x.shape.join())
    throw new MismatchError(`${label} would add ${x.shape.join('×')} to ${branch.shape.join('×')}`);
  return builder.op('Add', [branch, x], x.shape, {}, label);
}

/** Every other pixel, and zeros for the channels that are new: a shortcut without parameters. */
export function paddedShortcut(
  builder: InferenceBuilder,
  x: Value,
  [, channels, ...sides]: readonly number[],
): Value {
  const [, own, ...before] = x.shape;
  const extra = channels - own;
  if (extra < 0) throw new MismatchError(`a shortcut would drop ${-extra} channels`);
  if (!sides.every((side, axis) => side === Math.ceil(before[axis] / 2)))
    throw new MismatchError(`a shortcut would lead from ${before.join('×')} pixels to ${sides.join('×')}`);
  const axes = sides.map((_, axis) => axis + 2);
  const slice = [axes.map(() => 0), before, axes, axes.map(() => 2)].map((list) => builder.integers(list));
  const strided = builder.op('Slice', [x, ...slice], [1, own, ...sides]);
  const none = axes.map(() => 0);
  const first = Math.floor(extra / 2);
  const pads = [0, first, ...none, 0, extra - first, ...none];
  return builder.op('Pad', [strided, builder.integers(pads)], [1, channels, ...sides]);
}

/** Activations behind one another along an axis. */
export function concat(builder: InferenceBuilder, values: readonly Value[], axis: number): Value {
  const size = values.reduce((total, { shape }) => total + shape[axis], 0);
  const shape = values[0].shape.map((own, index) => (index === axis ? size : own));
  return builder.op('Concat', values, shape, { axis });
}

/** x · gate(second(activation(first(mean of x)))): one factor per channel, as squeeze-and-excitation computes it. */
export function squeezeExcite(
  builder: InferenceBuilder,
  x: Value,
  [first, second]: readonly [Module, Module],
  [inner, gate]: readonly [ActivationType, ActivationType],
): Value {
  const ones = x.shape.slice(2).map(() => 1);
  const mean = builder.op('GlobalAveragePool', [x], [1, x.shape[1], ...ones]);
  const hidden = activation(builder, conv(builder, mean, first), inner);
  const factors = activation(builder, conv(builder, hidden, second), gate);
  if (factors.shape[1] !== x.shape[1])
    throw new MismatchError(`"${second.path}" gates ${factors.shape[1]} of ${x.shape[1]} channels`);
  return builder.op('Mul', [x, factors], x.shape, {}, `${second.path}.gate`);
}
