/**
 * The thread that asks the other metanets, so that a person sees where they agree: one after the other, on the GPU if there is
 * one and it runs them, by their plain references otherwise. Each is reported as it answers.
 */
import * as Comlink from 'comlink';
import { type Gpu, GraphTooLargeError } from '../engine';
import { blobSource, openModel } from '../formats';
import type { GraphShape } from '../graph';
import { type Checkpoint, readCheckpoint } from '../metanets/checkpoint';
import type { MetanetInput } from '../metanets/input';
import { openMetanet } from '../metanets/open-metanet';
import type { MetanetOutput } from '../metanets/output';
import { checkedInput, predictedAccuracy, type Verdict } from '../tasks';
import { MAX_PAIRS } from './comparison-limits';
import { type EngineChoice, isLost, openWantedGpu } from './predictors';

/** What one metanet says of a network. */
export interface Opinion extends Pick<Verdict, 'accuracy' | 'low' | 'high' | 'computedOn'> {
  readonly metanet: string;
  readonly name: string;
  /** On its held-out networks. */
  readonly r2: number;
  readonly tau: number;
}

type Answer = Pick<Opinion, 'computedOn'> & { readonly output: MetanetOutput };
type Ask = (checkpoint: Checkpoint, input: MetanetInput) => Promise<Answer>;

const askReference: Ask = async (checkpoint, input) => ({
  output: openMetanet(checkpoint)(input),
  computedOn: 'cpu',
});

async function askOn(gpu: Gpu): Promise<Ask> {
  const { openOnGpu } = await import('../engine/comparison/open-on-gpu');
  return async (checkpoint, input) => {
    try {
      const run = await openOnGpu(gpu, checkpoint);
      if (run) return { output: await run(input), computedOn: 'gpu' };
    } catch (error) {
      const hasNoRoom = error instanceof GraphTooLargeError || (await isLost(gpu));
      if (!hasNoRoom || input.graph.pairCount > MAX_PAIRS.cpu) throw error;
    }
    return await askReference(checkpoint, input);
  };
}

export class ComparisonWorker {
  /**
   * Opinions come in the order of the checkpoints' files, each before the next is formed: what crosses threads by another way than
   * the answer could come after it. Throws, after all others, what went wrong with the first that failed.
   */
  async compare(
    files: readonly Blob[],
    graph: GraphShape,
    values: readonly Float32Array[],
    engine: EngineChoice,
    edits: readonly string[],
    onOpinion: (opinion: Opinion) => unknown,
  ): Promise<void> {
    const input = checkedInput(graph, values);
    const gpu = engine === 'cpu' ? undefined : await openWantedGpu(engine);
    const hasGpu = typeof gpu === 'object';
    const ask = hasGpu ? await askOn(gpu) : askReference;
    const failures: unknown[] = [];
    for (const file of files) {
      try {
        const checkpoint = await readCheckpoint(
          await openModel([blobSource(file, 'checkpoint.safetensors')]),
        );
        const { metanet, name, test } = checkpoint.card;
        const { output, computedOn } = await ask(checkpoint, input);
        await onOpinion({
          ...{ metanet, name, computedOn, r2: test.r2, tau: test.tau },
          ...predictedAccuracy(checkpoint.card, output.outputs, edits),
        });
      } catch (error) {
        failures.push(error);
      }
    }
    if (hasGpu) gpu.device.destroy();
    if (failures.length > 0) throw failures[0];
  }
}

Comlink.expose(new ComparisonWorker());
