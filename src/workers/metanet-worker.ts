/**
 * The thread that runs the metanet, on the GPU if there is one. To stop it, it is ended and started again: that also
 * releases everything it held.
 */
import * as Comlink from 'comlink';
import { type Gpu, NO_GPU_SENTENCES, type NoGpuReason, openGpu } from '../engine';
import { blobSource, openModel } from '../formats';
import type { GraphShape } from '../graph';
import { type Card, readCheckpoint } from '../metanets/checkpoint';
import { gmnWeights } from '../metanets/gmn';
import { AccuracyPredictor, checkPredictable, type Verdict } from '../tasks';
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
}

export interface Answer {
  readonly verdict: Verdict;
  /** What computes now, and why, if that has changed on the way. */
  readonly backend?: BackendReport;
  readonly notice?: string;
}

export class MetanetWorker {
  #predictor: AccuracyPredictor | undefined;
  #gpu: Gpu | undefined;
  #checkpointUrl = '';
  #choice: EngineChoice = 'auto';
  #wasLost = false;

  /** Loads the checkpoint and opens the engine that is wanted, or the best there is. */
  async start(checkpointUrl: string, choice: EngineChoice): Promise<BackendReport> {
    this.#checkpointUrl = checkpointUrl;
    this.#choice = choice;
    const response = await fetch(checkpointUrl);
    if (!response.ok) throw new Error(`The metanet's weights could not be loaded (${response.status}).`);
    const file = await openModel([blobSource(await response.blob(), 'checkpoint.safetensors')]);
    const checkpoint = await readCheckpoint(file);
    const { card } = checkpoint;
    const opened = choice === 'cpu' ? this.#whyCpu() : await this.#openGpu();
    if (typeof opened === 'string') {
      this.#gpu = undefined;
      const threads = cpuThreads();
      this.#predictor = new AccuracyPredictor(checkpoint, { kind: 'cpu', threads });
      return {
        kind: 'cpu',
        description: NO_GPU_SENTENCES[opened],
        isSoftware: false,
        threads: threads.length,
        card,
      };
    }
    this.#gpu = opened;
    const { GmnProgram } = await import('../engine/gmn-program');
    const program = await GmnProgram.create(opened, gmnWeights(checkpoint));
    this.#predictor = new AccuracyPredictor(checkpoint, { kind: 'gpu', program });
    return { kind: 'gpu', description: opened.description, isSoftware: opened.isSoftware, threads: 0, card };
  }

  #whyCpu(): NoGpuReason {
    return this.#wasLost ? 'deviceLost' : 'turnedOff';
  }

  async #openGpu(): Promise<Gpu | NoGpuReason> {
    const opened = await openGpu((error) => {
      throw error; // reaches the page as this worker's error event
    });
    if (typeof opened === 'string' || !opened.isSoftware || this.#choice === 'gpu') return opened;
    opened.device.destroy();
    return 'softwareAdapter';
  }

  get #ready(): AccuracyPredictor {
    if (!this.#predictor) throw new Error('The metanet has not been loaded yet.');
    return this.#predictor;
  }

  /** Why no prediction can be made for a network of this shape; throws that, before values are sent. */
  check(graph: GraphShape): void {
    checkPredictable(graph);
  }

  async predict(
    graph: GraphShape,
    values: readonly Float32Array[],
    budgetBytes: number,
    onProgress: (share: number) => void,
  ): Promise<Answer> {
    let backend: BackendReport | undefined;
    for (;;) {
      try {
        const verdict = await this.#ready.predict(graph, values, { budgetBytes, onProgress });
        const where = backend?.kind === 'gpu' ? 'on a new one' : 'on the CPU';
        const notice = `The graphics device was lost while it was judging; this number was computed again ${where}.`;
        return backend ? { verdict, backend, notice } : { verdict };
      } catch (error) {
        if (!(await this.#isGpuLost())) throw error;
        // Once more on a new device; if that is lost too, on the CPU.
        backend = await this.start(this.#checkpointUrl, this.#wasLost ? 'cpu' : this.#choice);
        this.#wasLost = true;
      }
    }
  }

  /** A run that failed because its device is gone fails a moment before or after the device says so. */
  async #isGpuLost(): Promise<boolean> {
    if (!this.#gpu) return false;
    const soon = new Promise((resolve) => setTimeout(() => resolve(false), 500));
    return (await Promise.race([this.#gpu.lost.then(() => true), soon])) === true;
  }

  /** The metanet for networks of this shape, as an ONNX file. */
  async toOnnx(graph: GraphShape): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.#ready.toOnnx(graph);
    return Comlink.transfer(bytes, [bytes.buffer]);
  }

  async selfCheck(graph: GraphShape, values: readonly Float32Array[], budgetBytes: number): Promise<number> {
    return await this.#ready.selfCheck(graph, values, { budgetBytes });
  }
}

Comlink.expose(new MetanetWorker());
