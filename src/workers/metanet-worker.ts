/**
 * The thread that runs the metanet, on the GPU if there is one. To stop it, it is ended and started again: that also
 * releases everything it held.
 */
import * as Comlink from 'comlink';
import type { GraphShape, ValuePlaces } from '../graph';
import {
  type AccuracyPredictor,
  checkPredictable,
  type NetworkTrace,
  type Saliency,
  type Verdict,
} from '../tasks';
import { type BackendReport, type EngineChoice, Predictors, type ZooCheckpoint } from './predictors';

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
  #predictors: Predictors | undefined;
  #choice: EngineChoice = 'auto';
  #wasLost = false;
  /** What is being opened in the place of predictors whose device is gone. */
  #replacing: { readonly lost: Predictors; readonly done: Promise<unknown> } | undefined;

  /** Opens the engine that is wanted, or the best there is, and loads the first zoo's checkpoint; the others as they are wanted. */
  async start(checkpoints: readonly ZooCheckpoint[], choice: EngineChoice): Promise<BackendReport> {
    this.#choice = choice;
    return await this.#open(checkpoints, choice);
  }

  async #open(checkpoints: readonly ZooCheckpoint[], choice: EngineChoice): Promise<BackendReport> {
    const whyCpu = this.#wasLost ? 'deviceLost' : 'turnedOff';
    const predictors = await Predictors.open(checkpoints, choice, whyCpu);
    const { report } = await predictors.of(checkpoints[0].zoo);
    this.#predictors = predictors;
    return report;
  }

  get #ready(): Predictors {
    if (!this.#predictors) throw new Error('The metanet has not been loaded yet.');
    return this.#predictors;
  }

  /**
   * Which zoo's metanet is to judge a network of this shape: the wanted one's, if there is such a zoo, or that of the zoo it
   * resembles. Throws, before values are sent, why no prediction can be made for it.
   */
  async choose(graph: GraphShape, wanted: string | undefined): Promise<BackendReport> {
    checkPredictable(graph);
    const predictors = this.#ready;
    const isKnown = predictors.checkpoints.some(({ zoo }) => zoo === wanted);
    const { report } = await (wanted && isKnown ? predictors.of(wanted) : predictors.suiting(graph));
    return report;
  }

  /** Loads what networks that are opened later may need. */
  async preload(): Promise<void> {
    await this.#ready.preload();
  }

  /** `zoo`: whose metanet is asked, here and below. `edits`: what was done to the network, in the words of cards. */
  async predict(
    zoo: string,
    graph: GraphShape,
    values: readonly Float32Array[],
    edits: readonly string[],
    budgetBytes: number,
    onProgress: (share: number) => void = () => undefined,
  ): Promise<Answer> {
    const { result, ...recovery } = await this.#recovering(zoo, (predictor) =>
      predictor.predict(graph, values, { budgetBytes, onProgress }, edits),
    );
    return { verdict: result, ...recovery };
  }

  /** What the prediction for a network hangs on. Throws as `predict` does. */
  async saliency(
    zoo: string,
    graph: GraphShape,
    values: readonly Float32Array[],
    budgetBytes: number,
    onProgress: (share: number) => void,
  ): Promise<SaliencyAnswer> {
    const { result, ...recovery } = await this.#recovering(zoo, (predictor) =>
      predictor.saliency(graph, values, { budgetBytes, onProgress }),
    );
    const buffers = result.edges.map(({ buffer }) => buffer as ArrayBuffer);
    return Comlink.transfer({ saliency: result, ...recovery }, buffers);
  }

  /** What the metanet computes on a network, round by round. Throws as `predict` does. */
  async trace(
    zoo: string,
    graph: GraphShape,
    values: readonly Float32Array[],
    budgetBytes: number,
    keepsPairs: boolean,
    onProgress: (share: number) => void,
  ): Promise<TraceAnswer> {
    const { result, ...recovery } = await this.#recovering(zoo, (predictor) =>
      predictor.trace(graph, values, { budgetBytes, onProgress }, keepsPairs),
    );
    const { nodes, pairs, read, components } = result;
    const tables = [nodes, pairs ?? [], read, components.nodes, components.pairs ?? []].flat();
    const buffers = tables.map(({ buffer }) => buffer as ArrayBuffer);
    return Comlink.transfer({ trace: result, ...recovery }, buffers);
  }

  /** Asks the predictor: where its device is lost, once more on a new one; if that is lost too, on the CPU. */
  async #recovering<Result>(
    zoo: string,
    ask: (predictor: AccuracyPredictor) => Promise<Result>,
  ): Promise<Recovery & { readonly result: Result }> {
    let backend: BackendReport | undefined;
    for (;;) {
      const predictors = this.#ready;
      try {
        const result = await ask((await predictors.of(zoo)).predictor);
        const where = backend?.kind === 'gpu' ? 'on a new one' : 'on the CPU';
        const notice = `The graphics device was lost while it was judging; this number was computed again ${where}.`;
        return backend ? { result, backend, notice } : { result };
      } catch (error) {
        if (!(await predictors.isLost())) throw error;
        await this.#replace(predictors);
        backend = (await this.#ready.of(zoo)).report;
      }
    }
  }

  /** Starts anew for predictors whose device is gone: once, of however many questions were under way on it. */
  async #replace(lost: Predictors): Promise<void> {
    if (this.#ready !== lost) return;
    if (this.#replacing?.lost !== lost) {
      const choice = this.#wasLost ? 'cpu' : this.#choice;
      this.#wasLost = true;
      this.#replacing = { lost, done: this.#open(lost.checkpoints, choice) };
    }
    await this.#replacing.done;
  }

  /** The metanet for networks of this shape, as an ONNX file. */
  async toOnnx(
    zoo: string,
    graph: GraphShape,
    places: readonly (ValuePlaces | undefined)[],
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { predictor } = await this.#ready.of(zoo);
    const bytes = await predictor.toOnnx(graph, places);
    return Comlink.transfer(bytes, [bytes.buffer]);
  }

  async selfCheck(
    zoo: string,
    graph: GraphShape,
    values: readonly Float32Array[],
    budgetBytes: number,
  ): Promise<number> {
    const { predictor } = await this.#ready.of(zoo);
    return await predictor.selfCheck(graph, values, { budgetBytes });
  }
}

Comlink.expose(new MetanetWorker());
