/**
 * VGG and AlexNet as torchvision names them: `features` and `classifier`, numbered as in nn.Sequential. A number that is
 * left out between two layers is the activation, a second one is pooling (in the classifier: dropout).
 */
import type { Family } from '../family';
import { head } from '../head';
import { type InferenceBuilder, MismatchError, type Value } from '../inference-builder';
import {
  activation,
  batchNorm,
  type ConvOptions,
  conv,
  flatten,
  need,
  needModule,
  pool,
  poolTo,
} from '../layers';
import type { Module } from '../module';

const isConv = (module: Module) => need(module, 'weight').shape.length === 4;

/** Layers of a Sequential, and how many numbers are left out after each; one activation and one pooling after the last. */
function withGaps(sequential: Module): { module: Module; gap: number }[] {
  const layers = sequential.numbered;
  return layers.map(({ index, module }, place) => ({
    module,
    gap: (layers[place + 1]?.index ?? index + 3) - index - 1,
  }));
}

const countPools = (features: Module) => withGaps(features).filter(({ gap }) => gap > 1).length;

function writeFeatures(
  builder: InferenceBuilder,
  input: Value,
  features: Module,
  window: { kernel: number; stride: number },
  first: ConvOptions = {},
): Value {
  return withGaps(features).reduce((x, { module, gap }, place) => {
    const y = isConv(module)
      ? conv(builder, x, module, place === 0 ? first : {})
      : batchNorm(builder, x, module);
    if (gap === 0) return y;
    const active = activation(builder, y);
    return gap > 1 ? pool(builder, active, 'MaxPool', window) : active;
  }, input);
}

/** The side of the square picture that the classifier reads. */
function flattenedSide(features: Module, classifier: Module): number {
  const [channels] = need(
    features.numbered.findLast(({ module }) => isConv(module))?.module ?? features,
    'weight',
  ).shape;
  const [first] = classifier.numbered;
  const [, reads] = need(first?.module ?? classifier, 'weight').shape;
  const side = Math.sqrt(reads / channels);
  if (!Number.isInteger(side))
    throw new MismatchError(`its classifier reads no square picture of ${channels} channels`);
  return side;
}

function writeClassifier(builder: InferenceBuilder, x: Value, classifier: Module, side: number): void {
  const features = flatten(builder, poolTo(builder, x, [side, side]));
  builder.output(head(builder, features, classifier, builder.hiddenActivation));
}

export const VGG: Family = {
  name: 'torchvision’s VGG',
  signs: ['features.0.weight', 'classifier.0.weight', 'classifier.3.weight', 'classifier.6'],
  activation: 'Relu',
  write(builder, { root }) {
    const [features, classifier] = [needModule(root, 'features'), needModule(root, 'classifier')];
    const side = flattenedSide(features, classifier);
    // Convolutions keep the size, and every pooling halves it.
    const inputSide = side * 2 ** countPools(features);
    const x = builder.input(need(features, '0.weight').shape[1], [inputSide, inputSide]);
    builder.assume(`Pictures of ${inputSide}×${inputSide}: what becomes ${side}×${side} after all pooling`);
    builder.assume('Max-pooling where a number is left out');
    writeClassifier(builder, writeFeatures(builder, x, features, { kernel: 2, stride: 2 }), classifier, side);
  },
};

const ALEXNET_SIDE = 224;

export const ALEXNET: Family = {
  name: 'torchvision’s AlexNet',
  signs: ['features.0.weight', 'features.3.weight', 'features.10.weight', 'classifier.1.weight'],
  activation: 'Relu',
  write(builder, { root }) {
    const [features, classifier] = [needModule(root, 'features'), needModule(root, 'classifier')];
    const [, channels, kernel] = need(features, '0.weight').shape;
    if (kernel !== 11) throw new MismatchError(`its first kernel has ${kernel} pixels a side, not 11`);
    const x = builder.input(channels, [ALEXNET_SIDE, ALEXNET_SIDE]);
    builder.assume(`Pictures of ${ALEXNET_SIDE}×${ALEXNET_SIDE}, as for ImageNet`);
    const y = writeFeatures(builder, x, features, { kernel: 3, stride: 2 }, { stride: 4, padding: 2 });
    writeClassifier(builder, y, classifier, flattenedSide(features, classifier));
  },
};
