/**
 * The order in which the layers of a state dict can follow one another: each reads what the one before it writes. Where the
 * order of the file, or of the names, does not fit, one is looked for.
 */
import { isFloatingPoint, type StoredTensor } from '../../../formats';
import { inNaturalOrder, type Module } from '../module';
import { exchangeParts } from './exchange-parts';

/** A module with a weight: [out, in / groups, kernel…], or [in, out, kernel…] where it is turned. */
export interface WeightLayer {
  readonly path: string;
  readonly module: Module;
  readonly weight: StoredTensor;
  readonly reads: number;
  readonly writes: number;
  /** Extent of the kernel along each axis; [] for a matrix. */
  readonly kernel: readonly number[];
  /** Transposed convolutions, and matrices that are multiplied from the right. */
  readonly isTurned: boolean;
  /** The same convolution as a transposed one, where nothing beside the weight says which it is. */
  readonly turned?: WeightLayer;
}

/** What PyTorch and people call a bias: "bias", "b1". */
const BIAS = /^b(ias(es)?)?(?=[_\d]|$)/i;

/** Most axes that a kernel has. */
const MAX_RANK = 5;

/** Beyond this many weights no search for an order that fits is made. */
const MAX_SEARCHED_WEIGHTS = 64;
const MAX_SEARCH_STEPS = 100_000;

export const isWeight = ({ shape, type, elementCount }: StoredTensor) =>
  shape.length >= 2 && shape.length <= MAX_RANK && isFloatingPoint(type) && elementCount > 0;

/** The module's weight, if it has one. */
export function weightLayer(module: Module): WeightLayer | undefined {
  const weight = [...module.tensors.values()].find(isWeight);
  if (!weight) return undefined;
  const [writes, reads, ...kernel] = weight.shape;
  const upright = { path: module.path, module, weight, reads, writes, kernel, isTurned: false };
  const turned = { ...upright, reads: writes, writes: reads, isTurned: true };
  const biases = [...module.tensors].flatMap(([name, { shape }]) =>
    BIAS.test(name) && shape.length === 1 ? shape : [],
  );
  if (writes !== reads && biases.includes(writes)) return upright;
  if (writes !== reads && biases.includes(reads)) return turned;
  return kernel.length > 0 ? { ...upright, turned } : upright;
}

export const isConv = ({ kernel }: WeightLayer) => kernel.length > 0;

export const isTransposedConv = (layer: WeightLayer) => isConv(layer) && layer.isTurned;

/** Each channel on its own: its weight reads one channel, whatever the number of channels before it. */
export const isDepthwise = (layer: WeightLayer, channels: number) =>
  isConv(layer) && !layer.isTurned && layer.reads === 1 && channels > 1 && layer.writes % channels === 0;

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

const OF_FILE = 'the order of the file';
const OF_NAMES = 'the order of their names';

/** Layers in an order in which they can follow one another, or undefined. `layers` come in the order of the file. */
export function findOrder(layers: readonly WeightLayer[]): ChainOrder | undefined {
  const natural = inNaturalOrder(layers);
  const isOrdered = !isAlphabetical(layers);
  if (isOrdered && isChain(layers)) return { layers, origin: OF_FILE };
  if (isChain(natural)) return { layers: natural, origin: OF_NAMES };
  const turned = isOrdered ? turnToFit(layers) : undefined;
  if (turned) return { layers: turned, origin: OF_FILE };
  const turnedByName = turnToFit(natural);
  if (turnedByName) return { layers: turnedByName, origin: OF_NAMES };
  const permuted = exchangeParts(natural);
  if (permuted && countsUp(permuted))
    return { layers: permuted, origin: 'the order of their names, with the parts exchanged' };
  const numbered = inOrderOfNumbers(layers);
  if (isChain(numbered)) return { layers: numbered, origin: 'the order of the numbers in their names' };
  // An order of the file's own, and the numbers in names, are not overruled by one that merely fits.
  const found = isOrdered ? undefined : search(natural);
  if (!found || !countsUp(found)) return undefined;
  return { layers: found, origin: 'an order that was looked for: there may be others' };
}

/** The same layers in the same order, with those convolutions turned without which it is no chain; undefined where none fits. */
export function turnToFit(layers: readonly WeightLayer[]): WeightLayer[] | undefined {
  const readings = layers.map((layer) => (layer.turned ? [layer, layer.turned] : [layer]));
  for (let index = readings.length - 2; index >= 0; index--) {
    const after = readings[index + 1];
    readings[index] = readings[index].filter((layer) => after.some((next) => follows(next, layer)));
  }
  const chain: WeightLayer[] = [];
  for (const possible of readings) {
    const last = chain.at(-1);
    const fitting = possible.filter((layer) => !last || follows(layer, last));
    // Layers with one kernel are of one kind.
    const isLike = (layer: WeightLayer) =>
      layer.isTurned === last?.isTurned && layer.kernel.join() === last.kernel.join();
    const next = fitting.find(isLike) ?? fitting[0];
    if (!next) return undefined;
    chain.push(next);
  }
  return chain;
}

/** True unless a layer stands behind one of the same name with a higher number: "fc2" behind "fc3". */
function countsUp(layers: readonly WeightLayer[]): boolean {
  const highest = new Map<string, number>();
  return layers.every(({ path }) => {
    const names = path.split('.');
    return names.every((name, depth) => {
      const [digits] = name.match(/\d+$/) ?? [];
      if (!digits) return true;
      const series = [...names.slice(0, depth), name.slice(0, -digits.length)].join('.');
      const before = highest.get(series) ?? 0;
      highest.set(series, Math.max(before, Number(digits)));
      return Number(digits) >= before;
    });
  });
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
