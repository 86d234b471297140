/** The zoo as training/zoo/publish.py writes it, read into one record per network. */

export type Split = 'train' | 'validation' | 'test';

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
  /** Convolutions, and the channels of the widest of them. */
  readonly depth: number;
  readonly widest: number;
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
  readonly interval: { readonly coverage: number; readonly halfWidth: number };
  readonly quality: Readonly<Record<Split, { readonly r2: number; readonly tau: number }>>;
  /** Accuracies, by the networks' places. */
  readonly predicted: readonly number[];
}

export interface Zoo {
  readonly name: string;
  readonly description: string;
  readonly dataset: string;
  readonly networks: readonly ZooNetwork[];
  readonly metanets: readonly ZooMetanet[];
}

interface Coded {
  readonly values: readonly string[];
  readonly codes: readonly number[];
}

interface ZooFile extends Omit<Zoo, 'networks'> {
  readonly columns: {
    readonly name: readonly string[];
    readonly split: Coded & { readonly values: readonly Split[] };
  } & Record<
    'run' | 'accuracy' | 'trainAccuracy' | 'samplesSeen' | 'parameters' | 'depth' | 'widest',
    readonly number[]
  > &
    Record<'norm' | 'activation' | 'optimiser' | 'head', Coded>;
  readonly shipped: readonly number[];
}

function readZoo({ columns, shipped, ...zoo }: ZooFile): Zoo {
  const isShipped = new Set(shipped);
  const decode = <T>(
    { values, codes }: { values: readonly T[]; codes: readonly number[] },
    index: number,
  ): T => values[codes[index]];
  const networks = columns.name.map((name, index) => ({
    index,
    name,
    run: columns.run[index],
    split: decode(columns.split, index),
    accuracy: columns.accuracy[index],
    trainAccuracy: columns.trainAccuracy[index],
    samplesSeen: columns.samplesSeen[index],
    parameters: columns.parameters[index],
    depth: columns.depth[index],
    widest: columns.widest[index],
    norm: decode(columns.norm, index),
    activation: decode(columns.activation, index),
    optimiser: decode(columns.optimiser, index),
    head: decode(columns.head, index),
    isShipped: isShipped.has(index),
  }));
  return { ...zoo, networks };
}

export async function loadZoo(): Promise<Zoo> {
  const response = await fetch(new URL('zoo/varying-cnns.json', document.baseURI));
  if (!response.ok) throw new Error(`The zoo could not be loaded (${response.status}).`);
  return readZoo((await response.json()) as ZooFile);
}
