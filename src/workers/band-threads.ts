/** The threads that the CPU has for bands: this one, and workers that are started when there is first work for them. */
import * as Comlink from 'comlink';
import { type BandThread, OwnThread } from '../engine';
import type { BandWorker } from './band-worker';

/** Beyond these, threads wait for memory and for the nodes' part. */
const MAX_THREADS = 8;

class WorkerThread implements BandThread {
  #worker: Comlink.Remote<BandWorker> | undefined;

  #start(): Comlink.Remote<BandWorker> {
    this.#worker ??= Comlink.wrap<BandWorker>(
      new Worker(new URL('./band-worker.ts', import.meta.url), { type: 'module', name: 'bands' }),
    );
    return this.#worker;
  }

  async load(...args: Parameters<BandThread['load']>): Promise<void> {
    await this.#start().load(...args);
  }

  async run(...[pass, projections, onBand]: Parameters<BandThread['run']>): Promise<Float32Array> {
    return await this.#start().run(pass, projections?.slice(), Comlink.proxy(onBand));
  }

  async gradient(...[pass, onBand]: Parameters<BandThread['gradient']>): Promise<Float32Array> {
    return await this.#start().gradient(pass, Comlink.proxy(onBand));
  }

  async release(): Promise<void> {
    await this.#worker?.release();
  }
}

export function cpuThreads(): BandThread[] {
  // One processor is left to the page.
  const count = Math.max(1, Math.min(MAX_THREADS, (navigator.hardwareConcurrency ?? 2) - 1));
  return [new OwnThread(), ...Array.from({ length: count - 1 }, () => new WorkerThread())];
}
