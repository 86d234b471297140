/**
 * The edge half of a GMN on one thread: encodes the pairs of its bands and runs rounds of messages over them, tile by tile.
 * Formulas: src/metanets/gmn/gmn.ts.
 *
 * A pass brings edge states to the beginning of a round and sends the round's messages. States of bands that the budget
 * holds are kept between passes; those of all others are computed again from the values, by the same operations, so that
 * nothing depends on the budget.
 */
import type { BlockShape } from '../../graph';
import { EDGE_INPUTS } from '../../metanets/edge-inputs';
import { LAYER_NORM_EPSILON } from '../../metanets/linear-algebra';
import { type Band, sourceRows } from '../bands';
import type { EdgeWeights, LoadedEncoder } from './edge-weights';
import { largestTile, type Tile, tilesOf } from './tiles';
import { ACCUMULATES, ACTIVATES } from './wasm';

/** What a pass makes of a band, one array after the other: sums by target and by source, pooled states if asked for. */
export interface BandLayout {
  readonly targetSums: number;
  readonly sourceSums: number;
  /** [2, H]: mean and sum of squared distances, before the first round and after the last. */
  readonly before: number;
  readonly after: number;
  /** [pairs, H]: states before the pass's round, and after the last, where states are kept. */
  readonly states: number;
  readonly lastStates: number;
  readonly length: number;
}

export interface Pass {
  /** Round whose messages are sent; −1: none, states are only encoded. */
  readonly round: number;
  readonly poolsBefore: boolean;
  /** The last pass: states after its round are wanted. */
  readonly poolsAfter: boolean;
  /** States of pairs are among the results. */
  readonly keepsStates?: boolean;
}

export function bandLayout(band: Band, width: number, pass: Pass): BandLayout {
  const sums = pass.round < 0 ? 0 : width;
  const sourceSums = band.targets * sums;
  const before = sourceSums + sourceRows(band) * sums;
  const after = before + (pass.poolsBefore ? 2 * width : 0);
  const states = after + (pass.poolsAfter ? 2 * width : 0);
  const kept = pass.keepsStates ? band.pairCount * width : 0;
  // Without rounds, the states before are those after.
  const lastStates = states + (pass.round < 0 ? 0 : kept);
  const length = lastStates + (pass.poolsAfter ? kept : 0);
  return { targetSums: 0, sourceSums, before, after, states, lastStates, length };
}

export interface RunnerInput {
  readonly bands: readonly Band[];
  /** Per band its values, [pairs · taps]. */
  readonly values: readonly Float32Array[];
  /** By block number: shape, factor of the values, kind, and the encoder's first bias with the block's facts in it. */
  readonly blocks: ReadonlyMap<number, RunnerBlock>;
  readonly blockCount: number;
  readonly nodeCount: number;
  /** Bytes that may be spent on keeping edge states. */
  readonly stateBytes: number;
}

export interface RunnerBlock {
  readonly taps: number;
  readonly tapShape: BlockShape['tapShape'];
  readonly scale: number;
  /** Kind of edges that they are to their targets (src/metanets/gmn/gmn.ts). */
  readonly kind: number;
  readonly shared: Float32Array;
}

export interface LoadedBand {
  readonly band: Band;
  readonly values: number;
  readonly block: LoadedBlock;
  /** Edge states that are kept, and how far they are: 0 nothing yet, 1 encoded, 1 + r after r rounds. */
  readonly states: number | undefined;
  progress: number;
}

export interface LoadedBlock extends RunnerBlock {
  readonly encoder: LoadedEncoder;
  readonly bias: number;
}

export class BandRunner {
  readonly #width: number;
  /** Per round [nodes, 2·H]: what nodes say as sources, and as targets. */
  readonly projections: readonly number[];
  readonly bands: readonly LoadedBand[];
  readonly tile: { inputs: number; states: number; normed: number; hidden: number };
  #results = { offset: 0, count: 0 };

  constructor(
    readonly weights: EdgeWeights,
    readonly input: RunnerInput,
  ) {
    const { instance, width } = weights;
    this.#width = width;
    // Weights first: they stay when this run's memory is let go.
    for (const { tapShape } of input.blocks.values()) weights.encoder(tapShape);
    instance.keep();
    this.projections = weights.rounds.map(() => instance.allocate(input.nodeCount * 2 * width));
    const rows = largestTile(input.bands);
    this.tile = {
      inputs: instance.allocate(rows * (EDGE_INPUTS + 3)),
      states: instance.allocate(rows * width),
      normed: instance.allocate(rows * width),
      hidden: instance.allocate(rows * width),
    };
    const blocks = new Map<number, LoadedBlock>();
    for (const [index, block] of input.blocks) {
      const bias = instance.upload(block.shared);
      blocks.set(index, { ...block, encoder: weights.encoder(block.tapShape), bias });
    }
    let free = input.stateBytes;
    this.bands = input.bands.map((band, index): LoadedBand => {
      const block = blocks.get(band.block);
      if (!block) throw new Error(`Band ${index} is of a block that was not given.`);
      const bytes = band.pairCount * width * 4;
      const isKept = bytes <= free;
      if (isKept) free -= bytes;
      return {
        band,
        block,
        values: instance.upload(input.values[index]),
        states: isKept ? instance.allocate(band.pairCount * width) : undefined,
        progress: 0,
      };
    });
  }

  /**
   * One pass over all bands. `projections` [nodes, 2·H]: those of the pass's round.
   * Returns what every band made (bandLayout), band after band; valid until the next pass.
   */
  run(pass: Pass, projections: Float32Array | undefined, onBand?: (pairs: number) => void): Float32Array {
    const { instance } = this.weights;
    const count = this.bands.reduce(
      (total, { band }) => total + bandLayout(band, this.#width, pass).length,
      0,
    );
    if (this.#results.count < count) this.#results = { offset: instance.allocate(count), count };
    if (projections) instance.floats(this.projections[pass.round], projections.length).set(projections);
    instance.floats(this.#results.offset, count).fill(0);
    let offset = this.#results.offset;
    for (const loaded of this.bands) {
      const layout = bandLayout(loaded.band, this.#width, pass);
      this.#runBand(loaded, pass, layout, offset);
      offset += 4 * layout.length;
      onBand?.(loaded.band.pairCount);
    }
    return instance.floats(this.#results.offset, count);
  }

  #runBand(loaded: LoadedBand, pass: Pass, layout: BandLayout, results: number): void {
    for (const tile of tilesOf(loaded.band)) this.#runTile(loaded, pass, layout, results, tile);
    if (loaded.states !== undefined) loaded.progress = pass.round + 2;
  }

  #runTile(loaded: LoadedBand, pass: Pass, layout: BandLayout, results: number, tile: Tile): void {
    const width = this.#width;
    const { kernels } = this.weights.instance;
    const { band } = loaded;
    const { rows, first } = tile;
    const states = loaded.states === undefined ? this.tile.states : loaded.states + first * width * 4;
    const at = (numbers: number) => results + 4 * numbers;

    if (loaded.progress === 0) this.encode(loaded, tile, states);
    if (pass.poolsBefore) kernels.pool(states, rows, width, first, at(layout.before));
    for (let round = Math.max(0, loaded.progress - 1); round <= pass.round; round++) {
      const { norm, edge, edgeStep } = this.weights.rounds[round];
      const { normed, hidden } = this.tile;
      const isLast = round === pass.round;
      if (isLast && pass.keepsStates) kernels.copy(states, at(layout.states + first * width), rows * width);
      kernels.layerNorm(states, rows, width, norm, LAYER_NORM_EPSILON, normed, width);
      kernels.linear(normed, width, rows, width, edge.panels, edge.bias, hidden, width, width, 0);
      const node = (number: number) => this.projections[round] + number * 2 * width * 4;
      kernels.messages(
        hidden,
        tile.targets,
        tile.sources,
        Number(band.isDiagonal),
        width,
        node(band.firstSource + tile.source),
        node(band.firstTarget + tile.target) + width * 4,
        2 * width,
        // The sums of earlier rounds, computed again, are not wanted: they go where `normed` was.
        isLast ? at(layout.targetSums + tile.target * width) : normed,
        isLast ? at(layout.sourceSums + tile.source * width) : normed,
      );
      // States that nobody reads again are left as they are.
      if (isLast && !pass.poolsAfter && loaded.states === undefined) break;
      kernels.linear(
        hidden,
        width,
        rows,
        width,
        edgeStep.panels,
        edgeStep.bias,
        states,
        width,
        width,
        ACCUMULATES,
      );
    }
    if (!pass.poolsAfter) return;
    kernels.pool(states, rows, width, first, at(layout.after));
    if (pass.keepsStates) kernels.copy(states, at(layout.lastStates + first * width), rows * width);
  }

  /** Compressed inputs of a tile's pairs: [rows, the encoder's stride]. */
  readInputs({ values, block }: LoadedBand, { first, rows }: Tile, inputs: number): void {
    const { taps, scale, encoder } = block;
    const { basis, coefficients, stride } = encoder;
    const from = values + first * taps * 4;
    this.weights.instance.kernels.edgeInputs(from, rows, taps, scale, basis, coefficients, inputs, stride);
  }

  /** The states that a tile's pairs start with. */
  encode(loaded: LoadedBand, tile: Tile, states: number): void {
    const { kernels } = this.weights.instance;
    const { encoder, bias } = loaded.block;
    const { stride, layer } = encoder;
    const { inputs, hidden } = this.tile;
    const { width, output } = this.weights;
    const { rows } = tile;
    this.readInputs(loaded, tile, inputs);
    kernels.linear(inputs, stride, rows, layer.inputs, layer.panels, bias, hidden, width, width, ACTIVATES);
    kernels.linear(hidden, width, rows, width, output.panels, output.bias, states, width, width, 0);
  }
}
