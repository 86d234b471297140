/** Where the bands of a run are computed: the thread that asks, or another. */
import type { GmnWeights } from '../../metanets/gmn';
import { BandGradient, type GradientPass } from '../gradient/band-gradient';
import { BandRunner, type Pass, type RunnerInput } from './band-runner';
import { EdgeWeights } from './edge-weights';
import { WasmInstance } from './wasm';

export interface BandThread {
  load(weights: GmnWeights, input: RunnerInput): Promise<void>;
  run(
    pass: Pass,
    projections: Float32Array | undefined,
    onBand: (pairs: number) => void,
  ): Promise<Float32Array>;
  /** After all rounds of `run`: one pass backwards (../gradient/band-gradient). */
  gradient(pass: GradientPass, onBand: (pairs: number) => void): Promise<Float32Array>;
  /** Lets go of the bands. */
  release(): Promise<void>;
}

/** Bands on the thread that asks. */
export class OwnThread implements BandThread {
  #weights: EdgeWeights | undefined;
  #runner: BandRunner | undefined;
  #gradient: BandGradient | undefined;

  async load(weights: GmnWeights, input: RunnerInput): Promise<void> {
    const kept = this.#weights?.of === weights && !this.#runner ? this.#weights : undefined;
    this.#weights = kept ?? new EdgeWeights(await WasmInstance.create(), weights);
    this.#runner = new BandRunner(this.#weights, input);
  }

  async run(pass: Pass, projections: Float32Array | undefined, onBand: (pairs: number) => void) {
    if (!this.#runner) throw new Error('No bands have been loaded.');
    await undefined; // other threads are asked before this one is busy
    return this.#runner.run(pass, projections, onBand);
  }

  async gradient(pass: GradientPass, onBand: (pairs: number) => void) {
    if (!this.#runner) throw new Error('No bands have been loaded.');
    await undefined;
    this.#gradient ??= new BandGradient(this.#runner);
    return this.#gradient.run(pass, onBand);
  }

  async release(): Promise<void> {
    this.#runner = undefined;
    this.#gradient = undefined;
    if (!this.#weights?.instance.release()) this.#weights = undefined;
  }
}
