/** MobileNetV3 and EfficientNet as timm names them: stages of blocks whose layers have names. */
import type { ActivationType } from '../activation-types';
import type { Family } from '../family';
import { head } from '../head';
import { type InferenceBuilder, MismatchError, type Value } from '../inference-builder';
import { activation, batchNorm, conv, flatten, globalPool, need, needModule } from '../layers';
import type { Module } from '../module';
import {
  type BlockParts,
  type BlockStyle,
  type ConvNorm,
  convNorm,
  EFFICIENTNET_STRIDES,
  formOf,
  invertedResidual,
} from './inverted-residual';

const SIDE = 224;

const pairOf = (block: Module, layer: string, norm: string): ConvNorm => [
  needModule(block, layer),
  needModule(block, norm),
];

/** Blocks that expand have three convolutions, the first block has two. */
function partsOf(block: Module): BlockParts {
  const excite = block.has('se')
    ? ([needModule(block, 'se.conv_reduce'), needModule(block, 'se.conv_expand')] as const)
    : undefined;
  return block.has('conv_pwl')
    ? {
        expand: pairOf(block, 'conv_pw', 'bn1'),
        depthwise: pairOf(block, 'conv_dw', 'bn2'),
        excite,
        project: pairOf(block, 'conv_pwl', 'bn3'),
      }
    : { depthwise: pairOf(block, 'conv_dw', 'bn1'), excite, project: pairOf(block, 'conv_pw', 'bn2') };
}

/** Writes the stem and all stages. The last stage of MobileNetV3 is one convolution. */
function writeStages(
  builder: InferenceBuilder,
  root: Module,
  outer: ActivationType,
  styleOf: (stage: number, place: number, index: number) => BlockStyle,
): Value {
  const stem = pairOf(root, 'conv_stem', 'bn1');
  builder.assume(`Pictures of ${SIDE}×${SIDE}, as for ImageNet`);
  let x = builder.input(need(stem[0], 'weight').shape[1], [SIDE, SIDE]);
  // Keras normalises pictures within the network.
  const normalization = root.child('normalization');
  if (normalization) x = batchNorm(builder, x, normalization);
  x = convNorm(builder, x, stem, 2, outer);
  let index = 0;
  needModule(root, 'blocks').numbered.forEach(({ module: stage }, number) => {
    stage.numbered.forEach(({ module: block }, place) => {
      x = block.has('conv')
        ? convNorm(builder, x, pairOf(block, 'conv', 'bn1'), 1, outer)
        : invertedResidual(builder, x, partsOf(block), styleOf(number, place, index++), block.path);
    });
  });
  return x;
}

export const TIMM_MOBILENET_V3: Family = {
  name: 'timm’s MobileNetV3',
  signs: ['conv_stem', 'bn1', 'blocks.0.0.conv_dw', 'conv_head.bias'],
  activation: 'HardSwish',
  write(builder, { root }) {
    const blocks = needModule(root, 'blocks').numbered.flatMap(({ module }) => module.numbered);
    const count = blocks.filter(({ module }) => module.has('conv_dw')).length;
    const form = formOf(count);
    if (!form) throw new MismatchError(`no MobileNet with ${count} blocks is known`);
    builder.assume(`Strides and activations of ${form.name}, which has as many blocks`);
    const x = writeStages(builder, root, 'HardSwish', (_, __, index) => ({
      stride: form.strides[index],
      activation: form.activations[index],
      excite: ['Relu', 'HardSigmoid'],
    }));
    const ones = x.shape.slice(2).map(() => 1);
    const mean = builder.op('GlobalAveragePool', [x], [1, x.shape[1], ...ones]);
    const hidden = activation(builder, conv(builder, mean, needModule(root, 'conv_head')), 'HardSwish');
    const features = flatten(builder, hidden);
    builder.output(head(builder, features, root.child('classifier')));
  },
};

export const TIMM_EFFICIENTNET: Family = {
  name: 'timm’s EfficientNet',
  signs: ['conv_stem', 'bn1', 'blocks.0.0.conv_dw', 'conv_head', 'bn2'],
  activation: 'Swish',
  write(builder, { root }) {
    const type = builder.hiddenActivation;
    let x = writeStages(builder, root, type, (stage, place) => ({
      stride: place === 0 ? (EFFICIENTNET_STRIDES[stage] ?? 1) : 1,
      activation: type,
      excite: [type, 'Sigmoid'],
    }));
    builder.assume('Strides of EfficientNet’s stages');
    x = conv(builder, x, needModule(root, 'conv_head'));
    x = globalPool(builder, activation(builder, batchNorm(builder, x, needModule(root, 'bn2')), type));
    builder.output(head(builder, x, root.child('classifier')));
  },
};
