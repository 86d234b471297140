/** Writes the program of a chain of layers, once their order, their shortcuts and the sizes of pictures are known. */
import type { InferenceBuilder, Value } from '../inference-builder';
import {
  activation,
  batchNorm,
  convTransposeWith,
  convWith,
  flatten,
  globalPool,
  groupNorm,
  layerNorm,
  linearWith,
  paddedShortcut,
  pool,
  poolTo,
  sum,
  transpose,
} from '../layers';
import type { Module } from '../module';
import { isConv, isTransposedConv, type WeightLayer } from './order';
import { growth, isPatch, type PicturePlan } from './picture-plan';
import type { Span } from './shortcuts';
import { type Followers, isSlope } from './vectors';

export interface ChainPlan {
  readonly layers: readonly WeightLayer[];
  readonly followers: Followers;
  readonly spans: readonly Span[];
  /** Undefined where no convolution comes first. */
  readonly pictures: PicturePlan | undefined;
  /** Pictures are flattened with their channels last. */
  readonly isChannelsLast: boolean;
}

export function writeChain(builder: InferenceBuilder, chain: ChainPlan): void {
  const { layers, followers, spans, pictures, isChannelsLast } = chain;
  const [begins, ends] = [
    new Set(spans.map(({ first }) => first)),
    new Map(spans.map((span) => [span.last, span])),
  ];
  let x = builder.input(layers[0].reads, pictures?.sides);
  for (const module of followers[0]) x = follow(builder, x, module);
  let entry = x;
  layers.forEach((layer, index) => {
    const isPicture = pictures !== undefined && isConv(layer);
    if (!isPicture) x = asFeatures(builder, x, pictures, isChannelsLast);
    if (begins.has(index)) entry = x;
    x = isPicture
      ? writeConv(builder, x, layer, pictures, index)
      : linearWith(builder, x, layer.weight, biasOf(layer), layer.isTurned);
    const own = followers[index + 1];
    for (const module of own) x = follow(builder, x, module);
    const activate = (y: Value) =>
      index < layers.length - 1 && !own.some(isSlope) ? activation(builder, y) : y;
    const span = ends.get(index);
    const past = span && shortcut(builder, entry, x, span);
    x = finish(builder, x, { span, past, activate, label: `${layer.path}.add` });
    if (pictures?.isPooled[index]) x = pool(builder, x, 'MaxPool', { kernel: 2 });
  });
  builder.output(x);
  if (pictures) describePictures(builder, pictures);
  if (layers.some(isTransposedConv))
    builder.assume('Transposed convolutions double the size of pictures: the file does not say what they do');
}

interface Ending {
  /** The shortcut that ends here, if one does. */
  readonly span: Span | undefined;
  /** What it leads there. */
  readonly past: Value | undefined;
  activate(x: Value): Value;
  readonly label: string;
}

/** The activation, and the shortcut: around one layer it goes around its activation too, around several it does not. */
function finish(builder: InferenceBuilder, x: Value, { span, past, activate, label }: Ending): Value {
  if (!span || !past) return activate(x);
  if (span.first === span.last) return sum(builder, activate(x), past, label);
  return activate(sum(builder, x, past, label));
}

/** What leads past a run of layers, from what they read to the shape of what they write. */
function shortcut(builder: InferenceBuilder, entry: Value, x: Value, { projection }: Span): Value {
  if (!projection)
    return entry.shape.join() === x.shape.join() ? entry : paddedShortcut(builder, entry, x.shape);
  const { layer, followers } = projection;
  const stride = x.shape.length > 2 ? Math.round(entry.shape[2] / x.shape[2]) : 1;
  const projected = isConv(layer)
    ? convWith(builder, entry, layer.weight, biasOf(layer), { stride, padding: 0 })
    : linearWith(builder, entry, layer.weight, biasOf(layer), layer.isTurned);
  return followers.reduce((y, module) => follow(builder, y, module), projected);
}

/** PyTorch's own layers call it "bias"; a vector of the right length will do. */
const biasOf = ({ module, writes }: WeightLayer) =>
  [...module.tensors.values()].find(({ shape }) => shape.length === 1 && shape[0] === writes);

function writeConv(
  builder: InferenceBuilder,
  x: Value,
  layer: WeightLayer,
  { strides, keepsSize }: PicturePlan,
  index: number,
): Value {
  if (isTransposedConv(layer))
    return convTransposeWith(builder, x, layer.weight, biasOf(layer), growth(layer, index));
  const padding = keepsSize && !isPatch(layer) ? undefined : 0;
  return convWith(builder, x, layer.weight, biasOf(layer), { stride: strides[index], padding });
}

/** Pictures become features by flattening, or by averaging where the reader wants one value per channel. */
function asFeatures(
  builder: InferenceBuilder,
  x: Value,
  plan: PicturePlan | undefined,
  isChannelsLast: boolean,
): Value {
  if (x.shape.length === 2) return x;
  if (plan?.flattened) {
    const picture = poolTo(builder, x, plan.flattened);
    const axes = [...picture.shape.keys()];
    return flatten(builder, isChannelsLast ? transpose(builder, picture, [0, ...axes.slice(2), 1]) : picture);
  }
  return x.shape.slice(2).every((side) => side === 1) ? flatten(builder, x) : globalPool(builder, x);
}

function follow(builder: InferenceBuilder, x: Value, module: Module): Value {
  const isPicture = x.shape.length > 2;
  if (isSlope(module)) {
    const [slope] = module.tensors.values();
    const shape = [slope.elementCount, ...x.shape.slice(2).map(() => 1)];
    const spread = builder.op('Reshape', [slope, builder.integers(shape)], shape);
    return builder.op('PRelu', [x, spread], x.shape);
  }
  if (module.tensors.size > 2) return batchNorm(builder, x, module);
  if (isPicture) {
    builder.assume('Norms of pictures that keep no statistics are group norms of one group');
    return groupNorm(builder, x, module, 1);
  }
  return layerNorm(builder, x, module, module.tensors.size === 1 ? 'rms' : 'layer');
}

function describePictures(builder: InferenceBuilder, plan: PicturePlan): void {
  const { sides, flattened, fits, isPooled, isMobileNet } = plan;
  if (isMobileNet) builder.assume('Strides of a MobileNet: half the size wherever the channels become more');
  const size = sides.join('×');
  if (flattened && fits) {
    builder.assume(
      `Pictures of ${size}${isPooled.some(Boolean) ? ', and max-pooling in between' : ''}: a usual size from which the ${flattened.join('×')} pixels come that are flattened`,
    );
  } else if (flattened)
    builder.assume(`Pictures of ${size}, averaged to the ${flattened.join('×')} pixels that are flattened`);
  else builder.assume(`Pictures of ${size}: the file does not say how large they are`);
}
