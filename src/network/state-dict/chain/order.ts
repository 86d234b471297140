/**
 * The order in which the layers of a state dict can follow one another: each reads what the one before it writes. Where the
 * order of the file, or of the names, does not fit, one is looked for.
 */
import { isFloatingPoint, type StoredTensor } from '../../../formats';
import { inNaturalOrder, type Module } from '../module';
import { exchangeParts } from './exchange-parts';

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
export function follows(next: WeightLayer, previous: WeightLayer): boolean {
  if (isConv(next)) {
    if (next.kernel.length !== previous.kernel.length) return false;
    return next.reads === previous.writes || isDepthwise(next, previous.writes);
  }
  return next.reads === previous.writes || (isConv(previous) && next.reads % previous.writes === 0);
}

/** The first layer that cannot follow the one before it. */
export function firstMisfit(layers: readonly WeightLayer[]): [WeightLayer, WeightLayer] | undefined {
  const index = layers.findIndex((layer, at) => at > 0 && !follows(layer, layers[at - 1]));
  return index < 0 ? undefined : [layers[index - 1], layers[index]];
}

const isChain = (layers: readonly WeightLayer[]) => firstMisfit(layers) === undefined;

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
  const permuted = exchangeParts(natural);
  if (permuted) return { layers: permuted, origin: 'the order of their names, with the parts exchanged' };
  const numbered = inOrderOfNumbers(layers);
  if (isChain(numbered)) return { layers: numbered, origin: 'the order of the numbers in their names' };
  const found = search(isAlphabetical(layers) ? natural : layers);
  return found && { layers: found, origin: 'an order that was looked for: there may be others' };
}

/** Writers of safetensors sort by name: then the order of the file says nothing. */
function isAlphabetical(layers: readonly WeightLayer[]): boolean {
  return layers.every(({ path }, index) => index === 0 || layers[index - 1].path <= path);
}

/** By the last number of each name, so that conv_dw_1, conv_pw_1 and conv_dw_2 follow one another; then those without one. */
function inOrderOfNumbers(layers: readonly WeightLayer[]): WeightLayer[] {
  const numberOf = ({ path }: WeightLayer) =>
    Number(path.match(/\d+(?!.*\d)/)?.[0] ?? Number.MAX_SAFE_INTEGER);
  return [...layers].sort((a, b) => numberOf(a) - numberOf(b) || (a.path < b.path ? -1 : 1));
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
