/**
 * The edge half of a run: one strip of bands on the device. Its states are kept between rounds where the budget allows, in
 * a buffer of their own; otherwise they lie in the scratch buffers that all strips share, and are computed again.
 */
import type { GraphShape } from '../graph';
import { LAYER_NORM_EPSILON } from '../metanets/linear-algebra';
import { bandValues } from './bands';
import { type Dispatcher, type GpuChunks, type Step, uploadChunks, type Work } from './dispatcher';
import type { GpuEdgeEncoder, GpuGmn } from './gmn-program';
import type { GpuBuffers } from './gpu-buffers';
import { type EdgeVariant, type Strip, stripTables } from './tables';

/** Edge inputs of the largest kernels, padded to whole vectors. */
const MAX_INPUTS = 28;

/** Numbers that a pair's states take: they share their place with the inputs that they are made of. */
export const stateNumbers = (width: number) => Math.max(width, MAX_INPUTS);

/** What all strips of a run share. */
export interface EdgeContext {
  readonly gmn: GpuGmn;
  readonly dispatcher: Dispatcher;
  readonly graph: GraphShape;
  readonly values: readonly Float32Array[];
  readonly scales: Float32Array;
  readonly edgeFacts: GPUBuffer;
  /** Per round [nodes, 2·H]. */
  readonly projections: readonly GPUBuffer[];
  readonly groups: GPUBuffer;
  readonly links: GPUBuffer;
  readonly nodeChunks: GpuChunks;
  readonly gathered: GPUBuffer;
  /** [blocks and groups, 3·H] before the first round and after the last. */
  readonly pooled: { readonly before: GPUBuffer; readonly after: GPUBuffer };
  readonly scratch: Scratch;
  readonly variant: EdgeVariant;
}

/** Room for the largest strip. */
export interface Scratch {
  readonly values: GPUBuffer;
  readonly states: GPUBuffer;
  readonly hidden: GPUBuffer;
  readonly sums: GPUBuffer;
  readonly chunkPool: GPUBuffer;
  readonly bandPool: GPUBuffer;
}

/** Words of a row of the fused kernel's tables. */
const TILE_WORDS = 4;
const JOIN_WORDS = 3;

interface Fused {
  readonly tiles: GPUBuffer;
  readonly tileCount: number;
  readonly joins: GPUBuffer;
  readonly joinCount: number;
  readonly parts: GPUBuffer;
}

/** Pairs of one kernel shape. */
export interface ShapeRun {
  readonly encoder: GpuEdgeEncoder;
  readonly pairs: GpuChunks;
}

export class StripRun {
  readonly bands: GPUBuffer;
  readonly pairs: GpuChunks;
  readonly shapes: readonly ShapeRun[];
  readonly #blocks: GPUBuffer;
  readonly #split: { readonly pairs: GpuChunks; readonly sums: GpuChunks };
  readonly #fused: Fused | undefined;
  readonly states: GPUBuffer;
  readonly #isKept: boolean;
  readonly #width4: number;

  constructor(
    readonly context: EdgeContext,
    readonly strip: Strip,
    /** First and last of a run: where sums over all strips begin and end. */
    readonly place: { readonly isFirst: boolean; readonly isLast: boolean },
    kept: GPUBuffer | undefined,
    /** Where the strip's tables go: they may be let go between passes. */
    buffers: GpuBuffers,
  ) {
    const { graph, scales, scratch, gmn, variant } = context;
    const tables = stripTables(strip, graph, scales, variant);
    this.bands = buffers.upload('bands', tables.bands);
    this.#blocks = buffers.upload('bands of blocks', tables.blocks);
    this.pairs = uploadChunks(buffers, 'pair chunks', tables.pairChunks);
    this.shapes = tables.shapes.map(({ tapShape, pairs }) => ({
      encoder: gmn.edgeEncoder(tapShape),
      // Where all bands are alike, their pairs are all pairs.
      pairs: tables.shapes.length === 1 ? this.pairs : uploadChunks(buffers, 'pairs of one shape', pairs),
    }));
    this.#split = {
      pairs: tables.tiles.length === 0 ? this.pairs : uploadChunks(buffers, 'split pairs', tables.splitPairs),
      sums: uploadChunks(buffers, 'split sums', tables.splitSums),
    };
    this.#fused =
      tables.tiles.length === 0
        ? undefined
        : {
            tiles: buffers.upload('tiles', tables.tiles),
            tileCount: tables.tiles.length / TILE_WORDS,
            joins: buffers.upload('joins', tables.joins),
            joinCount: tables.joins.length / JOIN_WORDS,
            parts: buffers.allocate('parts of sums', tables.parts * gmn.weights.width),
          };
    this.states = kept ?? scratch.states;
    this.#isKept = kept !== undefined;
    this.#width4 = gmn.weights.width / 4;
  }

  /**
   * The work of one pass: up to the messages of `round` (−1: none). Values are written where states begin anew. `onStates`:
   * further work when the states are those after so many rounds; once for each number over all passes.
   */
  pass(round: number, isLastPass: boolean, onStates: (rounds: number) => readonly Work[] = () => []): Work[] {
    const { pooled } = this.context;
    const isFirstPass = round <= 0;
    const begins = isFirstPass || !this.#isKept;
    const work: Work[] = [];
    if (begins) work.push(...this.begin());
    if (isFirstPass) work.push(...this.#pool(pooled.before));
    for (let r = begins ? 0 : round; r <= round; r++) {
      if (r === round) work.push(...onStates(round));
      // States that nobody reads again are left as they are.
      work.push(...this.round(r, r < round || this.#isKept || isLastPass));
      if (r === round) work.push(this.gather(this.context.gathered, true));
    }
    if (isLastPass) work.push(...onStates(round + 1), ...this.#pool(pooled.after));
    return work;
  }

  #writeValues(): void {
    const { graph, values, scratch, dispatcher } = this.context;
    let offset = 0;
    for (const band of this.strip.bands) {
      const part = bandValues(band, graph, values);
      dispatcher.device.queue.writeBuffer(
        scratch.values,
        offset,
        part.buffer,
        part.byteOffset,
        part.byteLength,
      );
      offset += part.byteLength;
    }
  }

  /** Writes the values, and makes the states that pairs start with. */
  begin(): Step[] {
    this.#writeValues();
    const { dispatcher, scratch, gmn } = this.context;
    const hidden = { buffer: scratch.hidden, stride4: this.#width4 };
    const states = { buffer: this.states, stride4: this.#width4 };
    return [
      ...this.encoderHidden(true),
      dispatcher.linear({ layer: gmn.edgeOutput, chunks: this.pairs, x: hidden, y: states }),
    ];
  }

  /**
   * The encoder's first layer into the hidden states. Shape by shape: inputs lie where the states will, and are read before the
   * next shape's are written.
   */
  encoderHidden(activates: boolean): Step[] {
    const { dispatcher, scratch, edgeFacts } = this.context;
    return this.shapes.flatMap((shape) => {
      const { layer, stride4 } = shape.encoder;
      return [
        this.inputs(shape),
        dispatcher.linear({
          layer,
          chunks: shape.pairs,
          x: { buffer: this.states, stride4 },
          y: { buffer: scratch.hidden, stride4: this.#width4 },
          activates,
          shared: edgeFacts,
        }),
      ];
    });
  }

  /** Edge inputs of the pairs of one shape, where the states lie otherwise. */
  inputs({ encoder, pairs }: ShapeRun): Step {
    const { dispatcher, scratch } = this.context;
    const { coefficients, stride4, basis } = encoder;
    const sizes = dispatcher.buffers.uniform([coefficients, stride4]);
    return dispatcher.dispatch(
      'edge-inputs',
      [sizes, this.bands, pairs.buffer, scratch.values, basis, this.states],
      pairs.table.count,
    );
  }

  /** Messages of a round over some of the pairs, from states of theirs, into the hidden states. */
  messages(round: number, states: GPUBuffer, pairs: GpuChunks, activates: boolean): Step {
    const { dispatcher, scratch, projections, gmn } = this.context;
    const { edge, edgeNorm } = gmn.rounds[round];
    const sizes = dispatcher.buffers.uniform([this.#width4, { f32: LAYER_NORM_EPSILON }, Number(activates)]);
    return dispatcher.dispatch(
      'edge-hidden',
      [
        sizes,
        this.bands,
        pairs.buffer,
        edge.weights,
        edge.bias,
        edgeNorm,
        projections[round],
        states,
        scratch.hidden,
      ],
      pairs.table.count,
    );
  }

  /** Sums over each band, of those that the split kernels run, of one row per pair. */
  bandSums(rows: GPUBuffer): Step {
    const { dispatcher, scratch } = this.context;
    const { sums } = this.#split;
    return dispatcher.dispatch(
      'band-sums',
      [dispatcher.buffers.uniform([this.#width4]), this.bands, sums.buffer, rows, scratch.sums],
      sums.table.count,
    );
  }

  /** Messages of a round, their sums over each band, and the states' step. */
  round(round: number, updates: boolean): Step[] {
    const { dispatcher, scratch, projections, gmn } = this.context;
    const { buffers } = dispatcher;
    const { edgeStep, fused: fusedWeights } = gmn.rounds[round];
    const width4 = this.#width4;
    const { pairs } = this.#split;
    const steps: Step[] = [];
    if (pairs.table.count > 0) {
      steps.push(this.messages(round, this.states, pairs, true), this.bandSums(scratch.hidden));
      if (updates) {
        steps.push(
          dispatcher.linear({
            layer: edgeStep,
            chunks: pairs,
            x: { buffer: scratch.hidden, stride4: width4 },
            y: { buffer: this.states, stride4: width4 },
            accumulates: true,
          }),
        );
      }
    }
    if (this.#fused) {
      const { tiles, tileCount, joins, joinCount, parts } = this.#fused;
      const sizes = buffers.uniform([width4, { f32: LAYER_NORM_EPSILON }, Number(updates)]);
      const { weights, vectors } = fusedWeights;
      steps.push(
        dispatcher.dispatch(
          'edge-round',
          [sizes, this.bands, tiles, weights, vectors, projections[round], this.states, parts, scratch.sums],
          tileCount,
        ),
        dispatcher.dispatchItems(
          'join-tiles',
          [buffers.uniform([width4, joinCount * width4]), joins, parts, scratch.sums],
          joinCount * width4,
        ),
      );
    }
    return steps;
  }

  /** The strip's sums to those of its nodes: into the last three quarters of [nodes, 4·H]; means in the end, or sums. */
  gather(into: GPUBuffer, divides: boolean): Step {
    const { dispatcher, scratch, groups, links, nodeChunks } = this.context;
    const { isFirst, isLast } = this.place;
    return dispatcher.dispatch(
      'gather-means',
      [
        dispatcher.buffers.uniform([this.#width4, Number(isFirst), Number(isLast && divides)]),
        this.bands,
        groups,
        links,
        this.#blocks,
        nodeChunks.buffer,
        scratch.sums,
        into,
      ],
      nodeChunks.table.count,
    );
  }

  #pool(pooled: GPUBuffer): Step[] {
    const { dispatcher, scratch, graph } = this.context;
    const items = graph.blocks.length * this.#width4;
    return [
      ...dispatcher.pool(this.pairs, this.states, scratch.chunkPool, scratch.bandPool, this.#width4),
      dispatcher.dispatchItems(
        'pool-join',
        [dispatcher.buffers.uniform([this.#width4, items, 0, 1]), this.#blocks, scratch.bandPool, pooled],
        items,
      ),
    ];
  }
}
