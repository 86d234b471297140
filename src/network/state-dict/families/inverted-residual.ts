/**
 * The block of MobileNetV2, MobileNetV3 and EfficientNet: expand, convolve each channel on its own, squeeze and excite,
 * project; added to its input where both have one shape. Which strides and activations a network has is not in the file, but
 * follows from how many blocks it has, since these networks were found by search and come in few forms.
 */

import type { ActivationType } from '../activation-types';
import type { InferenceBuilder, Value } from '../inference-builder';
import { activation, batchNorm, conv, squeezeExcite, sum } from '../layers';
import type { Module } from '../module';

/** A convolution and its norm. */
export type ConvNorm = readonly [Module, Module];

export interface BlockParts {
  readonly expand?: ConvNorm;
  readonly depthwise: ConvNorm;
  readonly excite?: readonly [Module, Module];
  readonly project: ConvNorm;
}

export interface BlockStyle {
  readonly stride: number;
  readonly activation: ActivationType;
  /** Within squeeze-and-excitation, and its gate. */
  readonly excite: readonly [ActivationType, ActivationType];
}

export function convNorm(
  builder: InferenceBuilder,
  x: Value,
  [layer, norm]: ConvNorm,
  stride = 1,
  type?: ActivationType,
): Value {
  const y = batchNorm(builder, conv(builder, x, layer, { stride }), norm);
  return type ? activation(builder, y, type) : y;
}

export function invertedResidual(
  builder: InferenceBuilder,
  x: Value,
  { expand, depthwise, excite, project }: BlockParts,
  style: BlockStyle,
  path: string,
): Value {
  let y = expand ? convNorm(builder, x, expand, 1, style.activation) : x;
  y = convNorm(builder, y, depthwise, style.stride, style.activation);
  if (excite) y = squeezeExcite(builder, y, excite, style.excite);
  y = convNorm(builder, y, project);
  // torchvision and timm write the block's result first.
  return style.stride === 1 && y.shape.join() === x.shape.join() ? sum(builder, y, x, `${path}.add`) : y;
}

const repeat = <T>(value: T, times: number): T[] => Array(times).fill(value);

interface Form {
  readonly name: string;
  readonly strides: readonly number[];
  readonly activations: readonly ActivationType[];
}

/** By number of blocks. */
const FORMS: ReadonlyMap<number, Form> = new Map([
  [
    17,
    {
      name: 'MobileNetV2',
      strides: [1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1],
      activations: repeat<ActivationType>('Clip', 17),
    },
  ],
  [
    15,
    {
      name: 'MobileNetV3 (large)',
      strides: [1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1],
      activations: [...repeat<ActivationType>('Relu', 6), ...repeat<ActivationType>('HardSwish', 9)],
    },
  ],
  [
    11,
    {
      name: 'MobileNetV3 (small)',
      strides: [2, 2, 1, 2, 1, 1, 1, 1, 2, 1, 1],
      activations: [...repeat<ActivationType>('Relu', 3), ...repeat<ActivationType>('HardSwish', 8)],
    },
  ],
]);

/** The strides and activations of a network of so many blocks; undefined for one that was never published. */
export const formOf = (blockCount: number): Form | undefined => FORMS.get(blockCount);

/** Strides of the first blocks of EfficientNet's stages. */
export const EFFICIENTNET_STRIDES = [1, 2, 2, 2, 1, 2, 1];
