/** The node half of a run on the device. Formulas: src/metanets/gmn/gmn.ts. */
import type { MetanetInput } from '../metanets/input';
import { LAYER_NORM_EPSILON, type LinearWeights, linear } from '../metanets/linear-algebra';
import { type Dispatcher, type GpuChunks, type Rows, type Step, uploadChunks } from './dispatcher';
import type { GpuGmn } from './gmn-program';
import { readable } from './gpu-buffers';
import { chunkTable } from './tables';

/** Order features padded to whole vectors. */
const ORDER_VECTORS = 2;

export class NodeRun {
  /** [nodes, 4·H]: LN(v), then means over three kinds of edges. */
  readonly gathered: Rows;
  /** Per round [nodes, 2·H]. */
  readonly projections: readonly Rows[];
  /** [nodes, H]: changed by every round. */
  readonly states: Rows;
  readonly #hidden: Rows;
  readonly #plain: GpuChunks;
  readonly #width4: number;
  readonly #poolPartial: GPUBuffer;

  constructor(
    readonly gmn: GpuGmn,
    readonly dispatcher: Dispatcher,
    readonly input: MetanetInput,
    readonly chunks: GpuChunks,
  ) {
    const { buffers } = dispatcher;
    const { nodeCount } = input.graph;
    const { width } = gmn.weights;
    const rows = (label: string, vectors: number): Rows => ({
      buffer: buffers.allocate(label, nodeCount * vectors * 4, readable()),
      stride4: vectors,
    });
    this.#width4 = width / 4;
    this.states = rows('node states', this.#width4);
    this.#hidden = rows('node hidden states', this.#width4);
    this.gathered = rows('node inputs', 4 * this.#width4);
    this.projections = gmn.rounds.map(() => rows('projections', 2 * this.#width4));
    this.#plain = uploadChunks(buffers, 'nodes by 64', chunkTable([{ first: 0, count: nodeCount }]));
    this.#poolPartial = buffers.allocate('pooled node chunks', chunks.table.count * 3 * width);
  }

  encode(): Step[] {
    const { dispatcher, input, gmn } = this;
    const features = padRows(input.order, input.graph.nodeCount, ORDER_VECTORS);
    return [
      dispatcher.linear({
        layer: gmn.nodeInput,
        chunks: this.chunks,
        x: { buffer: dispatcher.buffers.upload('order features', features), stride4: ORDER_VECTORS },
        y: this.#hidden,
        activates: true,
        shared: dispatcher.buffers.upload(
          'node facts',
          sharedRows(input.nodeFacts, gmn.weights.nodeEncoder.facts),
        ),
      }),
      dispatcher.linear({ layer: gmn.nodeOutput, chunks: this.#plain, x: this.#hidden, y: this.states }),
    ];
  }

  /** What nodes say in a round, as sources and as targets. */
  project(round: number): Step[] {
    const { dispatcher, gmn } = this;
    const { nodeCount } = this.input.graph;
    const { nodeNorm, projections } = gmn.rounds[round];
    const sizes = dispatcher.buffers.uniform([this.#width4, nodeCount, { f32: LAYER_NORM_EPSILON }]);
    return [
      dispatcher.dispatchItems(
        'node-norm',
        [sizes, nodeNorm, this.states.buffer, this.gathered.buffer],
        nodeCount,
      ),
      dispatcher.linear({
        layer: projections,
        chunks: this.#plain,
        x: this.gathered,
        y: this.projections[round],
      }),
    ];
  }

  /** Ends a round, when all means have been gathered. */
  update(round: number): Step[] {
    const { nodeHidden, nodeStep } = this.gmn.rounds[round];
    const chunks = this.#plain;
    return [
      this.dispatcher.linear({
        layer: nodeHidden,
        chunks,
        x: this.gathered,
        y: this.#hidden,
        activates: true,
      }),
      this.dispatcher.linear({
        layer: nodeStep,
        chunks,
        x: this.#hidden,
        y: this.states,
        accumulates: true,
      }),
    ];
  }

  pool(pooled: GPUBuffer, firstRow: number): Step[] {
    return this.dispatcher.pool(
      this.chunks,
      this.states.buffer,
      this.#poolPartial,
      pooled,
      this.#width4,
      firstRow,
    );
  }
}

/** The facts' share of an encoder's first layer, one row per segment, including its bias: [segments, H]. */
export function sharedRows(facts: Float32Array, layer: LinearWeights): Float32Array {
  return Float32Array.from(linear(facts, layer, 'float64'));
}

/** Rows padded with zeros to whole vectors. */
function padRows(rows: Float32Array, count: number, vectors: number): Float32Array {
  const length = rows.length / count;
  const padded = new Float32Array(count * vectors * 4);
  for (let row = 0; row < count; row++)
    padded.set(rows.subarray(row * length, (row + 1) * length), row * vectors * 4);
  return padded;
}
