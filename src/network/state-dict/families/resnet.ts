/**
 * ResNet, ResNeXt and Wide ResNet as torchvision and timm name them, and the small ones for CIFAR: basic and bottleneck
 * blocks, groups as the shapes say, shortcuts by convolution, by pooling and convolution, or by padding (option A).
 */
import type { Family } from '../family';
import { head } from '../head';
import type { InferenceBuilder, Value } from '../inference-builder';
import {
  activation,
  batchNorm,
  conv,
  globalPool,
  need,
  needModule,
  paddedShortcut,
  pool,
  squeezeExcite,
  sum,
} from '../layers';
import type { Module } from '../module';

const IMAGENET_SIDE = 224;
const CIFAR_SIDE = 32;

function convNorm(builder: InferenceBuilder, x: Value, block: Module, number: number, stride = 1): Value {
  const y = conv(builder, x, needModule(block, `conv${number}`), { stride });
  return batchNorm(builder, y, needModule(block, `bn${number}`));
}

/** A shortcut with parameters. Numbered layers: [convolution, norm], or [pool, convolution, norm] (ResNet-D). */
function projection(builder: InferenceBuilder, x: Value, block: Module, stride: number): Value | undefined {
  const [first, second] = (block.child('downsample') ?? block.child('shortcut'))?.numbered ?? [];
  if (!second) return undefined;
  const isPooled = first.index === 1;
  const pooled = isPooled && stride > 1 ? pool(builder, x, 'AveragePool', { kernel: stride }) : x;
  const projected = conv(builder, pooled, first.module, { stride: isPooled ? 1 : stride });
  return batchNorm(builder, projected, second.module);
}

/** A shortcut without any, to a result of `shape`. */
const plainShortcut = (builder: InferenceBuilder, x: Value, shape: readonly number[]) =>
  x.shape.join() === shape.join() ? x : paddedShortcut(builder, x, shape);

/** What libraries do in different ways. */
interface Style {
  /** The convolution of a bottleneck that has the stride. */
  readonly strided: 1 | 2;
  /** The shortcut's convolution comes before the block's, not after them. */
  readonly isShortcutFirst: boolean;
}

function writeBlock(
  builder: InferenceBuilder,
  x: Value,
  block: Module,
  stride: number,
  { strided, isShortcutFirst }: Style,
): Value {
  const isBottleneck = block.has('conv3');
  const isFirst = !isBottleneck || strided === 1;
  const early = isShortcutFirst ? projection(builder, x, block, stride) : undefined;
  let y = convNorm(builder, x, block, 1, isFirst ? stride : 1);
  y = convNorm(builder, activation(builder, y), block, 2, isFirst ? 1 : stride);
  if (isBottleneck) y = convNorm(builder, activation(builder, y), block, 3);
  if (block.has('se')) {
    const gate = [needModule(block, 'se.fc1'), needModule(block, 'se.fc2')] as const;
    y = squeezeExcite(builder, y, gate, ['Relu', 'Sigmoid']);
  }
  const past = early ?? projection(builder, x, block, stride) ?? plainShortcut(builder, x, y.shape);
  return activation(builder, sum(builder, y, past, `${block.path}.add`));
}

/** One convolution, or timm's deep stem of three: numbered, with a norm after each but the last. */
function writeStem(builder: InferenceBuilder, root: Module): Value {
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
    } else x = activation(builder, batchNorm(builder, x, module));
  }
  x = activation(builder, batchNorm(builder, x, needModule(root, 'bn1')));
  return isLarge ? pool(builder, x, 'MaxPool', { kernel: 3, stride: 2, padding: 1 }) : x;
}

const resnet = (name: string, style: Style): Family => ({
  name,
  signs: ['conv1', 'bn1', 'layer1.0.conv1', 'layer1.0.bn1', 'layer1.0.conv2', 'layer1.0.bn2'],
  activation: 'Relu',
  write(builder, { root }) {
    let x = writeStem(builder, root);
    root.series('layer').forEach((stage, number) => {
      stage.numbered.forEach(({ module }, place) => {
        x = writeBlock(builder, x, module, number > 0 && place === 0 ? 2 : 1, style);
      });
    });
    builder.output(head(builder, globalPool(builder, x), root.child('fc') ?? root.child('linear')));
    builder.assume('Strides and pooling where every ResNet has them');
  },
});

/** torchvision and timm put the stride of a bottleneck into its 3×3 convolution. */
export const RESNET = resnet('torchvision’s and timm’s ResNet', { strided: 2, isShortcutFirst: false });

/** Keras puts it into the first, as it was first published. */
export const KERAS_STYLE_RESNET = resnet('Keras’s ResNet', { strided: 1, isShortcutFirst: true });
