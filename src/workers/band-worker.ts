/** A thread that runs bands of a graph for the metanet's thread. */
import * as Comlink from 'comlink';
import { OwnThread } from '../engine';

export class BandWorker {
  readonly #thread = new OwnThread();

  async load(...args: Parameters<OwnThread['load']>): Promise<void> {
    await this.#thread.load(...args);
  }

  async run(...args: Parameters<OwnThread['run']>): Promise<Float32Array> {
    // The results lie in WebAssembly's memory: a copy goes.
    const results = (await this.#thread.run(...args)).slice();
    return Comlink.transfer(results, [results.buffer]);
  }

  async gradient(...args: Parameters<OwnThread['gradient']>): Promise<Float32Array> {
    const results = (await this.#thread.gradient(...args)).slice();
    return Comlink.transfer(results, [results.buffer]);
  }

  async release(): Promise<void> {
    await this.#thread.release();
  }
}

Comlink.expose(new BandWorker());
