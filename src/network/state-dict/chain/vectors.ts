/**
 * Modules that hold vectors only (norms, slopes of PReLU): which layer of a chain each belongs to.
 */
import { isFloatingPoint, type StoredTensor } from '../../../formats';
import { type Module, parentOf } from '../module';
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

/** What the names of a layer, or of vectors, say about where in the network it stands. */
interface Place {
  readonly path: string;
  /** With its dot; empty at the top. */
  readonly parent: string;
  /** The last number in the path, and in the name that it ends with. */
  readonly pathNumber: string | undefined;
  readonly nameNumber: string | undefined;
  /** The name, where it is a number. */
  readonly step: number | undefined;
}

const lastNumber = (path: string) => path.match(/\d+(?!.*\d)/)?.[0];

const placeOf = (path: string, name: string): Place => ({
  path,
  parent: parentOf(path),
  pathNumber: lastNumber(path),
  nameNumber: lastNumber(name),
  step: /^\d+$/.test(name) ? Number(name) : undefined,
});

interface Rule {
  /** What vectors share with the layers that they may follow; undefined where the rule says nothing of them. */
  keyOf(own: Place): string | undefined;
  keysOf(layer: Place): readonly string[];
  /** May vectors at `own` follow layer number `index`, which shares the key? */
  fits?(own: Place, layers: readonly Place[], index: number): boolean;
  /** Only layers that nothing follows yet. */
  readonly wantsFree: boolean;
  readonly prefers: 'first' | 'last';
}

/** A rule of one key. */
const sharing = (keyOf: (place: Place) => string | undefined): Pick<Rule, 'keyOf' | 'keysOf'> => ({
  keyOf,
  keysOf: (layer) => [keyOf(layer) ?? []].flat(),
});

/** What the names say, from the surest to the least sure. */
const RULES: readonly Rule[] = [
  // nn.Sequential: the nearest layer before it.
  {
    ...sharing(({ step, parent }) => (step === undefined ? undefined : parent)),
    fits: isJustAfter,
    wantsFree: false,
    prefers: 'last',
  },
  // conv2, bn2 of one block; then any two of one block; then fc2, norm2; then the first that has room.
  {
    ...sharing(({ parent, nameNumber }) => `${parent} ${nameNumber}`),
    wantsFree: true,
    prefers: 'first',
  },
  { ...sharing(({ parent }) => parent || undefined), wantsFree: true, prefers: 'first' },
  { ...sharing(({ pathNumber }) => `${pathNumber}`), wantsFree: true, prefers: 'first' },
  { ...sharing(() => ''), wantsFree: true, prefers: 'first' },
  // A second norm: at the end of the block that it is part of.
  {
    keyOf: ({ parent }) => parent,
    keysOf: ({ path }) => ['', ...[...path.matchAll(/\./g)].map(({ index }) => path.slice(0, index + 1))],
    wantsFree: false,
    prefers: 'last',
  },
];

function isJustAfter({ step = 0, parent }: Place, layers: readonly Place[], index: number): boolean {
  const layer = layers[index];
  if (layer.step === undefined || layer.step > step) return false;
  const next = layers[index + 1];
  const nextStep = next?.parent === parent ? next.step : undefined;
  return nextStep === undefined || nextStep > step;
}

/** Numbers of the layers of each key that the rule may still choose, in order. */
function layersByKey(
  places: readonly Place[],
  followers: Followers,
  { keysOf, wantsFree }: Rule,
): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  places.forEach((place, index) => {
    if (wantsFree && followers[index + 1].length > 0) return;
    for (const key of keysOf(place)) {
      const own = found.get(key);
      if (own) own.push(index);
      else found.set(key, [index]);
    }
  });
  return found;
}

/** Hands `modules` out to the layers; those that fit nowhere are left out. */
export function findFollowers(
  layers: readonly WeightLayer[],
  modules: readonly Module[],
  inputChannels: number,
): Followers {
  const followers: Module[][] = Array.from({ length: layers.length + 1 }, () => []);
  const places = layers.map(({ path, module }) => placeOf(path, module.name));
  let waiting = modules.filter((module) => lengthOf(module) !== undefined);
  for (const rule of RULES) {
    const sharers = layersByKey(places, followers, rule);
    waiting = waiting.filter((module) => {
      const length = lengthOf(module);
      const isSpread = isSlope(module) && length === 1;
      const own = placeOf(module.path, module.name);
      const key = rule.keyOf(own);
      const isPossible = (index: number) =>
        (isSpread || layers[index].writes === length) &&
        !(rule.wantsFree && followers[index + 1].length > 0) &&
        (rule.fits?.(own, places, index) ?? true);
      const candidates = key === undefined ? [] : (sharers.get(key) ?? []);
      const found = rule.prefers === 'first' ? candidates.find(isPossible) : candidates.findLast(isPossible);
      if (found !== undefined) followers[found + 1].push(module);
      return found === undefined;
    });
  }
  const ofInput = waiting.find((module) => lengthOf(module) === inputChannels && !isSlope(module));
  if (ofInput) followers[0].push(ofInput);
  return followers;
}
