/**
 * ResNet, ResNeXt and Wide ResNet as torchvision and timm name them, and the small ones for CIFAR: basic and bottleneck
 * blocks, groups as the shapes say, shortcuts by convolution, by pooling and convolution, or by padding (option A).
 */
import type { Family } from '../family';
import {
  activation,
  batchNorm,
  conv,
  globalPool,
  linear,
  need,
  needModule,
  pool,
  squeezeExcite,
  sum,
} from '../layers';
import type { Module } from '../module';
import { MismatchError, type ProgramBuilder, type Value } from '../program-builder';

const IMAGENET_SIDE = 224;
const CIFAR_SIDE = 32;

function convNorm(builder: ProgramBuilder, x: Value, block: Module, number: number, stride = 1): Value {
  const y = conv(builder, x, needModule(block, `conv${number}`), { stride });
  return batchNorm(builder, y, needModule(block, `bn${number}`));
}

/** Every other pixel, and zeros for the channels that are new: a shortcut without parameters. */
function paddedShortcut(builder: ProgramBuilder, x: Value, [, channels, ...sides]: readonly number[]): Value {
  const extra = channels - x.shape[1];
  if (extra < 0) throw new MismatchError(`a shortcut would drop ${-extra} channels`);
  const strided = builder.op(
    'Slice',
    [x, ...[[0, 0], x.shape.slice(2), [2, 3], [2, 2]].map((list) => builder.integers(list))],
    [1, x.shape[1], ...sides],
  );
  const before = Math.floor(extra / 2);
  const pads = [0, before, 0, 0, 0, extra - before, 0, 0];
  return builder.op('Pad', [strided, builder.integers(pads)], [1, channels, ...sides]);
}

/** What is added to the block's result. Numbered layers: [convolution, norm], or [pool, convolution, norm] (ResNet-D). */
function shortcut(builder: ProgramBuilder, x: Value, block: Module, y: Value, stride: number): Value {
  const [first, second] = (block.child('downsample') ?? block.child('shortcut'))?.numbered ?? [];
  if (second) {
    const isPooled = first.index === 1;
    const pooled = isPooled && stride > 1 ? pool(builder, x, 'AveragePool', { kernel: stride }) : x;
    const projected = conv(builder, pooled, first.module, { stride: isPooled ? 1 : stride });
    return batchNorm(builder, projected, second.module);
  }
  return x.shape.join() === y.shape.join() ? x : paddedShortcut(builder, x, y.shape);
}

function writeBlock(builder: ProgramBuilder, x: Value, block: Module, stride: number): Value {
  const isBottleneck = block.has('conv3');
  // torchvision and timm put the stride of a bottleneck into its 3×3 convolution.
  let y = convNorm(builder, x, block, 1, isBottleneck ? 1 : stride);
  y = convNorm(builder, activation(builder, y, 'Relu'), block, 2, isBottleneck ? stride : 1);
  if (isBottleneck) y = convNorm(builder, activation(builder, y, 'Relu'), block, 3);
  if (block.has('se')) {
    const gate = [needModule(block, 'se.fc1'), needModule(block, 'se.fc2')] as const;
    y = squeezeExcite(builder, y, gate, ['Relu', 'Sigmoid']);
  }
  return activation(
    builder,
    sum(builder, y, shortcut(builder, x, block, y, stride), `${block.path}.add`),
    'Relu',
  );
}

/** One convolution, or timm's deep stem of three: numbered, with a norm after each but the last. */
function writeStem(builder: ProgramBuilder, root: Module): Value {
  const layers = needModule(root, 'conv1').numbered;
  const weights = layers.filter(({ module }) => need(module, 'weight').shape.length === 4);
  const first = need(weights[0]?.module ?? needModule(root, 'conv1'), 'weight');
  const [, channels, kernel] = first.shape;
  const isLarge = kernel > 3 || weights.length > 0;
  let x = builder.input(channels, Array(2).fill(isLarge ? IMAGENET_SIDE : CIFAR_SIDE));
  builder.assume(
    isLarge
      ? `Pictures of ${IMAGENET_SIDE}×${IMAGENET_SIDE}, as for ImageNet`
      : `Pictures of ${CIFAR_SIDE}×${CIFAR_SIDE} and no pooling at the beginning, as for CIFAR: the first kernel is small`,
  );
  let stride = isLarge ? 2 : 1;
  if (weights.length === 0) x = conv(builder, x, needModule(root, 'conv1'), { stride });
  for (const { module } of layers) {
    if (need(module, 'weight').shape.length === 4) {
      x = conv(builder, x, module, { stride });
      stride = 1;
    } else x = activation(builder, batchNorm(builder, x, module), 'Relu');
  }
  x = activation(builder, batchNorm(builder, x, needModule(root, 'bn1')), 'Relu');
  return isLarge ? pool(builder, x, 'MaxPool', { kernel: 3, stride: 2, padding: 1 }) : x;
}

export const RESNET: Family = {
  name: 'torchvision’s and timm’s ResNet',
  signs: ['conv1', 'bn1', 'layer1.0.conv1', 'layer1.0.bn1', 'layer1.0.conv2', 'layer1.0.bn2'],
  write(builder, { root }) {
    let x = writeStem(builder, root);
    root.series('layer').forEach((stage, number) => {
      stage.numbered.forEach(({ module }, place) => {
        x = writeBlock(builder, x, module, number > 0 && place === 0 ? 2 : 1);
      });
    });
    const head = root.child('fc') ?? root.child('linear');
    x = globalPool(builder, x);
    builder.output(head ? linear(builder, x, head) : x);
    builder.assume('Strides, pooling and ReLU where every ResNet has them');
  },
};
