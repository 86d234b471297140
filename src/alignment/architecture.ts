/** Whether two models are built alike, and where they are not, which of their layers are. */
import { type BlockShape, type GraphShape, isCarrier, isWeightBlock } from '../graph';

/** A layer's weight: [targets, sources met by each, taps], and what it is called in its file. */
export interface LayerWeight {
  readonly name: string;
  readonly kind: BlockShape['kind'];
  readonly shape: readonly [number, number, number];
}

/** What became of a layer. `same`: one of the same kind and shape, found by its name or else in the order of the layers. */
export type LayerMatch =
  | {
      readonly kind: 'same';
      readonly by: 'name' | 'shape';
      readonly first: LayerWeight;
      readonly second: LayerWeight;
    }
  | { readonly kind: 'reshaped'; readonly first: LayerWeight; readonly second: LayerWeight }
  | { readonly kind: 'firstOnly'; readonly first: LayerWeight }
  | { readonly kind: 'secondOnly'; readonly second: LayerWeight };

/** What two layers at the same place do differently, though their parameters are alike. */
export interface SettingDifference {
  readonly layer: string;
  readonly setting: (typeof SETTINGS)[number] | 'stride';
  readonly first: string;
  readonly second: string;
}

const SETTINGS = ['activation', 'norm', 'pool', 'globalPool'] as const;

/** True if every group, block and tie of one has its like at the same place in the other. */
export function haveSameArchitecture(a: GraphShape, b: GraphShape): boolean {
  return sketch(a) === sketch(b);
}

const sketch = ({ groups, blocks, ties }: GraphShape) =>
  JSON.stringify([
    groups.map(({ kind, count, isOrdered, orderedRun }) => [kind, count, isOrdered, orderedRun]),
    blocks.map(({ kind, source, target, pattern, groups: parts, tapShape, tensorName }) => [
      ...[kind, source, target, pattern, parts],
      ...[tapShape.join('×'), tensorName === undefined],
    ]),
    ties,
  ]);

/** What the layers of two models of the same architecture do differently. */
export function settingDifferences(a: GraphShape, b: GraphShape): SettingDifference[] {
  const groups = a.groups.flatMap((group, index) => {
    const other = b.groups[index];
    if (isCarrier(group.kind)) return [];
    return SETTINGS.filter((setting) => group[setting] !== other[setting]).map((setting) => ({
      ...{ layer: group.name, setting },
      ...{ first: group[setting], second: other[setting] },
    }));
  });
  const blocks = a.blocks.flatMap(({ name, stride }, index) => {
    const other = b.blocks[index].stride;
    const setting = 'stride' as const;
    return stride === other ? [] : [{ layer: name, setting, first: `${stride}`, second: `${other}` }];
  });
  return [...groups, ...blocks];
}

/** Every layer with weights of two models, in the order of the first one's layers; what only the second has comes last. */
export function matchLayers(a: GraphShape, b: GraphShape): LayerMatch[] {
  const [first, second] = [layerWeights(a), layerWeights(b)];
  const matches = new Map<LayerWeight, LayerMatch>();
  const taken = new Set<LayerWeight>();
  const take = (match: Extract<LayerMatch, { kind: 'same' | 'reshaped' }>) => {
    matches.set(match.first, match);
    taken.add(match.second);
  };
  const named = new Map(second.map((weight) => [weight.name, weight]));
  for (const weight of first) {
    const other = named.get(weight.name);
    if (other && isAlike(weight, other)) take({ kind: 'same', by: 'name', first: weight, second: other });
  }
  const rest = (weights: LayerWeight[]) =>
    weights.filter((weight) => !matches.has(weight) && !taken.has(weight));
  for (const [weight, other] of longestCommon(rest(first), rest(second))) {
    take({ kind: 'same', by: 'shape', first: weight, second: other });
  }
  for (const weight of rest(first)) {
    const other = named.get(weight.name);
    if (other && !taken.has(other)) take({ kind: 'reshaped', first: weight, second: other });
  }
  return [
    ...first.map((weight) => matches.get(weight) ?? ({ kind: 'firstOnly', first: weight } as const)),
    ...rest(second).map((weight) => ({ kind: 'secondOnly', second: weight }) as const),
  ];
}

function layerWeights({ blocks, groups }: GraphShape): LayerWeight[] {
  return blocks.filter(isWeightBlock).map(({ name, tensorName, kind, target, pairCount, taps }) => {
    const { count } = groups[target];
    return { name: tensorName ?? name, kind, shape: [count, pairCount / count, taps] };
  });
}

const isAlike = (a: LayerWeight, b: LayerWeight) =>
  a.kind === b.kind && a.shape.every((size, axis) => size === b.shape[axis]);

/** Pairs of alike layers in the order of both models, as many as possible (longest common subsequence). */
function longestCommon(a: readonly LayerWeight[], b: readonly LayerWeight[]): [LayerWeight, LayerWeight][] {
  const width = b.length + 1;
  // lengths[i, j]: of the best list from the i-th of a and the j-th of b on.
  const lengths = new Int32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] = isAlike(a[i], b[j])
        ? lengths[(i + 1) * width + j + 1] + 1
        : Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
    }
  }
  const pairs: [LayerWeight, LayerWeight][] = [];
  for (let [i, j] = [0, 0]; i < a.length && j < b.length; ) {
    if (isAlike(a[i], b[j])) pairs.push([a[i++], b[j++]]);
    else if (lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) i++;
    else j++;
  }
  return pairs;
}
