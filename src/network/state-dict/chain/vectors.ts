/**
 * Modules that hold vectors only (norms, slopes of PReLU): which layer of a chain each belongs to.
 */
import { isFloatingPoint, type StoredTensor } from '../../../formats';
import type { Module } from '../module';
import type { WeightLayer } from './order';

/** What follows each layer of a chain; entry 0 is what follows the network's input. */
export type Followers = readonly (readonly Module[])[];

/** Vectors have one length; a slope that all channels share has one entry. */
function lengthOf(module: Module): number | undefined {
  const lengths = new Set([...module.tensors.values()].map(vectorLength));
  return lengths.size === 1 ? [...lengths][0] : undefined;
}

const vectorLength = ({ shape, type, elementCount }: StoredTensor) =>
  shape.length === 1 && isFloatingPoint(type) ? elementCount : undefined;

/** PReLU has a slope per channel, or one, and nothing else. */
export function isSlope(module: Module): boolean {
  const [name, ...others] = module.tensors.keys();
  if (others.length > 0 || (name !== 'weight' && name !== 'alpha')) return false;
  return lengthOf(module) === 1 || /relu|act/i.test(module.name);
}

const parentOf = (path: string) => path.slice(0, path.lastIndexOf('.') + 1);
const lastNumber = (path: string) => path.match(/\d+(?!.*\d)/)?.[0];
const numberedName = ({ name }: Module) => (/^\d+$/.test(name) ? Number(name) : undefined);

interface Rule {
  /** May the vectors of `module` follow layer number `index`? */
  fits(module: Module, layers: readonly WeightLayer[], index: number): boolean;
  /** Only layers that nothing follows yet. */
  readonly wantsFree: boolean;
  readonly prefers: 'first' | 'last';
}

/** What the names say, from the surest to the least sure. */
const RULES: readonly Rule[] = [
  // nn.Sequential: the nearest layer before it.
  {
    fits: (module, layers, index) => isJustAfter(module, layers, index),
    wantsFree: false,
    prefers: 'last',
  },
  // conv2, bn2 of one block; then any two of one block; then fc2, norm2; then the first that has room.
  {
    fits: (module, layers, index) =>
      parentOf(module.path) === parentOf(layers[index].path) &&
      lastNumber(module.name) === lastNumber(layers[index].module.name),
    wantsFree: true,
    prefers: 'first',
  },
  {
    fits: (module, layers, index) =>
      parentOf(module.path) !== '' && parentOf(module.path) === parentOf(layers[index].path),
    wantsFree: true,
    prefers: 'first',
  },
  {
    fits: (module, layers, index) => lastNumber(module.path) === lastNumber(layers[index].path),
    wantsFree: true,
    prefers: 'first',
  },
  { fits: () => true, wantsFree: true, prefers: 'first' },
  // A second norm: at the end of the block that it is part of.
  {
    fits: (module, layers, index) => layers[index].path.startsWith(parentOf(module.path)),
    wantsFree: false,
    prefers: 'last',
  },
];

function isJustAfter(module: Module, layers: readonly WeightLayer[], index: number): boolean {
  const [own, other] = [numberedName(module), numberedName(layers[index].module)];
  const parent = parentOf(module.path);
  if (own === undefined || other === undefined || other > own || parent !== parentOf(layers[index].path))
    return false;
  const next = layers[index + 1];
  const nextNumber = next && parentOf(next.path) === parent ? numberedName(next.module) : undefined;
  return nextNumber === undefined || nextNumber > own;
}

/** Hands `modules` out to the layers; those that fit nowhere are left out. */
export function findFollowers(
  layers: readonly WeightLayer[],
  modules: readonly Module[],
  inputChannels: number,
): Followers {
  const followers: Module[][] = Array.from({ length: layers.length + 1 }, () => []);
  let waiting = modules.filter((module) => lengthOf(module) !== undefined);
  for (const rule of RULES) {
    waiting = waiting.filter((module) => {
      const length = lengthOf(module);
      const isSpread = isSlope(module) && length === 1;
      const possible = [...layers.keys()].filter(
        (index) =>
          (isSpread || layers[index].writes === length) &&
          !(rule.wantsFree && followers[index + 1].length > 0) &&
          rule.fits(module, layers, index),
      );
      const found = rule.prefers === 'first' ? possible[0] : possible.at(-1);
      if (found !== undefined) followers[found + 1].push(module);
      return found === undefined;
    });
  }
  const ofInput = waiting.find((module) => lengthOf(module) === inputChannels && !isSlope(module));
  if (ofInput) followers[0].push(ofInput);
  return followers;
}
