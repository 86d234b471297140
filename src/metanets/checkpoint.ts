/**
 * A trained metanet as a file: safetensors with its card (what it is, how it was trained, how well it does) in the header.
 */
import { type ModelFile, readTensor } from '../formats';

/** What stands on a checkpoint's card, as training/metanets/train.py writes it. */
export interface Card {
  /** Which metanet it is, and the name that people know it by. */
  readonly metanet: string;
  readonly name: string;
  /** Widths, rounds, …: what the metanet's weights are shaped by. */
  readonly config: Readonly<Record<string, number>>;
  /** What the zoo's networks do, and the zoo itself. */
  readonly task: { readonly dataset: string; readonly inputs: number; readonly outputs: number };
  readonly zoo: string;
  readonly networks: { readonly train: number; readonly validation: number; readonly test: number };
  /** Held-out quality. */
  readonly test: { readonly r2: number; readonly tau: number; readonly meanAbsoluteError: number };
  /** Half-width of the interval that holds the true accuracy with this probability (split conformal). */
  readonly interval: { readonly coverage: number; readonly halfWidth: number; readonly testCoverage: number };
  /** Beyond the threshold a network is unlike the zoo: of the embedding's distance, and of the logit that tells outliers. */
  readonly domain: {
    readonly threshold: number;
    readonly outlierThreshold?: number;
    readonly quantile: number;
  };
  /** Accuracies of the zoo's networks: shares of bins of .02 from 0 to 1. */
  readonly accuracies: readonly number[];
  readonly command: string;
  readonly date: string;
}

export interface Checkpoint {
  readonly card: Card;
  readonly tensors: ReadonlyMap<string, Float32Array>;
}

/** Reads all weights of a checkpoint file. Throws where the card is missing. */
export async function readCheckpoint(file: ModelFile): Promise<Checkpoint> {
  const text = file.metadata.get('card');
  if (!text) throw new Error(`${file.fileName} has no card: it is not a metanet checkpoint.`);
  const tensors = new Map<string, Float32Array>();
  for (const [name, tensor] of file.tensors) tensors.set(name, await readTensor(tensor));
  return { card: JSON.parse(text) as Card, tensors };
}
