/**
 * The last resort: all layers of a state dict in one chain, by their shapes. Vectors beside a weight are its bias; modules of
 * vectors only are norms, or slopes, of the layer that their names or lengths point to. What the file does not say (which
 * activation, where pooling is, how large pictures are) is assumed, and said.
 */
import type { Family, Parts } from '../family';
import {
  activation,
  batchNorm,
  convWith,
  flatten,
  globalPool,
  groupNorm,
  isNorm,
  layerNorm,
  linearWith,
  pool,
  poolTo,
  transpose,
} from '../layers';
import type { Module } from '../module';
import { MismatchError, type ProgramBuilder, type Value } from '../program-builder';
import { activationType } from '../settings';
import { findOrder, isConv, type WeightLayer, weightLayer } from './order';
import { isPatch, type PicturePlan, planPictures } from './picture-plan';
import { findFollowers, isSlope } from './vectors';

/** No network in one chain has more layers, and every norm is compared with each. */
const MAX_LAYERS = 2000;

const UNCONNECTED = ' without saying how they connect, and their shapes fit no single chain of layers';

export const CHAIN: Family = {
  name: 'a chain of layers',
  signs: [],
  write(builder, { root, settings, isChannelsLast }) {
    const modules = [...root.withTensors()];
    const layers = modules.flatMap((module) => weightLayer(module) ?? []);
    if (layers.length > MAX_LAYERS)
      throw new MismatchError(`The file holds ${layers.length} weights${UNCONNECTED}`);
    const order = findOrder(layers);
    if (!order || layers.length === 0) {
      throw new MismatchError(
        layers.length === 0 ? 'The file holds no weight matrices' : `The file holds weights${UNCONNECTED}`,
      );
    }
    const own = new Set(layers.map(({ module }) => module));
    const vectors = modules.filter((module) => !own.has(module) && (isNorm(module) || isSlope(module)));
    writeChain(builder, order.layers, vectors, { settings, isChannelsLast });
    if (layers.length > 1) builder.assume(`The layers stand in ${order.origin}`);
  },
};

function writeChain(
  builder: ProgramBuilder,
  layers: readonly WeightLayer[],
  vectors: readonly Module[],
  { settings, isChannelsLast }: Pick<Parts, 'settings' | 'isChannelsLast'>,
): void {
  const stated = activationType(settings);
  const convs = layers.slice(0, layers.findIndex((layer) => !isConv(layer)) >>> 0);
  const reader = layers[convs.length];
  const taps = convs.length > 0 && reader ? reader.reads / convs[convs.length - 1].writes : undefined;
  const plan = convs.length > 0 ? planPictures(convs, taps, poolingTold(convs, vectors)) : undefined;
  const followers = findFollowers(layers, vectors, layers[0].reads);
  let x = builder.input(layers[0].reads, plan?.sides);
  for (const module of followers[0]) x = follow(builder, x, module);
  layers.forEach((layer, index) => {
    x =
      plan && isConv(layer)
        ? writeConv(builder, x, layer, plan, index)
        : linearWith(builder, asFeatures(builder, x, plan, isChannelsLast), layer.weight, biasOf(layer));
    const own = followers[index + 1];
    for (const module of own) x = follow(builder, x, module);
    if (index < layers.length - 1 && !own.some(isSlope)) x = activation(builder, x, stated ?? 'Relu');
    if (plan?.isPooled[index]) x = pool(builder, x, 'MaxPool', { kernel: 2 });
  });
  builder.output(x);
  if (layers.length > 1 && !stated)
    builder.assume('ReLU follows every hidden layer: the file does not say which activation does');
  builder.assume('Every layer reads the one before it: the file does not say whether there are shortcuts');
  if (plan) describePictures(builder, plan);
}

/** PyTorch's own layers call it "bias"; a vector of the right length will do. */
const biasOf = ({ module, writes }: WeightLayer) =>
  [...module.tensors.values()].find(({ shape }) => shape.length === 1 && shape[0] === writes);

function writeConv(
  builder: ProgramBuilder,
  x: Value,
  layer: WeightLayer,
  { strides, keepsSize }: PicturePlan,
  index: number,
): Value {
  const padding = keepsSize && !isPatch(layer) ? undefined : 0;
  return convWith(builder, x, layer.weight, biasOf(layer), { stride: strides[index], padding });
}

/** Pictures become features by flattening, or by averaging where the reader wants one value per channel. */
function asFeatures(
  builder: ProgramBuilder,
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

function follow(builder: ProgramBuilder, x: Value, module: Module): Value {
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

/**
 * Per convolution of an nn.Sequential: whether pooling follows. Between two layers one number is left out for the
 * activation, a second one for pooling.
 */
function poolingTold(convs: readonly WeightLayer[], vectors: readonly Module[]): (boolean | undefined)[] {
  const parent = (path: string) => path.slice(0, path.lastIndexOf('.') + 1);
  const isNorm = new Set(vectors.map(({ path }) => path));
  return convs.map(({ path, module }, index) => {
    const next = convs[index + 1];
    if (!next || parent(next.path) !== parent(path)) return undefined;
    const [from, to] = [Number(module.name), Number(next.module.name)];
    if (!Number.isInteger(from) || !Number.isInteger(to)) return undefined;
    const between = Array.from(
      { length: Math.max(0, Math.min(8, to - from - 1)) },
      (_, gap) => from + 1 + gap,
    );
    return between.filter((number) => !isNorm.has(`${parent(path)}${number}`)).length > 1;
  });
}

function describePictures(builder: ProgramBuilder, plan: PicturePlan): void {
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
