/** DenseNet as torchvision and timm name it: every layer of a block reads what all before it in the block have written. */
import type { Family } from '../family';
import { head } from '../head';
import type { InferenceBuilder, Value } from '../inference-builder';
import {
  activation,
  batchNorm,
  type ConvOptions,
  concat,
  conv,
  globalPool,
  need,
  needModule,
  pool,
} from '../layers';
import type { Module } from '../module';

const IMAGENET_SIDE = 224;
const CIFAR_SIDE = 32;

/** Norm, activation, convolution, in this order. */
function preactivated(
  builder: InferenceBuilder,
  x: Value,
  norm: Module,
  layer: Module,
  options?: ConvOptions,
): Value {
  return conv(builder, activation(builder, batchNorm(builder, x, norm)), layer, options);
}

function writeDenseBlock(builder: InferenceBuilder, input: Value, block: Module): Value {
  const written = [input];
  for (const layer of block.series('denselayer')) {
    let x = written.length === 1 ? input : concat(builder, written, 1);
    x = preactivated(builder, x, needModule(layer, 'norm1'), needModule(layer, 'conv1'));
    if (layer.has('conv2'))
      x = preactivated(builder, x, needModule(layer, 'norm2'), needModule(layer, 'conv2'));
    written.push(x);
  }
  return concat(builder, written, 1);
}

function writeStem(builder: InferenceBuilder, features: Module): Value {
  const stem = needModule(features, 'conv0');
  const [, channels, kernel] = need(stem, 'weight').shape;
  const side = kernel > 3 ? IMAGENET_SIDE : CIFAR_SIDE;
  builder.assume(`Pictures of ${side}×${side}, as for ${kernel > 3 ? 'ImageNet' : 'CIFAR'}`);
  const x = conv(builder, builder.input(channels, [side, side]), stem, { stride: kernel > 3 ? 2 : 1 });
  const norm = features.child('norm0');
  if (!norm) return x;
  const y = activation(builder, batchNorm(builder, x, norm));
  return kernel > 3 ? pool(builder, y, 'MaxPool', { kernel: 3, stride: 2, padding: 1 }) : y;
}

export const DENSENET: Family = {
  name: 'torchvision’s and timm’s DenseNet',
  signs: [
    'features.conv0',
    'features.denseblock1.denselayer1.norm1',
    'features.denseblock1.denselayer1.conv1',
  ],
  activation: 'Relu',
  write(builder, { root }) {
    const features = needModule(root, 'features');
    let x = writeStem(builder, features);
    const blocks = features.series('denseblock');
    blocks.forEach((block, index) => {
      x = writeDenseBlock(builder, x, block);
      const transition = features.child(`transition${index + 1}`);
      if (!transition) return;
      x = preactivated(builder, x, needModule(transition, 'norm'), needModule(transition, 'conv'));
      x = pool(builder, x, 'AveragePool', { kernel: 2 });
    });
    const last = features.child(`norm${blocks.length + 1}`) ?? needModule(features, 'norm_final');
    x = globalPool(builder, activation(builder, batchNorm(builder, x, last)));
    builder.output(head(builder, x, root.child('classifier')));
  },
};
