/**
 * The thread that runs the metanet, on the GPU if there is one. To stop it, it is ended and started again: that also
 * releases everything it held.
 */
import * as Comlink from 'comlink';
import type { Gpu } from '../engine';
import type { GraphShape, ValuePlaces } from '../graph';
import {
  type AccuracyPredictor,
  checkPredictable,
  type NetworkTrace,
  type Saliency,
  type Verdict,
} from '../tasks';
import { type BackendReport, type EngineChoice, isLost, openPredictor } from './open-predictor';

/** What computes now, and why, if that has changed on the way. */
interface Recovery {
  readonly backend?: BackendReport;
  readonly notice?: string;
}

export interface Answer extends Recovery {
  readonly verdict: Verdict;
}

export interface SaliencyAnswer extends Recovery {
  readonly saliency: Saliency;
}

export interface TraceAnswer extends Recovery {
  readonly trace: NetworkTrace;
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
    const { result, ...recovery } = await this.#recovering((predictor) =>
      predictor.predict(graph, values, { budgetBytes, onProgress }),
    );
    return { verdict: result, ...recovery };
  }

  /** What the prediction for a network hangs on. Throws as `predict` does. */
  async saliency(
    graph: GraphShape,
    values: readonly Float32Array[],
    budgetBytes: number,
    onProgress: (share: number) => void,
  ): Promise<SaliencyAnswer> {
    const { result, ...recovery } = await this.#recovering((predictor) =>
      predictor.saliency(graph, values, { budgetBytes, onProgress }),
    );
    const buffers = result.edges.map(({ buffer }) => buffer as ArrayBuffer);
    return Comlink.transfer({ saliency: result, ...recovery }, buffers);
  }

  /** What the metanet computes on a network, round by round. Throws as `predict` does. */
  async trace(
    graph: GraphShape,
    values: readonly Float32Array[],
    budgetBytes: number,
    keepsPairs: boolean,
    onProgress: (share: number) => void,
  ): Promise<TraceAnswer> {
    const { result, ...recovery } = await this.#recovering((predictor) =>
      predictor.trace(graph, values, { budgetBytes, onProgress }, keepsPairs),
    );
    const { nodes, pairs, read, components } = result;
    const tables = [nodes, pairs ?? [], read, components.nodes, components.pairs ?? []].flat();
    const buffers = tables.map(({ buffer }) => buffer as ArrayBuffer);
    return Comlink.transfer({ trace: result, ...recovery }, buffers);
  }

  /** Asks the predictor: where its device is lost, once more on a new one; if that is lost too, on the CPU. */
  async #recovering<Result>(
    ask: (predictor: AccuracyPredictor) => Promise<Result>,
  ): Promise<Recovery & { readonly result: Result }> {
    let backend: BackendReport | undefined;
    for (;;) {
      try {
        const result = await ask(this.#ready);
        const where = backend?.kind === 'gpu' ? 'on a new one' : 'on the CPU';
        const notice = `The graphics device was lost while it was judging; this number was computed again ${where}.`;
        return backend ? { result, backend, notice } : { result };
      } catch (error) {
        if (!(await isLost(this.#gpu))) throw error;
        backend = await this.start(this.#checkpointUrl, this.#wasLost ? 'cpu' : this.#choice);
        this.#wasLost = true;
      }
    }
  }

  /** The metanet for networks of this shape, as an ONNX file. */
  async toOnnx(
    graph: GraphShape,
    places: readonly (ValuePlaces | undefined)[],
  ): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.#ready.toOnnx(graph, places);
    return Comlink.transfer(bytes, [bytes.buffer]);
  }

  async selfCheck(graph: GraphShape, values: readonly Float32Array[], budgetBytes: number): Promise<number> {
    return await this.#ready.selfCheck(graph, values, { budgetBytes });
  }
}

Comlink.expose(new MetanetWorker());
