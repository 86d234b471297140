/**
 * The last resort: all layers of a state dict in one chain, by their shapes. Vectors beside a weight are its bias; modules of
 * vectors only are norms, or slopes, of the layer that their names or lengths point to. What the file does not say (in which
 * order, with which activation and shortcuts, how large pictures are) is assumed, said, and can be corrected.
 */
import { CorrectionError } from '../choices';
import type { Family } from '../family';
import { type InferenceBuilder, MismatchError } from '../inference-builder';
import { isNorm } from '../layers';
import type { Module } from '../module';
import { findOrder, firstMisfit, isConv, turnToFit, type WeightLayer, weightLayer } from './order';
import { planPictures } from './picture-plan';
import { type Projection, splitProjections } from './projections';
import { poolingTold } from './sequential';
import { findShortcuts, type ShortcutKind, type Span } from './shortcuts';
import { findSideBySide } from './side-by-side';
import { splitModules } from './split-modules';
import { findFollowers, isSlope } from './vectors';
import { type ChainPlan, writeChain } from './write-chain';

/** No network in one chain has more layers, and every norm is compared with each. */
const MAX_LAYERS = 2000;
/** A norm and a slope for each of them. */
const MAX_NORMS = 2 * MAX_LAYERS;

/** RNN, LSTM and GRU read what they wrote: PyTorch's names for that weight, in a layer and in a cell, and Keras's. */
const isRecurrent = ({ tensors }: Module) =>
  [...tensors.keys()].some((name) => /^(weight_hh(_l\d+(_reverse)?)?|recurrent_kernel)$/.test(name));

const UNCONNECTED = ' without saying how they connect, and their shapes fit no single chain of layers';

const NO_CHAIN = ' by their names, and the file does not say how they connect';

export const CHAIN: Family = {
  name: 'a chain of layers',
  signs: [],
  activation: 'Relu',
  write(builder, { root, isChannelsLast }) {
    const recurrent = root.withTensors.find(isRecurrent);
    if (recurrent) {
      const name = recurrent.path ? `The layer "${recurrent.path}"` : 'The network';
      throw new MismatchError(`${name} is recurrent, which no chain of layers is`);
    }
    const modules = splitModules(root);
    const found = modules.flatMap((module) => weightLayer(module) ?? []);
    if (found.length > MAX_LAYERS)
      throw new MismatchError(`The file holds ${found.length} weights${UNCONNECTED}`);
    if (found.length === 0) throw new MismatchError('The file holds no weight matrices');
    const [one, other] = findSideBySide(found) ?? [];
    if (one && other) throw new MismatchError(`"${one}" and "${other}" stand side by side${NO_CHAIN}`);
    const own = new Set(found.map(({ module }) => module));
    const norms = modules.filter((module) => !own.has(module) && (isNorm(module) || isSlope(module)));
    if (norms.length > MAX_NORMS)
      throw new MismatchError(`The file holds ${norms.length} norms${UNCONNECTED}`);
    const { main, projections } = splitProjections(found, norms);
    const layers = inOrder(builder, main);
    const past = new Set(projections.flatMap(({ followers }) => followers));
    const vectors = norms.filter((module) => !past.has(module));
    const spans = chooseShortcuts(builder, root, layers, projections);
    const followers = findFollowers(layers, vectors, layers[0].reads);
    const pictures = plan(layers, vectors, spans);
    writeChain(builder, { layers, followers, spans, pictures, isChannelsLast });
  },
};

function inOrder(builder: InferenceBuilder, layers: readonly WeightLayer[]): readonly WeightLayer[] {
  const paths = layers.map(({ path }) => path);
  const corrected = builder.choices.correctedOrder('order', paths);
  const own = corrected?.flatMap((path) => layers.find((layer) => layer.path === path) ?? []);
  const order = own ? { layers: turnToFit(own) ?? own, origin: '' } : findOrder(layers);
  if (!order) throw new MismatchError(`The file holds weights${UNCONNECTED}`);
  const [before, after] = firstMisfit(order.layers) ?? [];
  if (before && after) {
    throw new CorrectionError(
      `In the order that was given, "${after.path}", which reads ${after.reads}, cannot follow "${before.path}", which writes ${before.writes}`,
    );
  }
  if (layers.length > 1) {
    const taken = order.layers.map(({ path }) => path);
    builder.choices.addOrder('order', 'Order of the layers', taken, paths);
    if (!corrected) builder.assume(`The layers stand in ${order.origin}`);
  }
  return order.layers;
}

function chooseShortcuts(
  builder: InferenceBuilder,
  root: Module,
  layers: readonly WeightLayer[],
  projections: readonly Projection[],
): readonly Span[] {
  const { options, usual, spans } = findShortcuts(root, layers, projections);
  if (options.length < 2) return [];
  const kind = builder.choices.option('shortcuts', 'Shortcuts', usual, options) as ShortcutKind;
  if (!builder.choices.isCorrected('shortcuts')) {
    builder.assume(
      kind === 'none'
        ? 'Every layer reads the one before it: the file does not say whether there are shortcuts'
        : 'Shortcuts around the blocks whose names speak for it, and those built alike: the file does not say where they are',
    );
  }
  return spans(kind);
}

/** What happens to pictures, where the chain begins with convolutions. */
function plan(
  layers: readonly WeightLayer[],
  vectors: readonly Module[],
  spans: readonly Span[],
): ChainPlan['pictures'] {
  const convs = layers.slice(0, layers.findIndex((layer) => !isConv(layer)) >>> 0);
  const [last] = convs.slice(-1);
  if (!last) return undefined;
  const reader = layers[convs.length];
  const taps = reader && reader.reads / last.writes;
  return planPictures(convs, taps, poolingTold(convs, vectors), spans);
}
