/** MobileNetV2, MobileNetV3 and EfficientNet as torchvision names them. */

import type { ActivationType } from '../activation-types';
import type { Family } from '../family';
import { head } from '../head';
import { type InferenceBuilder, MismatchError, type Value } from '../inference-builder';
import { globalPool, need, needModule } from '../layers';
import type { Module } from '../module';
import {
  type BlockParts,
  type ConvNorm,
  convNorm,
  EFFICIENTNET_STRIDES,
  formOf,
  invertedResidual,
} from './inverted-residual';

const SIDE = 224;

/** Conv2dNormActivation: the convolution is 0, the norm is 1. */
const pairOf = (module: Module): ConvNorm => [needModule(module, '0'), needModule(module, '1')];

/** Of a block's convolutions, only the one that works on every channel alone looks at neighbours. */
const isDepthwise = ([layer]: ConvNorm) => need(layer, 'weight').shape[2] > 1;

function startPicture(builder: InferenceBuilder, stem: Module): Value {
  builder.assume(`Pictures of ${SIDE}×${SIDE}, as for ImageNet`);
  return builder.input(need(stem, '0.weight').shape[1], [SIDE, SIDE]);
}

/** MobileNetV2 numbers [expand,] depthwise (two pairs), then convolution and norm of the projection on their own. */
function partsOfV2(block: Module): BlockParts {
  const layers = needModule(block, 'conv').numbered.map(({ module }) => module);
  const [depthwise, ...expand] = layers.slice(0, -2).map(pairOf).reverse();
  if (layers.length < 3) throw new MismatchError(`"${block.path}" has ${layers.length} layers, not 3 or 4`);
  return { expand: expand[0], depthwise, project: [layers[layers.length - 2], layers[layers.length - 1]] };
}

/** MobileNetV3 and EfficientNet number [expand,] depthwise, [squeeze-and-excitation,] projection. */
function partsOfV3(block: Module): BlockParts {
  const layers = needModule(block, 'block').numbered.map(({ module }) => module);
  const gate = layers.find((module) => module.has('fc1', 'fc2'));
  const pairs = layers.filter((module) => module !== gate).map(pairOf);
  const at = pairs.findIndex(isDepthwise);
  const [depthwise, project] = [pairs[at], pairs[at + 1]];
  if (!depthwise || !project)
    throw new MismatchError(`"${block.path}" has no depthwise convolution and projection`);
  const excite = gate && ([needModule(gate, 'fc1'), needModule(gate, 'fc2')] as const);
  return { expand: at > 0 ? pairs[0] : undefined, depthwise, excite, project };
}

/** MobileNets up to the head: stem, blocks and last convolution in one Sequential; `outer`: the activation of stem and end. */
function writeMobileNet(
  builder: InferenceBuilder,
  root: Module,
  partsOf: (block: Module) => BlockParts,
  outer: ActivationType,
): Value {
  const parts = needModule(root, 'features').numbered.map(({ module }) => module);
  const [stem, last] = [parts[0], parts[parts.length - 1]];
  const blocks = parts.slice(1, -1);
  const form = formOf(blocks.length);
  if (!form) throw new MismatchError(`no MobileNet with ${blocks.length} blocks is known`);
  builder.assume(`Strides and activations of ${form.name}, which has as many blocks`);
  let x = convNorm(builder, startPicture(builder, stem), pairOf(stem), 2, outer);
  blocks.forEach((block, index) => {
    const [stride, type] = [form.strides[index], form.activations[index]];
    const style = { stride, activation: type, excite: ['Relu', 'HardSigmoid'] } as const;
    x = invertedResidual(builder, x, partsOf(block), style, block.path);
  });
  return globalPool(builder, convNorm(builder, x, pairOf(last), 1, outer));
}

export const MOBILENET_V2: Family = {
  name: 'torchvision’s MobileNetV2',
  signs: ['features.0.0', 'features.1.conv.0.0', 'features.2.conv.3'],
  activation: 'Clip',
  write(builder, { root }) {
    const features = writeMobileNet(builder, root, partsOfV2, 'Clip');
    builder.output(head(builder, features, root.child('classifier')));
  },
};

export const MOBILENET_V3: Family = {
  name: 'torchvision’s MobileNetV3',
  signs: ['features.0.0', 'features.1.block.0.0', 'features.2.block.0.0'],
  activation: 'HardSwish',
  write(builder, { root }) {
    const features = writeMobileNet(builder, root, partsOfV3, 'HardSwish');
    builder.output(head(builder, features, root.child('classifier'), 'HardSwish'));
  },
};

export const EFFICIENTNET: Family = {
  name: 'torchvision’s EfficientNet',
  signs: ['features.0.0', 'features.1.0.block.0.0', 'features.2.0.block.0.0'],
  activation: 'Swish',
  write(builder, { root }) {
    const stages = needModule(root, 'features').numbered.map(({ module }) => module);
    const [stem, last] = [stages[0], stages[stages.length - 1]];
    const type = builder.hiddenActivation;
    let x = convNorm(builder, startPicture(builder, stem), pairOf(stem), 2, type);
    stages.slice(1, -1).forEach((stage, number) => {
      stage.numbered.forEach(({ module: block }, place) => {
        const stride = place === 0 ? (EFFICIENTNET_STRIDES[number] ?? 1) : 1;
        const style = { stride, activation: type, excite: [type, 'Sigmoid'] } as const;
        x = invertedResidual(builder, x, partsOfV3(block), style, block.path);
      });
    });
    builder.assume('Strides of EfficientNet’s stages');
    const features = globalPool(builder, convNorm(builder, x, pairOf(last), 1, type));
    builder.output(head(builder, features, root.child('classifier')));
  },
};
