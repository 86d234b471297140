/** The zoos as training/zoo/publish.py writes them, read into one record per network. */
import type { PromisedInterval } from '../../metanets/card';
import type { ZooName } from '../zoo-names';
import { PROPERTY_NAMES, type PropertyName } from './properties';

/**
 * What a network was for when the metanets were trained. For tests only: `wide`, wider than any that they learned from, and
 * `edited-test`, held-out networks after an edit as people make them in the page.
 */
export type Split = 'train' | 'validation' | 'test' | 'wide' | 'edited-test';

export interface ZooNetwork {
  /** Its place in the zoo, and in every metanet's predictions. */
  readonly index: number;
  readonly name: string;
  readonly run: number;
  readonly split: Split;
  /** Shares of 1, on the test images and on those that it was trained on. */
  readonly accuracy: number;
  readonly trainAccuracy: number;
  readonly samplesSeen: number;
  readonly parameters: number;
  /** Layers with weights on the way from input to output, and the nodes of the widest hidden one. */
  readonly depth: number;
  readonly widest: number;
  /** In words; empty where the zoo does not tell its networks apart by it. */
  readonly kind: string;
  readonly edit: string;
  readonly norm: string;
  readonly activation: string;
  readonly optimiser: string;
  readonly head: string;
  /** Its file is in the pack that comes with the page. */
  readonly isShipped: boolean;
}

export interface ZooMetanet {
  readonly id: string;
  readonly name: string;
  readonly interval: PromisedInterval;
  /** Of edited networks, where the zoo has such. */
  readonly editedInterval?: PromisedInterval;
  readonly quality: Readonly<Partial<Record<Split, { readonly r2: number; readonly tau: number }>>>;
  /** Accuracies, by the networks' places. */
  readonly predicted: readonly number[];
}

/** What a metanet promises for networks of a split. */
export const intervalOf = (
  { interval, editedInterval }: ZooMetanet,
  split: Split | 'all',
): PromisedInterval => (split === 'edited-test' ? editedInterval : undefined) ?? interval;

export interface Zoo extends ZooName {
  readonly description: string;
  readonly dataset: string;
  readonly networks: readonly ZooNetwork[];
  readonly metanets: readonly ZooMetanet[];
  /** Those that tell its networks apart. */
  readonly properties: readonly PropertyName[];
}

interface Coded {
  readonly values: readonly string[];
  readonly codes: readonly number[];
}

type Numbers = 'run' | 'accuracy' | 'trainAccuracy' | 'samplesSeen' | 'parameters' | 'depth' | 'widest';
type Words = 'split' | 'kind' | 'edit' | 'norm' | 'activation' | 'optimiser' | 'head';

interface ZooFile extends Omit<Zoo, 'id' | 'networks' | 'properties'> {
  readonly columns: Readonly<Record<Numbers, readonly number[]>> & { readonly name: readonly string[] };
  readonly words: Readonly<Partial<Record<Words, Coded>>>;
  readonly shipped: readonly number[];
}

function readZoo(id: string, { columns, words, shipped, ...zoo }: ZooFile): Zoo {
  const isShipped = new Set(shipped);
  const networks = columns.name.map((name, index): ZooNetwork => {
    const word = (key: Words) => {
      const coded = words[key];
      return coded ? coded.values[coded.codes[index]] : '';
    };
    return {
      index,
      name,
      run: columns.run[index],
      split: word('split') as Split,
      accuracy: columns.accuracy[index],
      trainAccuracy: columns.trainAccuracy[index],
      samplesSeen: columns.samplesSeen[index],
      parameters: columns.parameters[index],
      depth: columns.depth[index],
      widest: columns.widest[index],
      kind: word('kind'),
      edit: word('edit'),
      norm: word('norm'),
      activation: word('activation'),
      optimiser: word('optimiser'),
      head: word('head'),
      isShipped: isShipped.has(index),
    };
  });
  const properties = PROPERTY_NAMES.filter((name) => name in columns || name in words);
  return { ...zoo, id, networks, properties };
}

export async function loadZoo(id: string): Promise<Zoo> {
  const file = `${encodeURIComponent(id)}.json`;
  const response = await fetch(new URL(`zoo/${file}`, document.baseURI));
  if (!response.ok) throw new Error(`The zoo could not be loaded (${file}: ${response.status}).`);
  return readZoo(id, (await response.json()) as ZooFile);
}
