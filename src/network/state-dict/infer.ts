/**
 * A bare state dict → Network: names and shapes only, so the order of layers is a guess, and marked as one.
 *
 * Weights (two or more axes, [out, in, kernel…] as PyTorch stores them) are put into the one chain whose shapes fit, in
 * natural order of their names where that fits. Vectors beside a weight are its bias; modules of vectors only are norms,
 * matched to a layer by the number in their name, else by their length. Anything else is reported, not dropped.
 */
import type { ModelFile, StoredTensor } from '../../formats';
import { rowMajorStrides, viewOffsets } from '../constant';
import type { ChannelRead, Network, Operation, VectorView } from '../network';
import { NetworkBuilder } from '../network-builder';
import { UnsupportedModelError } from '../unsupported-model-error';

/** The tensors of one module, by the last part of their names. */
interface Module {
  readonly name: string;
  readonly tensors: Map<string, StoredTensor>;
}

interface WeightModule extends Module {
  readonly weight: StoredTensor;
}

const NORM_PARTS = {
  scale: ['weight', 'gamma', 'scale'],
  shift: ['bias', 'beta'],
  mean: ['running_mean', 'moving_mean'],
  variance: ['running_var', 'moving_variance'],
} as const;

/** Bookkeeping that is no parameter. */
const COUNTERS = /(^|\.)num_batches_tracked$/;

/** Beyond this many weights no search for an order that fits is made. */
const MAX_SEARCHED_WEIGHTS = 64;

const byNaturalOrder = new Intl.Collator('en', { numeric: true }).compare;

function collectModules(model: ModelFile): Module[] {
  const modules = new Map<string, Module>();
  for (const [name, tensor] of [...model.tensors].sort(([a], [b]) => byNaturalOrder(a, b))) {
    if (COUNTERS.test(name)) continue;
    const cut = name.lastIndexOf('.');
    const moduleName = cut < 0 ? '' : name.slice(0, cut);
    const module = modules.get(moduleName) ?? { name: moduleName, tensors: new Map() };
    module.tensors.set(name.slice(cut + 1), tensor);
    modules.set(moduleName, module);
  }
  return [...modules.values()];
}

const inputSize = ({ weight }: WeightModule) => weight.shape[1];
const outputSize = ({ weight }: WeightModule) => weight.shape[0];
const isConv = ({ weight }: WeightModule) => weight.shape.length > 2;

/** A layer can follow if it reads as many channels as there are, or, for a linear layer, several pixels of each. */
function follows(next: WeightModule, previous: WeightModule): boolean {
  const [reads, writes] = [inputSize(next), outputSize(previous)];
  if (reads === writes) return true;
  return !isConv(next) && isConv(previous) && reads % writes === 0;
}

/** The order of `weights` in which each layer reads what the one before writes; prefers the order given. */
function findChain(weights: readonly WeightModule[]): WeightModule[] | undefined {
  if (weights.every((module, index) => index === 0 || follows(module, weights[index - 1])))
    return [...weights];
  if (weights.length > MAX_SEARCHED_WEIGHTS) return undefined;
  let steps = 100_000;
  const extend = (chain: WeightModule[], rest: readonly WeightModule[]): WeightModule[] | undefined => {
    if (rest.length === 0) return chain;
    for (const next of rest) {
      if (steps-- <= 0) return undefined;
      const last = chain.at(-1);
      if (last && !follows(next, last)) continue;
      const complete = extend(
        [...chain, next],
        rest.filter((other) => other !== next),
      );
      if (complete) return complete;
    }
    return undefined;
  };
  return extend([], weights);
}

const vector = (tensor: StoredTensor): VectorView => ({
  tensor,
  offsets: Int32Array.from({ length: tensor.elementCount }, (_, index) => index),
});

/** Reads a state dict as a chain of layers. Throws UnsupportedModelError where no chain fits. */
export function inferFromStateDict(model: ModelFile): Network {
  const modules = collectModules(model);
  const weights = modules.flatMap((module): WeightModule[] => {
    const weight = [...module.tensors.values()].find(
      ({ shape, type }) => shape.length >= 2 && type.includes('float'),
    );
    return weight ? [{ ...module, weight }] : [];
  });
  const chain = findChain(weights);
  if (!chain || chain.length === 0) {
    throw new UnsupportedModelError(
      weights.length === 0
        ? 'The file holds no weight matrices'
        : 'The file holds weights without saying how they connect, and their shapes fit no single chain of layers',
      model.fileName,
      'Export the network as ONNX, which keeps the connections.',
    );
  }
  const norms = modules.filter(({ name }) => !weights.some((module) => module.name === name));
  return buildChain(model, chain, norms);
}

function buildChain(model: ModelFile, chain: readonly WeightModule[], norms: readonly Module[]): Network {
  const builder = new NetworkBuilder(model.fileName);
  const kindOf = (module: WeightModule) => (isConv(module) ? 'channel' : 'neuron');
  let current = builder.addWriter('input', inputSize(chain[0]), kindOf(chain[0]), 1, (writes) => ({
    kind: 'input',
    writes,
  }));
  builder.channelSets[0].isInput = true;
  const waiting = [...norms];
  for (const module of chain) {
    const read = readWeight(module, current);
    const written = builder.addWriter(module.name, outputSize(module), kindOf(module), 1, (writes) => {
      const rows = viewOffsets([writes.count], [rowMajorStrides(module.weight.shape)[0]], 0);
      const bias = [...module.tensors.values()].find(
        ({ shape }) => shape.length === 1 && shape[0] === writes.count,
      );
      const parameters = {
        writes,
        weight: { tensor: module.weight, rows, reads: [read], groups: 1 },
        bias: bias && vector(bias),
      };
      return isConv(module)
        ? { kind: 'conv', ...parameters, stride: 1, isTransposed: false }
        : { kind: 'linear', ...parameters };
    });
    const norm = takeNorm(waiting, module, written.length);
    if (norm) builder.addLayer(norm.name, normOperation(norm, written));
    current = written;
  }
  const { layers, channelSets, channelCount, unplacedReasons } = builder;
  for (const set of channelSets.slice(1, -1)) set.activation = 'relu';
  channelSets[channelSets.length - 1].isOutput = true;
  for (const { name, tensors } of waiting) {
    for (const tensor of tensors.values()) {
      unplacedReasons.set(tensor.name, `belongs to "${name}", which fits no layer by its name or length`);
    }
  }
  return {
    layers,
    channelSets,
    channelCount,
    unplacedReasons,
    notUnderstood: [],
    constants: new Set([...model.tensors.keys()].filter((name) => COUNTERS.test(name))),
    unread: new Set(),
    tensors: model.tensors,
    isInferred: true,
  };
}

/** How a weight as PyTorch stores it reads the channels before it; a linear layer may read several pixels of each. */
function readWeight(module: WeightModule, channels: Int32Array): ChannelRead {
  const { shape } = module.weight;
  const strides = rowMajorStrides(shape);
  const taps = isConv(module) ? shape.slice(2) : flattenedShape(shape[1] / channels.length);
  const tapCount = taps.reduce((total, size) => total * size, 1);
  return {
    channels,
    columns: viewOffsets([channels.length], [isConv(module) ? strides[1] : tapCount], 0),
    taps: viewOffsets(taps, isConv(module) ? strides.slice(2) : rowMajorStrides(taps), 0),
    tapShape: taps,
  };
}

/** The picture that a flattened layer reads: square if it can be. */
function flattenedShape(taps: number): number[] {
  if (taps === 1) return [];
  const side = Math.sqrt(taps);
  return Number.isInteger(side) ? [side, side] : [taps];
}

/** The norm that belongs to a layer: the one with the same number in its name, else the first of the right length. */
function takeNorm(waiting: Module[], { name }: Module, count: number): Module | undefined {
  const number = (text: string) => text.match(/\d+(?!.*\d)/)?.[0];
  const fits = (module: Module) =>
    [...module.tensors.values()].every(({ shape }) => shape.length === 1 && shape[0] === count);
  const parent = (text: string) => text.slice(0, text.lastIndexOf('.') + 1);
  const found =
    waiting.find(
      (module) => fits(module) && parent(module.name) !== '' && parent(module.name) === parent(name),
    ) ??
    waiting.find((module) => fits(module) && number(module.name) === number(name)) ??
    waiting.find(fits);
  if (found) waiting.splice(waiting.indexOf(found), 1);
  return found;
}

function normOperation({ tensors }: Module, channels: Int32Array): Operation {
  const part = (names: readonly string[]) => {
    const tensor = names.map((name) => tensors.get(name)).find((candidate) => candidate !== undefined);
    return tensor && vector(tensor);
  };
  const mean = part(NORM_PARTS.mean);
  return {
    kind: 'norm',
    norm: mean ? 'batch' : 'layer',
    groups: 1,
    channels,
    scale: part(NORM_PARTS.scale),
    shift: part(NORM_PARTS.shift),
    mean,
    variance: part(NORM_PARTS.variance),
  };
}
