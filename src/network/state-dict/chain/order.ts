/**
 * The order in which the layers of a state dict can follow one another: each reads what the one before it writes. Where the
 * order of the file, or of the names, does not fit, one is looked for.
 */
import { isFloatingPoint, type StoredTensor } from '../../../formats';
import { inNaturalOrder, type Module } from '../module';

/** A module with a weight: [out, in] or [out, in / groups, kernel…]. */
export interface WeightLayer {
  readonly path: string;
  readonly module: Module;
  readonly weight: StoredTensor;
  readonly reads: number;
  readonly writes: number;
  /** Extent of the kernel along each axis; [] for a matrix. */
  readonly kernel: readonly number[];
}

/** Most axes that a kernel has. */
const MAX_RANK = 5;

/** Beyond this many weights no search for an order that fits is made. */
const MAX_SEARCHED_WEIGHTS = 64;
const MAX_SEARCH_STEPS = 100_000;

/** Parts of a network ("features", "classifier") that are tried in every order. */
const MAX_PERMUTED_PARTS = 5;

/** The module's weight, if it has one. */
export function weightLayer(module: Module): WeightLayer | undefined {
  const weight = [...module.tensors.values()].find(
    ({ shape, type }) => shape.length >= 2 && shape.length <= MAX_RANK && isFloatingPoint(type),
  );
  if (!weight || weight.elementCount === 0) return undefined;
  const [writes, reads, ...kernel] = weight.shape;
  return { path: module.path, module, weight, reads, writes, kernel };
}

export const isConv = ({ kernel }: WeightLayer) => kernel.length > 0;

/** Each channel on its own: its weight reads one channel, whatever the number of channels before it. */
export const isDepthwise = (layer: WeightLayer, channels: number) =>
  isConv(layer) && layer.reads === 1 && channels > 1 && layer.writes % channels === 0;

/** A layer can follow if it reads as many channels as there are, or, for a linear layer, several pixels of each. */
function follows(next: WeightLayer, previous: WeightLayer): boolean {
  if (isConv(next)) {
    if (next.kernel.length !== previous.kernel.length) return false;
    return next.reads === previous.writes || isDepthwise(next, previous.writes);
  }
  return next.reads === previous.writes || (isConv(previous) && next.reads % previous.writes === 0);
}

const isChain = (layers: readonly WeightLayer[]) =>
  layers.every((layer, index) => index === 0 || follows(layer, layers[index - 1]));

export interface ChainOrder {
  readonly layers: readonly WeightLayer[];
  /** Where the order comes from, in words. */
  readonly origin: string;
}

/** Layers in an order in which they can follow one another, or undefined. `layers` come in the order of the file. */
export function findOrder(layers: readonly WeightLayer[]): ChainOrder | undefined {
  const natural = inNaturalOrder(layers);
  if (!isAlphabetical(layers) && isChain(layers)) return { layers, origin: 'the order of the file' };
  if (isChain(natural)) return { layers: natural, origin: 'the order of their names' };
  const permuted = partsPermuted(natural).find(isChain);
  if (permuted) return { layers: permuted, origin: 'the order of their names, with the parts exchanged' };
  const found = search(isAlphabetical(layers) ? natural : layers);
  return found && { layers: found, origin: 'an order that was looked for: there may be others' };
}

/** Writers of safetensors sort by name: then the order of the file says nothing. */
function isAlphabetical(layers: readonly WeightLayer[]): boolean {
  return layers.every(({ path }, index) => index === 0 || layers[index - 1].path <= path);
}

/** The same layers with the parts of the network, by the first part of their names, in every other order. */
function partsPermuted(layers: readonly WeightLayer[]): WeightLayer[][] {
  const parts = new Map<string, WeightLayer[]>();
  for (const layer of layers) {
    const part = layer.path.split('.')[0];
    const known = parts.get(part);
    if (known) known.push(layer);
    else parts.set(part, [layer]);
  }
  if (parts.size > MAX_PERMUTED_PARTS || parts.size === layers.length) return [];
  return permutations([...parts.values()]).map((order) => order.flat());
}

function permutations<T>(list: readonly T[]): T[][] {
  if (list.length < 2) return [[...list]];
  return list.flatMap((first, index) =>
    permutations(list.filter((_, other) => other !== index)).map((rest) => [first, ...rest]),
  );
}

/** The first order that fits, as near to the order given as depth-first search finds it. */
function search(layers: readonly WeightLayer[]): WeightLayer[] | undefined {
  if (layers.length > MAX_SEARCHED_WEIGHTS) return undefined;
  let steps = MAX_SEARCH_STEPS;
  const extend = (chain: WeightLayer[], rest: readonly WeightLayer[]): WeightLayer[] | undefined => {
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
  return extend([], layers);
}
