/** What the threads that run the metanet share: its checkpoint, and the engine that is wanted, or the best there is. */
import { type Gpu, NO_GPU_SENTENCES, type NoGpuReason, openGpu } from '../engine';
import { blobSource, openModel } from '../formats';
import type { Card } from '../metanets/card';
import { readCheckpoint } from '../metanets/checkpoint';
import { gmnWeights } from '../metanets/gmn';
import { weightsSum } from '../metanets/weights-sum';
import { AccuracyPredictor } from '../tasks';
import { cpuThreads } from './band-threads';

/** A graphics card if there is one and threads otherwise, or what a person wants. */
export type EngineChoice = 'auto' | 'gpu' | 'cpu';

export interface BackendReport {
  readonly kind: 'gpu' | 'cpu';
  /** The adapter's description, or why there is no GPU, as a sentence. */
  readonly description: string;
  readonly isSoftware: boolean;
  /** Threads that the CPU computes on; 0 for a GPU. */
  readonly threads: number;
  readonly card: Card;
  /** What tells the metanet's weights from any others (metanets/weights-sum). */
  readonly weightsSum: string;
}

export interface OpenedPredictor {
  readonly predictor: AccuracyPredictor;
  readonly gpu: Gpu | undefined;
  readonly report: BackendReport;
}

/** `whyCpu`: what is said where the CPU was asked for. */
export async function openPredictor(
  checkpointUrl: string,
  choice: EngineChoice,
  whyCpu: NoGpuReason = 'turnedOff',
): Promise<OpenedPredictor> {
  const response = await fetch(checkpointUrl);
  if (!response.ok) throw new Error(`The metanet's weights could not be loaded (${response.status}).`);
  const file = await openModel([blobSource(await response.blob(), 'checkpoint.safetensors')]);
  const checkpoint = await readCheckpoint(file);
  const loaded = { card: checkpoint.card, weightsSum: weightsSum(checkpoint.tensors) };
  const gpu = choice === 'cpu' ? whyCpu : await openWantedGpu(choice);
  if (typeof gpu === 'string') {
    const threads = cpuThreads();
    const description = NO_GPU_SENTENCES[gpu];
    return {
      predictor: new AccuracyPredictor(checkpoint, { kind: 'cpu', threads }),
      gpu: undefined,
      report: { kind: 'cpu', description, isSoftware: false, threads: threads.length, ...loaded },
    };
  }
  const { description, isSoftware } = gpu;
  const { GmnProgram } = await import('../engine/gmn-program');
  const program = await GmnProgram.create(gpu, gmnWeights(checkpoint));
  return {
    predictor: new AccuracyPredictor(checkpoint, { kind: 'gpu', program }),
    gpu,
    report: { kind: 'gpu', description, isSoftware, threads: 0, ...loaded },
  };
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
export async function isLost(gpu: Gpu | undefined): Promise<boolean> {
  if (!gpu) return false;
  const soon = new Promise((resolve) => setTimeout(() => resolve(false), 500));
  return (await Promise.race([gpu.lost.then(() => true), soon])) === true;
}
