/**
 * The thread that runs the metanet, on the GPU if there is one. To stop it, it is ended and started again: that also
 * releases everything it held.
 */
import * as Comlink from 'comlink';
import type { Gpu } from '../engine';
import type { GraphShape } from '../graph';
import { type AccuracyPredictor, checkPredictable, type Verdict } from '../tasks';
import { type BackendReport, type EngineChoice, isLost, openPredictor } from './open-predictor';

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
    const opened = await openPredictor(checkpointUrl, choice, this.#wasLost ? 'deviceLost' : 'turnedOff');
    this.#predictor = opened.predictor;
    this.#gpu = opened.gpu;
    return opened.report;
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
        if (!(await isLost(this.#gpu))) throw error;
        // Once more on a new device; if that is lost too, on the CPU.
        backend = await this.start(this.#checkpointUrl, this.#wasLost ? 'cpu' : this.#choice);
        this.#wasLost = true;
      }
    }
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
