/**
 * The edge half of a GMN's gradient on one thread: the bands of a BandRunner backwards, tile by tile. Formulas:
 * src/metanets/gmn/gradient-round.ts and its neighbours.
 *
 * Nothing is kept per pair. A pass runs every tile forward, from its values through all rounds, and back to the round that it is
 * for, whose sums the nodes need before the round in front of it can be differentiated. The last pass goes on to the values.
 */
import { OUTGOING } from '../../metanets/gmn/gmn';
import { backwards, backwardsTo } from '../../metanets/gmn/gradient-algebra';
import { LAYER_NORM_EPSILON } from '../../metanets/linear-algebra';
import { type BandRunner, bandLayout, type LoadedBand } from '../cpu/band-runner';
import type { LoadedEncoder } from '../cpu/edge-weights';
import { PANEL, uploadLinear, type WasmLinear } from '../cpu/panels';
import { largestTile, type Tile, tilesOf } from '../cpu/tiles';
import { ACCUMULATES } from '../cpu/wasm';

export interface GradientPass {
  /** Round whose messages are differentiated, from the last to the first; −1 for a metanet without rounds. */
  readonly round: number;
  /** [nodes, 4·H]: what that round's step says of all that nodes read (src/metanets/gmn/gradient-round.ts). */
  readonly ofRead: Float32Array | undefined;
  /** [blocks, 3·H]: gradients of pooled states (src/metanets/gmn/gradient-readout.ts); none `after` without rounds. */
  readonly before: Float32Array;
  readonly after: Float32Array | undefined;
}

/** Linear layers of a round backwards: of the messages, and of the states' step. */
interface RoundBack {
  readonly edge: WasmLinear;
  readonly edgeStep: WasmLinear;
}

/** Columns of the encoder's inputs, padded to whole panels. */
const MAX_COLUMNS = 32;

export class BandGradient {
  readonly #width: number;
  readonly #rounds: readonly RoundBack[];
  readonly #output: WasmLinear;
  readonly #encoders = new Map<LoadedEncoder, WasmLinear>();
  /** Per round what GradientPass.ofRead says; before and after it the pools' gradients. */
  readonly #ofRead: readonly number[];
  readonly #pools: { readonly before: number; readonly after: number };
  /** One tile's states before each round and after the last, messages before their activation, gradients of states and messages. */
  readonly #tile: { states: number[]; z: number[]; d: number; back: number };
  #sums = { offset: 0, count: 0 };

  constructor(readonly runner: BandRunner) {
    const { weights, input } = runner;
    const { instance, width } = weights;
    this.#width = width;
    this.#rounds = weights.of.rounds.map(({ edge, edgeStep }) => ({
      edge: uploadLinear(instance, backwards(edge)),
      edgeStep: uploadLinear(instance, backwards(edgeStep)),
    }));
    this.#output = uploadLinear(instance, backwards(weights.of.edgeEncoder.output));
    for (const { block } of runner.bands) {
      const { encoder } = block;
      if (this.#encoders.has(encoder)) continue;
      const { columns } = encoder;
      const padded = Math.ceil(columns.length / PANEL) * PANEL;
      const back = backwardsTo(weights.of.edgeEncoder.input, columns, padded);
      this.#encoders.set(encoder, uploadLinear(instance, back));
    }
    const pool = () => instance.allocate(input.blockCount * 3 * width);
    this.#pools = { before: pool(), after: pool() };
    this.#ofRead = weights.rounds.map(() => instance.allocate(input.nodeCount * 4 * width));
    const rows = largestTile(input.bands);
    const states = () => instance.allocate(rows * width);
    this.#tile = {
      states: [states(), ...weights.rounds.map(states)],
      z: weights.rounds.map(states),
      d: instance.allocate(rows * Math.max(width, MAX_COLUMNS)),
      back: states(),
    };
  }

  /**
   * One pass over all bands. Before the last one: the sums of the round's gradients (bandLayout), band after band. The last
   * (round 0, or none): the gradients of all values, band after band; the values are then gone.
   */
  run(pass: GradientPass, onBand: (pairs: number) => void): Float32Array {
    const { instance } = this.runner.weights;
    const put = (offset: number, numbers: Float32Array) =>
      instance.floats(offset, numbers.length).set(numbers);
    put(this.#pools.before, pass.before);
    if (pass.after) put(this.#pools.after, pass.after);
    if (pass.ofRead) put(this.#ofRead[pass.round], pass.ofRead);
    return pass.round > 0 ? this.#sumsOf(pass.round, onBand) : this.#valuesOf(onBand);
  }

  #sumsOf(round: number, onBand: (pairs: number) => void): Float32Array {
    const { instance } = this.runner.weights;
    const layouts = this.runner.bands.map(({ band }) =>
      bandLayout(band, this.#width, { round, poolsBefore: false, poolsAfter: false }),
    );
    const count = layouts.reduce((total, { length }) => total + length, 0);
    if (this.#sums.count < count) this.#sums = { offset: instance.allocate(count), count };
    const { offset } = this.#sums;
    instance.floats(offset, count).fill(0);
    let first = 0;
    this.runner.bands.forEach((loaded, index) => {
      const { targetSums, sourceSums, length } = layouts[index];
      const rows = (number: number, row: number) => offset + 4 * (first + number + row * this.#width);
      for (const tile of tilesOf(loaded.band)) {
        this.#forward(loaded, tile);
        this.#backward(loaded, tile, round, rows(targetSums, tile.target), rows(sourceSums, tile.source));
      }
      first += length;
      onBand(loaded.band.pairCount);
    });
    return instance.floats(offset, count);
  }

  #valuesOf(onBand: (pairs: number) => void): Float32Array {
    const { weights, bands } = this.runner;
    const edges = ({ band, block }: LoadedBand) => band.pairCount * block.taps;
    const gradients = new Float32Array(bands.reduce((total, loaded) => total + edges(loaded), 0));
    let first = 0;
    for (const loaded of bands) {
      for (const tile of tilesOf(loaded.band)) {
        this.#forward(loaded, tile);
        this.#backward(loaded, tile, 0, this.runner.tile.normed, this.runner.tile.normed);
        this.#toValues(loaded, tile);
      }
      gradients.set(weights.instance.floats(loaded.values, edges(loaded)), first);
      first += edges(loaded);
      onBand(loaded.band.pairCount);
    }
    return gradients;
  }

  /** A tile's states before every round and after the last, and the messages of every round before their activation. */
  #forward(loaded: LoadedBand, tile: Tile): void {
    const { weights, projections } = this.runner;
    const { kernels } = weights.instance;
    const { normed, hidden } = this.runner.tile;
    const { states, z } = this.#tile;
    const { band } = loaded;
    const { rows } = tile;
    const width = this.#width;
    this.runner.encode(loaded, tile, states[0]);
    weights.rounds.forEach(({ norm, edge, edgeStep }, round) => {
      const node = (number: number) => projections[round] + number * 2 * width * 4;
      kernels.layerNorm(states[round], rows, width, norm, LAYER_NORM_EPSILON, normed, width);
      kernels.linear(normed, width, rows, width, edge.panels, edge.bias, z[round], width, width, 0);
      kernels.sendMessages(
        z[round],
        tile.targets,
        tile.sources,
        Number(band.isDiagonal),
        width,
        node(band.firstSource + tile.source),
        node(band.firstTarget + tile.target) + width * 4,
        2 * width,
        hidden,
      );
      const { panels, bias } = edgeStep;
      kernels.copy(states[round], states[round + 1], rows * width);
      kernels.linear(hidden, width, rows, width, panels, bias, states[round + 1], width, width, ACCUMULATES);
    });
  }

  /**
   * From the pooled states after the last round back to the messages of `last`, whose gradients are summed up, and in the
   * last pass through them: `d` is then the gradient of the states before the first round, but for what is pooled there.
   */
  #backward(loaded: LoadedBand, tile: Tile, last: number, targetSums: number, sourceSums: number): void {
    const { weights } = this.runner;
    const { instance } = weights;
    const { normed } = this.runner.tile;
    const { states, d, back } = this.#tile;
    const { rows } = tile;
    const width = this.#width;
    instance.floats(d, rows * width).fill(0);
    if (weights.rounds.length === 0) return;
    const pool = this.#pools.after + loaded.band.block * 3 * width * 4;
    instance.kernels.addPoolGradient(states[weights.rounds.length], rows, width, pool, d);
    for (let round = weights.rounds.length - 1; round >= last; round--) {
      const isLast = round === last;
      this.#linear(d, this.#rounds[round].edgeStep, back, rows);
      // Sums of later rounds have been asked for before: they go where nothing else stands.
      this.#messages(loaded, tile, round, isLast ? targetSums : normed, isLast ? sourceSums : normed);
      if (isLast && round > 0) return;
      this.#linear(back, this.#rounds[round].edge, normed, rows);
      const { norm } = weights.rounds[round];
      instance.kernels.layerNormGradient(normed, states[round], rows, width, norm, LAYER_NORM_EPSILON, d);
    }
  }

  #messages({ band, block }: LoadedBand, tile: Tile, round: number, targetSums: number, sourceSums: number) {
    const width = this.#width;
    const ofMean = (node: number, kind: number) => this.#ofRead[round] + (node * 4 + 1 + kind) * width * 4;
    this.runner.weights.instance.kernels.messageGradient(
      this.#tile.back,
      this.#tile.z[round],
      tile.targets,
      tile.sources,
      Number(band.isDiagonal),
      width,
      ofMean(band.firstSource + tile.source, OUTGOING),
      ofMean(band.firstTarget + tile.target, block.kind),
      4 * width,
      targetSums,
      sourceSums,
    );
  }

  /** From the states that a tile starts with to its values, which their gradients take the place of. */
  #toValues(loaded: LoadedBand, tile: Tile): void {
    const { kernels } = this.runner.weights.instance;
    const { inputs, hidden } = this.runner.tile;
    const { states, d, back } = this.#tile;
    const { values, block, band } = loaded;
    const { encoder, taps, scale, bias } = block;
    const { basis, coefficients, stride, layer } = encoder;
    const { rows, first } = tile;
    const width = this.#width;
    kernels.addPoolGradient(states[0], rows, width, this.#pools.before + band.block * 3 * width * 4, d);
    this.runner.readInputs(loaded, tile, inputs);
    kernels.linear(inputs, stride, rows, layer.inputs, layer.panels, bias, hidden, width, width, 0);
    this.#linear(d, this.#output, back, rows);
    kernels.siluGradient(back, hidden, rows * width);
    const toInputs = this.#encoders.get(encoder);
    if (!toInputs) throw new Error('A band has an encoder that was not loaded.');
    this.#linear(back, toInputs, d, rows);
    const at = values + first * taps * 4;
    const columns = toInputs.outputs;
    kernels.valueGradient(at, rows, taps, scale, basis, coefficients, inputs, stride, d, columns);
  }

  #linear(x: number, { panels, bias, inputs, outputs }: WasmLinear, y: number, rows: number): void {
    const { kernels } = this.runner.weights.instance;
    kernels.linear(x, inputs, rows, inputs, panels, bias, y, outputs, outputs, 0);
  }
}
