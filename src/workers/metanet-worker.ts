/**
 * The thread that runs the metanet, on the GPU if there is one. To stop it, it is ended and started again: that also
 * releases everything it held.
 */
import * as Comlink from 'comlink';
import { GmnProgram, type Gpu, NO_GPU_SENTENCES, type NoGpuReason, openGpu } from '../engine';
import { blobSource, openModel } from '../formats';
import type { GraphShape } from '../graph';
import { type Card, readCheckpoint } from '../metanets/checkpoint';
import { gmnWeights } from '../metanets/gmn';
import { AccuracyPredictor, type Backend, checkPredictable, type Verdict } from '../tasks';

export interface BackendReport {
  readonly kind: 'gpu' | 'cpu';
  /** The adapter's description, or why there is no GPU, as a sentence. */
  readonly description: string;
  readonly isSoftware: boolean;
  readonly card: Card;
}

export class MetanetWorker {
  #predictor: AccuracyPredictor | undefined;
  #gpu: Gpu | undefined;
  #checkpointUrl = '';
  #lostBefore = false;

  /** Loads the checkpoint and opens the best backend there is. */
  async start(checkpointUrl: string, mayUseGpu: boolean): Promise<BackendReport> {
    this.#checkpointUrl = checkpointUrl;
    const response = await fetch(checkpointUrl);
    if (!response.ok) throw new Error(`The metanet's weights could not be loaded (${response.status}).`);
    const file = await openModel([blobSource(await response.blob(), 'checkpoint.safetensors')]);
    const checkpoint = await readCheckpoint(file);
    const { card } = checkpoint;
    const opened = mayUseGpu ? await this.#openGpu() : 'turnedOff';
    if (typeof opened === 'string') {
      this.#predictor = new AccuracyPredictor(checkpoint, { kind: 'cpu' });
      return { kind: 'cpu', description: NO_GPU_SENTENCES[opened], isSoftware: false, card };
    }
    this.#gpu = opened;
    const program = await GmnProgram.create(opened.device, gmnWeights(checkpoint));
    this.#predictor = new AccuracyPredictor(checkpoint, { kind: 'gpu', program });
    return { kind: 'gpu', description: opened.description, isSoftware: opened.isSoftware, card };
  }

  async #openGpu(): Promise<Gpu | NoGpuReason> {
    if (this.#lostBefore) return 'deviceLost';
    return await openGpu(
      () => {
        this.#gpu = undefined;
      },
      (error) => {
        throw error; // reaches the page as this worker's error event
      },
    );
  }

  get #ready(): AccuracyPredictor {
    if (!this.#predictor) throw new Error('The metanet has not been loaded yet.');
    return this.#predictor;
  }

  /** Why no prediction can be made for a network of this shape; throws that, before values are sent. */
  check(graph: GraphShape): void {
    checkPredictable(graph, this.#ready.checkpoint, this.#ready.backend.kind);
  }

  async predict(
    graph: GraphShape,
    values: readonly Float32Array[],
    onProgress: (share: number) => void,
  ): Promise<Verdict> {
    const backend: Backend['kind'] = this.#ready.backend.kind;
    try {
      return await this.#ready.predict(graph, values, { onProgress });
    } catch (error) {
      if (backend !== 'gpu' || this.#gpu) throw error;
      // The device was lost on the way: once more on a new one, and if that is lost too, on the CPU.
      await this.start(this.#checkpointUrl, true);
      this.#lostBefore = true;
      return await this.#ready.predict(graph, values, { onProgress });
    }
  }

  async selfCheck(graph: GraphShape, values: readonly Float32Array[]): Promise<number> {
    return await this.#ready.selfCheck(graph, values);
  }
}

Comlink.expose(new MetanetWorker());
