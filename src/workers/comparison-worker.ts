/**
 * The thread that asks the other metanets, so that a person sees where they agree: each is run by its plain reference, one
 * after the other, and reported as it answers.
 */
import * as Comlink from 'comlink';
import { blobSource, openModel } from '../formats';
import type { GraphShape } from '../graph';
import { readCheckpoint } from '../metanets/checkpoint';
import { metanetInput } from '../metanets/input';
import { openMetanet } from '../metanets/open-metanet';
import { predictedAccuracy } from '../tasks';

/** What one metanet says of a network. */
export interface Opinion {
  readonly metanet: string;
  readonly name: string;
  readonly accuracy: number;
  readonly low: number;
  readonly high: number;
  /** On its held-out networks. */
  readonly r2: number;
  readonly tau: number;
}

export class ComparisonWorker {
  /** Opinions come in the order of the checkpoints' files. */
  async compare(
    files: readonly Blob[],
    graph: GraphShape,
    values: readonly Float32Array[],
    onOpinion: (opinion: Opinion) => void,
  ): Promise<void> {
    const input = metanetInput(graph, values);
    for (const file of files) {
      const checkpoint = await readCheckpoint(await openModel([blobSource(file, 'checkpoint.safetensors')]));
      const { metanet, name, test } = checkpoint.card;
      const { outputs } = openMetanet(checkpoint)(input);
      onOpinion({
        ...{ metanet, name, r2: test.r2, tau: test.tau },
        ...predictedAccuracy(checkpoint.card, outputs),
      });
    }
  }
}

Comlink.expose(new ComparisonWorker());
