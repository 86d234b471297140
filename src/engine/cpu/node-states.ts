/** The node half of a GMN on the CPU. Formulas: src/metanets/gmn/gmn.ts. */
import { DEVIATION_EPSILON, KINDS } from '../../metanets/gmn/gmn';
import type { GmnWeights } from '../../metanets/gmn/weights';
import type { MetanetInput } from '../../metanets/input';
import { LAYER_NORM_EPSILON, linear } from '../../metanets/linear-algebra';
import { ORDER_FEATURES } from '../../metanets/order';
import { edgeCounts } from './join-bands';
import { uploadLinear, type WasmLinear } from './panels';
import { ACCUMULATES, ACTIVATES, WasmInstance } from './wasm';

interface Round {
  readonly norm: number;
  readonly projections: WasmLinear;
  readonly hidden: WasmLinear;
  readonly step: WasmLinear;
}

/** The node half of a metanet's weights in an instance's memory, kept from run to run. */
export class NodeWeights {
  readonly rounds: readonly Round[];
  readonly input: WasmLinear;
  readonly output: WasmLinear;

  constructor(
    readonly instance: WasmInstance,
    readonly of: GmnWeights,
  ) {
    this.input = uploadLinear(instance, of.nodeEncoder.input);
    this.output = uploadLinear(instance, of.nodeEncoder.output);
    this.rounds = of.rounds.map(({ nodeNorm, source, target, nodeHidden, nodeStep }) => ({
      norm: instance.upload(nodeNorm),
      projections: uploadLinear(instance, {
        weight: Float32Array.from([...source.weight, ...target.weight]),
        inputs: source.inputs,
        outputs: 2 * of.width,
      }),
      hidden: uploadLinear(instance, nodeHidden),
      step: uploadLinear(instance, nodeStep),
    }));
    instance.keep();
  }
}

/** Of each metanet, weights that no run is using. */
const idle = new WeakMap<GmnWeights, NodeWeights>();

export async function takeNodeWeights(of: GmnWeights): Promise<NodeWeights> {
  const kept = idle.get(of);
  idle.delete(of);
  return kept ?? new NodeWeights(await WasmInstance.create(), of);
}

export function giveBack(weights: NodeWeights): void {
  if (weights.instance.release()) idle.set(weights.of, weights);
}

export class NodeStates {
  readonly #width: number;
  /** [nodes, KINDS] */
  readonly counts: Float64Array;
  /** [nodes, H]; [nodes, 4·H]: LN(v), then means over three kinds of edges; [nodes, H]; [nodes, 2·H]. */
  readonly #states: number;
  readonly #read: number;
  readonly #hidden: number;
  readonly #projected: number;

  constructor(
    readonly weights: NodeWeights,
    readonly input: MetanetInput,
  ) {
    const { instance, of } = weights;
    const { nodeCount } = input.graph;
    this.#width = of.width;
    this.counts = edgeCounts(input.graph);
    this.#states = instance.allocate(nodeCount * of.width);
    this.#read = instance.allocate(nodeCount * 4 * of.width);
    this.#hidden = instance.allocate(nodeCount * of.width);
    this.#projected = instance.allocate(nodeCount * 2 * of.width);
    this.#encode();
  }

  #linear(x: number, layer: WasmLinear, y: number, mode: number, rows = this.input.graph.nodeCount): void {
    const { panels, bias, inputs, outputs } = layer;
    this.weights.instance.kernels.linear(x, inputs, rows, inputs, panels, bias, y, outputs, outputs, mode);
  }

  #encode(): void {
    const { instance, of, input, output } = this.weights;
    const { facts } = of.nodeEncoder;
    const { graph, order, nodeFacts } = this.input;
    const shared = linear(nodeFacts, facts, 'float64');
    const features = instance.upload(order);
    graph.groups.forEach((group, index) => {
      const bias = instance.upload(shared.subarray(index * this.#width, (index + 1) * this.#width));
      const hidden = this.#hidden + group.first * this.#width * 4;
      const x = features + group.first * ORDER_FEATURES * 4;
      this.#linear(x, { ...input, bias }, hidden, ACTIVATES, group.count);
    });
    this.#linear(this.#hidden, output, this.#states, 0);
  }

  /** What every node says in a round, as a source and as a target: [nodes, 2·H]. */
  project(round: number): Float32Array {
    const { nodeCount } = this.input.graph;
    const { norm, projections } = this.weights.rounds[round];
    const width = this.#width;
    this.weights.instance.kernels.layerNorm(
      this.#states,
      nodeCount,
      width,
      norm,
      LAYER_NORM_EPSILON,
      this.#read,
      4 * width,
    );
    this.weights.instance.kernels.linear(
      this.#read,
      4 * width,
      nodeCount,
      width,
      projections.panels,
      projections.bias,
      this.#projected,
      2 * width,
      2 * width,
      0,
    );
    return this.weights.instance.floats(this.#projected, nodeCount * 2 * width);
  }

  /** Ends a round: `sums` of its messages by kind of edge, [nodes, KINDS, H]. */
  update(round: number, sums: Float64Array): void {
    const { nodeCount } = this.input.graph;
    const width = this.#width;
    const read = this.weights.instance.floats(this.#read, nodeCount * 4 * width);
    for (let row = 0; row < nodeCount * KINDS; row++) {
      const factor = 1 / Math.max(1, this.counts[row]);
      const to = (row + Math.floor(row / KINDS) + 1) * width;
      for (let k = 0; k < width; k++) read[to + k] = sums[row * width + k] * factor;
    }
    const { hidden, step } = this.weights.rounds[round];
    this.#linear(this.#read, hidden, this.#hidden, ACTIVATES);
    this.#linear(this.#hidden, step, this.#states, ACCUMULATES);
  }

  /** A copy of the states: [nodes, H]. */
  copyStates(): Float32Array {
    return this.weights.instance.floats(this.#states, this.input.graph.nodeCount * this.#width).slice();
  }

  /** A copy of what the last update read: [nodes, 4·H]. */
  copyRead(): Float32Array {
    return this.weights.instance.floats(this.#read, this.input.graph.nodeCount * 4 * this.#width).slice();
  }

  /** Mean and standard deviation of the states of every group: [groups, 2·H]. */
  pool(): Float64Array {
    const width = this.#width;
    const { graph } = this.input;
    const pooled = new Float64Array(graph.groups.length * 2 * width);
    const state = this.weights.instance.allocate(2 * width);
    graph.groups.forEach(({ first, count }, group) => {
      const numbers = this.weights.instance.floats(state, 2 * width).fill(0);
      this.weights.instance.kernels.pool(this.#states + first * width * 4, count, width, 0, state);
      for (let k = 0; k < width; k++) {
        pooled[group * 2 * width + k] = numbers[k];
        pooled[(group * 2 + 1) * width + k] = Math.sqrt(numbers[width + k] / count + DEVIATION_EPSILON);
      }
    });
    return pooled;
  }
}
