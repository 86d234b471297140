/**
 * A trained metanet as a file: safetensors with its card (what it is, how it was trained, how well it does) in the header.
 */
import { type ModelFile, readTensor } from '../formats';
import type { Card } from './card';

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
