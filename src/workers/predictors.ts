/** What the threads that run GMN share: its checkpoints, one a zoo, and the engine that is wanted, or the best there is. */
import { type Gpu, NO_GPU_SENTENCES, type NoGpuReason, openGpu } from '../engine';
import { blobSource, openModel } from '../formats';
import type { GraphShape } from '../graph';
import type { Card } from '../metanets/card';
import { type Checkpoint, readCheckpoint } from '../metanets/checkpoint';
import { gmnWeights } from '../metanets/gmn';
import { weightsSum } from '../metanets/weights-sum';
import { AccuracyPredictor, type Backend, strangeFacts } from '../tasks';
import { cpuThreads } from './band-threads';
import { onceEach } from './once-each';

/** A graphics card if there is one and threads otherwise, or what a person wants. */
export type EngineChoice = 'auto' | 'gpu' | 'cpu';

/** Which zoo GMN has learned from, and where that checkpoint is. */
export interface ZooCheckpoint {
  readonly zoo: string;
  readonly url: string;
}

export interface BackendReport {
  readonly kind: 'gpu' | 'cpu';
  /** The adapter's description, or why there is no GPU, as a sentence. */
  readonly description: string;
  readonly isSoftware: boolean;
  /** Threads that the CPU computes on; 0 for a GPU. */
  readonly threads: number;
  readonly zoo: string;
  readonly card: Card;
  /** What tells the metanet's weights from any others (metanets/weights-sum). */
  readonly weightsSum: string;
}

export interface OpenedPredictor {
  readonly predictor: AccuracyPredictor;
  readonly report: BackendReport;
}

/** GMN of every zoo on one engine. A checkpoint is loaded when it is first wanted, or beforehand. */
export class Predictors {
  readonly of = onceEach((zoo) => this.#open(zoo));
  readonly #file = onceEach((zoo) => this.#load(zoo));

  private constructor(
    readonly checkpoints: readonly ZooCheckpoint[],
    readonly engine: Gpu | NoGpuReason,
  ) {}

  /** `whyCpu`: what is said where the CPU was asked for. */
  static async open(
    checkpoints: readonly ZooCheckpoint[],
    choice: EngineChoice,
    whyCpu: NoGpuReason = 'turnedOff',
  ): Promise<Predictors> {
    return new Predictors(checkpoints, choice === 'cpu' ? whyCpu : await openWantedGpu(choice));
  }

  /** The graphics device is gone: nothing more comes from these. */
  async isLost(): Promise<boolean> {
    return typeof this.engine === 'object' && (await isLost(this.engine));
  }

  /** Loads all checkpoints: a network that is dropped later must cause no request. */
  async preload(): Promise<void> {
    await Promise.all(this.checkpoints.map(({ zoo }) => this.#file(zoo)));
  }

  async #load(zoo: string): Promise<Blob> {
    const url = this.checkpoints.find((one) => one.zoo === zoo)?.url;
    if (url === undefined) throw new Error(`There is no zoo "${zoo}".`);
    const response = await fetch(url);
    if (!response.ok) throw new Error(`The metanet's weights could not be loaded (${response.status}).`);
    return await response.blob();
  }

  /** That of the first zoo whose networks have all that this one has; where there is none, of the one that lacks least of it. */
  async suiting(graph: GraphShape): Promise<OpenedPredictor> {
    let best: { readonly opened: OpenedPredictor; readonly strange: number } | undefined;
    for (const { zoo } of this.checkpoints) {
      const opened = await this.of(zoo);
      const strange = strangeFacts(opened.predictor.checkpoint, graph).length;
      if (strange === 0) return opened;
      if (!best || strange < best.strange) best = { opened, strange };
    }
    if (!best) throw new Error('There is no zoo.');
    return best.opened;
  }

  async #open(zoo: string): Promise<OpenedPredictor> {
    const file = await openModel([blobSource(await this.#file(zoo), 'checkpoint.safetensors')]);
    const checkpoint = await readCheckpoint(file);
    const { backend, ...computer } = await computerOn(this.engine, checkpoint);
    const { card, tensors } = checkpoint;
    return {
      predictor: new AccuracyPredictor(checkpoint, backend),
      report: { kind: backend.kind, ...computer, zoo, card, weightsSum: weightsSum(tensors) },
    };
  }
}

async function computerOn(
  engine: Gpu | NoGpuReason,
  checkpoint: Checkpoint,
): Promise<{ readonly backend: Backend } & Pick<BackendReport, 'description' | 'isSoftware' | 'threads'>> {
  if (typeof engine === 'string') {
    const threads = cpuThreads();
    const description = NO_GPU_SENTENCES[engine];
    return { backend: { kind: 'cpu', threads }, description, isSoftware: false, threads: threads.length };
  }
  const { description, isSoftware } = engine;
  const { GmnProgram } = await import('../engine/gmn-program');
  const program = await GmnProgram.create(engine, gmnWeights(checkpoint));
  return { backend: { kind: 'gpu', program }, description, isSoftware, threads: 0 };
}

/** A software adapter is passed over, unless the GPU was asked for. */
export async function openWantedGpu(choice: EngineChoice): Promise<Gpu | NoGpuReason> {
  const opened = await openGpu((error) => {
    throw error; // reaches the page as this worker's error event
  });
  if (typeof opened === 'string' || !opened.isSoftware || choice === 'gpu') return opened;
  opened.device.destroy();
  return 'softwareAdapter';
}

/** A run that failed because its device is gone fails a moment before or after the device says so. */
export async function isLost(gpu: Gpu): Promise<boolean> {
  const soon = new Promise((resolve) => setTimeout(() => resolve(false), 500));
  return (await Promise.race([gpu.lost.then(() => true), soon])) === true;
}
