/** The thread that measures networks on a person's own labelled images: it holds the images, and the runtime. */
import * as Comlink from 'comlink';
import runtimeUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import { blobSource } from '../formats';
import { type Accuracy, type LabelledImages, measureAccuracy, readImages, type Scaling } from '../images';
import { NetworkRunner } from './network-runner';

export type ImagesSummary = Omit<LabelledImages, 'pixels' | 'labels'>;

export class AccuracyWorker {
  readonly #runner = new NetworkRunner(runtimeUrl);
  #images: LabelledImages | undefined;
  #measuring = new AbortController();
  /** Ends with the measurement before, well or badly: the runtime holds one network. */
  #turn: Promise<unknown> = Promise.resolve();

  /** Reads images, which replace those before. Rejects with FormatError, and keeps those, where the file holds none. */
  async read(blob: Blob, fileName: string): Promise<ImagesSummary> {
    this.#images = await readImages(blobSource(blob, fileName));
    const { name, count, channels, height, width } = this.#images;
    return { name, count, channels, height, width };
  }

  /**
   * Accuracy and loss of a network, given as ONNX, on the first `count` images, or on all. Ends the measurement before. Rejects
   * where the network cannot be run on them, or when it is ended.
   */
  async measure(
    onnx: Uint8Array,
    fileName: string,
    options: { readonly scaling: Scaling; readonly count?: number },
    onProgress: (share: number) => void,
  ): Promise<Accuracy> {
    this.stop();
    const { signal } = this.#measuring;
    const result = this.#turn.then(async () => {
      signal.throwIfAborted();
      if (!this.#images) throw new Error('No images have been chosen.');
      await this.#runner.load(onnx, fileName);
      return await measureAccuracy(this.#runner.imageNetwork, this.#images, options, { onProgress, signal });
    });
    this.#turn = result.catch(() => undefined);
    return await result;
  }

  stop(): void {
    this.#measuring.abort();
    this.#measuring = new AbortController();
  }
}

Comlink.expose(new AccuracyWorker());
