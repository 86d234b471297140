/** ConvNeXt as torchvision and timm name it. Its norms and its two layers per block work on channels that stand last. */
import type { StoredTensor } from '../../../formats';
import type { Family } from '../family';
import { head } from '../head';
import type { InferenceBuilder, Value } from '../inference-builder';
import { activation, conv, globalPool, layerNorm, linear, need, needModule, sum, transpose } from '../layers';
import type { Module } from '../module';

const SIDE = 224;
const CHANNELS_LAST = [0, 2, 3, 1];
const CHANNELS_FIRST = [0, 3, 1, 2];

interface Block {
  readonly path: string;
  readonly depthwise: Module;
  readonly norm: Module;
  readonly up: Module;
  readonly down: Module;
  readonly scale: StoredTensor | undefined;
}

function normPicture(builder: InferenceBuilder, x: Value, norm: Module): Value {
  const last = transpose(builder, x, CHANNELS_LAST);
  return transpose(builder, layerNorm(builder, last, norm), CHANNELS_FIRST);
}

/** A convolution of patches that do not overlap. */
function patches(builder: InferenceBuilder, x: Value, module: Module): Value {
  return conv(builder, x, module, { stride: need(module, 'weight').shape[2], padding: 0 });
}

function writeBlock(
  builder: InferenceBuilder,
  x: Value,
  { path, depthwise, norm, up, down, scale }: Block,
): Value {
  const y = transpose(builder, conv(builder, x, depthwise), CHANNELS_LAST);
  const hidden = activation(builder, linear(builder, layerNorm(builder, y, norm), up));
  const z = transpose(builder, linear(builder, hidden, down), CHANNELS_FIRST);
  if (!scale) return sum(builder, z, x, `${path}.add`);
  // timm stores one factor per channel, torchvision [channels, 1, 1].
  const shape = [scale.elementCount, 1, 1];
  const spread = builder.op('Reshape', [scale, builder.integers(shape)], shape);
  return sum(builder, builder.op('Mul', [z, spread], z.shape), x, `${path}.add`);
}

function writeStem(builder: InferenceBuilder, layer: Module, norm: Module): Value {
  builder.assume(`Pictures of ${SIDE}×${SIDE}, as for ImageNet`);
  const x = builder.input(need(layer, 'weight').shape[1], [SIDE, SIDE]);
  return normPicture(builder, patches(builder, x, layer), norm);
}

export const TORCHVISION_CONVNEXT: Family = {
  name: 'torchvision’s ConvNeXt',
  signs: ['features.0.0', 'features.1.0.block.0', 'features.1.0.layer_scale', 'classifier.0'],
  activation: 'Gelu',
  write(builder, { root }) {
    const [stem, ...stages] = needModule(root, 'features').numbered.map(({ module }) => module);
    let x = writeStem(builder, needModule(stem, '0'), needModule(stem, '1'));
    for (const stage of stages) {
      const layers = stage.numbered.map(({ module }) => module);
      if (!layers[0].has('block')) {
        x = patches(builder, normPicture(builder, x, layers[0]), needModule(stage, '1'));
        continue;
      }
      for (const block of layers) {
        const at = (number: number) => needModule(block, `block.${number}`);
        const scale = block.tensor('layer_scale');
        const parts = { depthwise: at(0), norm: at(2), up: at(3), down: at(5), scale };
        x = writeBlock(builder, x, { path: block.path, ...parts });
      }
    }
    const pooled = layerNorm(builder, globalPool(builder, x), needModule(root, 'classifier.0'));
    builder.output(head(builder, pooled, root.child('classifier.2')));
  },
};

export const TIMM_CONVNEXT: Family = {
  name: 'timm’s ConvNeXt',
  signs: ['stem.0', 'stages.0.blocks.0.conv_dw', 'stages.0.blocks.0.mlp.fc1', 'head.norm'],
  activation: 'Gelu',
  write(builder, { root }) {
    let x = writeStem(builder, needModule(root, 'stem.0'), needModule(root, 'stem.1'));
    for (const { module: stage } of needModule(root, 'stages').numbered) {
      if (stage.has('downsample')) {
        const normed = normPicture(builder, x, needModule(stage, 'downsample.0'));
        x = patches(builder, normed, needModule(stage, 'downsample.1'));
      }
      for (const { module: block } of needModule(stage, 'blocks').numbered) {
        const layer = (name: string) => needModule(block, name);
        const parts = {
          depthwise: layer('conv_dw'),
          norm: layer('norm'),
          up: layer('mlp.fc1'),
          down: layer('mlp.fc2'),
        };
        x = writeBlock(builder, x, { path: block.path, ...parts, scale: block.tensor('gamma') });
      }
    }
    const pooled = layerNorm(builder, globalPool(builder, x), needModule(root, 'head.norm'));
    builder.output(head(builder, pooled, root.child('head.fc')));
  },
};
