/** What networks are coloured and filtered by, and the words for it. */
import { formatLarge } from '../format';
import type { ZooNetwork } from './zoo-data';

export type PropertyName =
  | 'kind'
  | 'edit'
  | 'norm'
  | 'activation'
  | 'optimiser'
  | 'head'
  | 'depth'
  | 'widest'
  | 'samplesSeen'
  | 'parameters';

interface Property {
  readonly label: string;
  /** Kinds have no order; a few numbers have one; a range is told apart by its logarithm, and not by value. */
  readonly type: 'kinds' | 'numbers' | 'range';
}

export const PROPERTIES: Readonly<Record<PropertyName, Property>> = {
  kind: { label: 'kind', type: 'kinds' },
  edit: { label: 'edit', type: 'kinds' },
  norm: { label: 'normalisation', type: 'kinds' },
  activation: { label: 'activation', type: 'kinds' },
  optimiser: { label: 'optimiser', type: 'kinds' },
  head: { label: 'head', type: 'kinds' },
  depth: { label: 'layers', type: 'numbers' },
  widest: { label: 'widest layer', type: 'numbers' },
  samplesSeen: { label: 'samples seen', type: 'range' },
  parameters: { label: 'parameters', type: 'range' },
};

export const PROPERTY_NAMES = Object.keys(PROPERTIES) as PropertyName[];

/** Ranges have too many values to choose from. */
export const hasFewValues = (name: PropertyName) => PROPERTIES[name].type !== 'range';

const WORDS: ReadonlyMap<string, string> = new Map([
  ['cnn2d', '2-D CNN'],
  ['cnn1d', '1-D CNN'],
  ['deepsets', 'DeepSets'],
  ['resnet', 'ResNet'],
  ['vit', 'ViT'],
  ['relu', 'ReLU'],
  ['gelu', 'GELU'],
  ['silu', 'SiLU'],
  ['elu', 'ELU'],
  ['leaky_relu', 'leaky ReLU'],
  ['sgd', 'SGD'],
  ['adam', 'Adam'],
  ['adamw', 'AdamW'],
  ['rmsprop', 'RMSprop'],
]);

export const wordFor = (value: string | number) =>
  typeof value === 'number' ? formatLarge(value) : (WORDS.get(value) ?? value);

/** The values that a property takes, in order. */
export function valuesOf(networks: readonly ZooNetwork[], name: PropertyName): (string | number)[] {
  const values = [...new Set(networks.map((network) => network[name]))];
  return values.sort((a, b) =>
    typeof a === 'number' && typeof b === 'number' ? a - b : wordFor(a).localeCompare(wordFor(b)),
  );
}
