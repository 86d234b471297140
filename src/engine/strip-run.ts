/**
 * The edge half of a run: one strip of bands on the device. Its states are kept between rounds where the budget allows, in
 * a buffer of their own; otherwise they lie in the scratch buffers that all strips share, and are computed again.
 */
import type { GraphShape } from '../graph';
import { LAYER_NORM_EPSILON } from '../metanets/linear-algebra';
import type { Dispatcher, GpuChunks, Step } from './dispatcher';
import type { GpuGmn } from './gmn-program';
import { type BasisTable, type Strip, stripTables } from './tables';

/** Edge inputs padded to whole vectors. */
export const INPUT_VECTORS = 7;

/** Numbers that a pair's states take: they share their place with the inputs that they are made of. */
export const stateNumbers = (width: number) => Math.max(width, 4 * INPUT_VECTORS);

/** What all strips of a run share. */
export interface EdgeContext {
  readonly gmn: GpuGmn;
  readonly dispatcher: Dispatcher;
  readonly graph: GraphShape;
  readonly values: readonly Float32Array[];
  readonly scales: Float32Array;
  readonly basis: BasisTable;
  readonly basisBuffer: GPUBuffer;
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

export class StripRun {
  readonly #bands: GPUBuffer;
  readonly #blocks: GPUBuffer;
  readonly #pairs: GpuChunks;
  readonly #sumRows: GpuChunks;
  readonly #states: GPUBuffer;
  readonly #isKept: boolean;
  readonly #width4: number;

  constructor(
    readonly context: EdgeContext,
    readonly strip: Strip,
    /** First and last of a run: where sums over all strips begin and end. */
    readonly place: { readonly isFirst: boolean; readonly isLast: boolean },
    kept: GPUBuffer | undefined,
  ) {
    const { dispatcher, graph, scales, basis, scratch, gmn } = context;
    const tables = stripTables(strip, graph, scales, basis);
    this.#bands = dispatcher.buffers.upload('bands', tables.bands);
    this.#blocks = dispatcher.buffers.upload('bands of blocks', tables.blocks);
    this.#pairs = dispatcher.chunks('pair chunks', tables.pairChunks);
    this.#sumRows = dispatcher.chunks('sum chunks', tables.sumChunks);
    this.#states = kept ?? scratch.states;
    this.#isKept = kept !== undefined;
    this.#width4 = gmn.weights.width / 4;
  }

  /** The steps of one pass: up to the messages of `round` (−1: none). Values are written where states begin anew. */
  pass(round: number, isLastPass: boolean): Step[] {
    const { pooled } = this.context;
    const isFirstPass = round <= 0;
    const begins = isFirstPass || !this.#isKept;
    const steps: Step[] = [];
    if (begins) {
      this.#writeValues();
      steps.push(...this.#encode());
    }
    if (isFirstPass) steps.push(...this.#pool(pooled.before));
    for (let r = begins ? 0 : round; r <= round; r++) {
      steps.push(this.#hidden(r));
      if (r === round) steps.push(...this.#sums());
      // States that nobody reads again are left as they are.
      if (r < round || this.#isKept || isLastPass) steps.push(this.#step(r));
    }
    if (isLastPass) steps.push(...this.#pool(pooled.after));
    return steps;
  }

  #writeValues(): void {
    const { graph, values, scratch, dispatcher } = this.context;
    let offset = 0;
    for (const { block, firstPair, pairCount } of this.strip.bands) {
      const { taps, firstPair: first } = graph.blocks[block];
      const part = values[block].subarray((firstPair - first) * taps, (firstPair - first + pairCount) * taps);
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

  #encode(): Step[] {
    const { dispatcher, scratch, basisBuffer, edgeFacts, gmn } = this.context;
    const chunks = this.#pairs;
    const hidden = { buffer: scratch.hidden, stride4: this.#width4 };
    return [
      dispatcher.dispatch(
        'edge-inputs',
        [this.#bands, chunks.buffer, scratch.values, basisBuffer, this.#states],
        chunks.table.count,
      ),
      dispatcher.linear({
        layer: gmn.edgeInput,
        chunks,
        x: { buffer: this.#states, stride4: INPUT_VECTORS },
        y: hidden,
        activates: true,
        shared: edgeFacts,
      }),
      dispatcher.linear({
        layer: gmn.edgeOutput,
        chunks,
        x: hidden,
        y: { buffer: this.#states, stride4: this.#width4 },
      }),
    ];
  }

  #hidden(round: number): Step {
    const { dispatcher, scratch, projections, gmn } = this.context;
    const { edge, edgeNorm } = gmn.rounds[round];
    return dispatcher.dispatch(
      'edge-hidden',
      [
        dispatcher.buffers.uniform([this.#width4, { f32: LAYER_NORM_EPSILON }]),
        this.#bands,
        this.#pairs.buffer,
        edge.weights,
        edge.bias,
        edgeNorm,
        projections[round],
        this.#states,
        scratch.hidden,
      ],
      this.#pairs.table.count,
    );
  }

  #step(round: number): Step {
    const { dispatcher, scratch, gmn } = this.context;
    return dispatcher.linear({
      layer: gmn.rounds[round].edgeStep,
      chunks: this.#pairs,
      x: { buffer: scratch.hidden, stride4: this.#width4 },
      y: { buffer: this.#states, stride4: this.#width4 },
      accumulates: true,
    });
  }

  #sums(): Step[] {
    const { dispatcher, scratch, groups, links, nodeChunks, gathered } = this.context;
    const { isFirst, isLast } = this.place;
    return [
      dispatcher.dispatch(
        'band-sums',
        [
          dispatcher.buffers.uniform([this.#width4]),
          this.#bands,
          this.#sumRows.buffer,
          scratch.hidden,
          scratch.sums,
        ],
        this.#sumRows.table.count,
      ),
      dispatcher.dispatch(
        'gather-means',
        [
          dispatcher.buffers.uniform([this.#width4, Number(isFirst), Number(isLast)]),
          this.#bands,
          groups,
          links,
          this.#blocks,
          nodeChunks.buffer,
          scratch.sums,
          gathered,
        ],
        nodeChunks.table.count,
      ),
    ];
  }

  #pool(pooled: GPUBuffer): Step[] {
    const { dispatcher, scratch, graph } = this.context;
    const items = graph.blocks.length * this.#width4;
    return [
      ...dispatcher.pool(this.#pairs, this.#states, scratch.chunkPool, scratch.bandPool, this.#width4),
      dispatcher.dispatchItems(
        'pool-join',
        [dispatcher.buffers.uniform([this.#width4, items, 0, 1]), this.#blocks, scratch.bandPool, pooled],
        items,
      ),
    ];
  }
}
