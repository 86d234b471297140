/** The node half of a gradient on the device. Formulas: src/metanets/gmn/gradient-round.ts. */
import { LAYER_NORM_EPSILON } from '../../metanets/linear-algebra';
import { type Dispatcher, type GpuChunks, type Rows, type Step, uploadChunks } from '../dispatcher';
import type { NodeRun } from '../node-run';
import { chunkTable } from '../tables';
import type { WeightsBack } from './weights-back';

export class NodeGradient {
  /** Per round [nodes, 4·H]: what its step says of all that nodes read; of each mean, what every edge gets of it. */
  readonly ofRead: readonly Rows[];
  /** [nodes, 4·H]: in the last three quarters, sums of the gradients of messages over each kind of edges. */
  readonly sums: Rows;
  /** Per round the nodes' states before it, and what its step read. */
  readonly #before: readonly { readonly states: Rows; readonly read: Rows }[];
  /** Of the states after the round that is being differentiated. */
  readonly #d: Rows;
  readonly #hidden: Rows;
  readonly #back: Rows;
  readonly #plain: GpuChunks;
  readonly #width4: number;

  constructor(
    readonly nodes: NodeRun,
    readonly weights: WeightsBack,
    readonly dispatcher: Dispatcher,
    /** Of src/engine/tables.ts. */
    readonly groups: GPUBuffer,
  ) {
    const { buffers } = dispatcher;
    const { nodeCount } = nodes.input.graph;
    this.#width4 = weights.of.width / 4;
    const rows = (label: string, quarters: number): Rows => ({
      buffer: buffers.allocate(label, nodeCount * quarters * weights.of.width),
      stride4: quarters * this.#width4,
    });
    this.#before = weights.rounds.map(() => ({
      states: rows('node states of a round', 1),
      read: rows('node inputs of a round', 4),
    }));
    this.ofRead = weights.rounds.map(() => rows('gradients of node inputs', 4));
    this.sums = rows('sums of gradients', 4);
    this.#d = rows('gradients of node states', 1);
    this.#hidden = rows('hidden node states', 1);
    this.#back = rows('gradients of hidden node states', 1);
    this.#plain = uploadChunks(buffers, 'nodes by 64', chunkTable([{ first: 0, count: nodeCount }]));
  }

  /** On the way forward: keeps what the way back needs of a round. */
  keep(round: number): Step[] {
    const { states, read } = this.#before[round];
    return [this.#copy(this.nodes.states, states), this.#copy(this.nodes.gathered, read)];
  }

  #copy(from: Rows, to: Rows): Step {
    const items = this.nodes.input.graph.nodeCount * from.stride4;
    const sizes = this.dispatcher.buffers.uniform([items]);
    return this.dispatcher.dispatchItems('copy-rows', [sizes, from.buffer, to.buffer], items);
  }

  /** Begins with what the readout says of the last states. `pools` [groups, 3·H]. */
  begin(pools: GPUBuffer): Step {
    const { chunks, states } = this.nodes;
    const sizes = this.dispatcher.buffers.uniform([this.#width4, 0]);
    const entries = [sizes, chunks.buffer, pools, states.buffer, this.#d.buffer];
    return this.dispatcher.dispatch('pool-gradient', entries, chunks.table.count);
  }

  /** Through a round's step of the nodes, to what they read. */
  toRead(round: number): Step[] {
    const { dispatcher, nodes } = this;
    const { buffers } = dispatcher;
    const { nodeHidden, nodeStep } = this.weights.rounds[round];
    const [chunks, ofRead] = [this.#plain, this.ofRead[round]];
    const items = nodes.input.graph.nodeCount * this.#width4;
    return [
      dispatcher.linear({
        layer: nodes.gmn.rounds[round].nodeHidden,
        chunks,
        x: this.#before[round].read,
        y: this.#hidden,
      }),
      dispatcher.linear({ layer: nodeStep, chunks, x: this.#d, y: this.#back }),
      dispatcher.dispatchItems(
        'silu-gradient',
        [buffers.uniform([items]), this.#hidden.buffer, this.#back.buffer],
        items,
      ),
      dispatcher.linear({ layer: nodeHidden, chunks, x: this.#back, y: ofRead }),
      dispatcher.dispatch(
        'mean-gradient',
        [buffers.uniform([this.#width4]), this.groups, nodes.chunks.buffer, ofRead.buffer],
        nodes.chunks.table.count,
      ),
    ];
  }

  /** From what nodes read in a round, and the sums of what their edges say, to the states before it. */
  toStates(round: number): Step[] {
    const { dispatcher } = this;
    const { nodeCount } = this.nodes.input.graph;
    const ofRead = this.ofRead[round];
    const sizes = [this.#width4, nodeCount, ofRead.stride4, { f32: LAYER_NORM_EPSILON }];
    return [
      dispatcher.linear({
        layer: this.weights.rounds[round].said,
        chunks: this.#plain,
        x: { ...this.sums, first4: this.#width4 },
        y: ofRead,
        accumulates: true,
      }),
      dispatcher.dispatchItems(
        'norm-gradient',
        [
          dispatcher.buffers.uniform(sizes),
          this.nodes.gmn.rounds[round].nodeNorm,
          this.#before[round].states.buffer,
          ofRead.buffer,
          this.#d.buffer,
        ],
        nodeCount,
      ),
    ];
  }
}
