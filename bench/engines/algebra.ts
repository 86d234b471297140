/**
 * The GMN as one would write it in a general framework, over any backend with arrays: edges as index lists, gather and scatter.
 *
 *   pyg         as PyTorch Geometric does it: gather both ends, concatenate, multiply, scatter
 *   decomposed  the same function with the first Linear split by what it reads, node parts computed once per node
 *
 * (Both aggregate the hidden state before the node's Linear: that is how this GMN is defined.)
 */
import { isCarrier, isWeightBlock } from '../../src/graph';
import { EDGE_INPUTS, edgeInputs } from '../../src/metanets/edge-inputs';
import { compressInputs, type EncoderWeights } from '../../src/metanets/encoder';
import type { GmnWeights } from '../../src/metanets/gmn';
import { DEVIATION_EPSILON } from '../../src/metanets/gmn/gmn';
import type { ReadoutWeights, RoundWeights } from '../../src/metanets/gmn/weights';
import type { MetanetInput } from '../../src/metanets/input';
import { type LinearWeights, linear, transposed } from '../../src/metanets/linear-algebra';
import { ORDER_FEATURES } from '../../src/metanets/order';
import { forEachPair } from '../../src/metanets/pairs';

export type Algebra = 'pyg' | 'decomposed';

/** What a framework must offer; T is its array. Rows first. */
export interface Backend<T> {
  constant(values: ArrayLike<number>, dims: readonly number[]): T;
  indices(values: Int32Array): T;
  add(a: T, b: T): T;
  subtract(a: T, b: T): T;
  multiply(a: T, b: T): T;
  matmul(a: T, b: T): T;
  sqrt(a: T): T;
  silu(a: T): T;
  /** Along the last axis, of `width`. */
  layerNorm(a: T, scale: T, width: number): T;
  concatenate(parts: readonly T[], axis: 0 | 1): T;
  gather(table: T, rows: T): T;
  /** Sum of the rows that go to each of `count` places: [rows, width] to [count, width]. */
  scatterAdd(rows: T, to: T, count: number, width: number): T;
  meanOfRows(a: T): T;
}

/** The edge inputs that every peer is given: [pairs, EDGE_INPUTS], compressed. */
export function peerInputs(input: MetanetInput): Float32Array {
  const { graph, values, scales } = input;
  const x = new Float32Array(graph.pairCount * EDGE_INPUTS);
  graph.blocks.forEach((block, index) => {
    x.set(edgeInputs(block, values[index], scales[index]), block.firstPair * EDGE_INPUTS);
  });
  compressInputs(x);
  return x;
}

export class GeneralGmn<T> {
  constructor(
    readonly backend: Backend<T>,
    readonly weights: GmnWeights,
    readonly input: MetanetInput,
    readonly algebra: Algebra,
  ) {}

  /** x [pairs, EDGE_INPUTS] to outputs [1, outputs]. */
  forward(x: T): T {
    const { backend: b, weights } = this;
    const { graph, order, nodeFacts, edgeFacts } = this.input;
    const width = weights.width;
    const [source, target, block, heard] = Array.from({ length: 4 }, () => new Int32Array(graph.pairCount));
    graph.blocks.forEach((shape, index) => {
      const kind = isWeightBlock(shape) ? 0 : 1;
      forEachPair(shape, graph, (pair, s, t) => {
        [source[pair], target[pair], block[pair], heard[pair]] = [s, t, index, 2 * t + kind];
      });
    });
    const group = new Int32Array(graph.nodeCount);
    graph.groups.forEach(({ first, count }, index) => {
      group.fill(index, first, first + count);
    });
    const inverse = (indices: Int32Array, count: number) => {
      const counts = new Float32Array(count);
      for (const index of indices) counts[index]++;
      return b.constant(
        counts.map((number) => 1 / Math.max(1, number)),
        [count, 1],
      );
    };
    const at = { source: b.indices(source), target: b.indices(target), heard: b.indices(heard) };
    const means = {
      heard: inverse(heard, 2 * graph.nodeCount),
      source: inverse(source, graph.nodeCount),
    };
    const segments = {
      block: {
        rows: b.indices(block),
        inverse: inverse(block, graph.blocks.length),
        count: graph.blocks.length,
      },
      group: {
        rows: b.indices(group),
        inverse: inverse(group, graph.groups.length),
        count: graph.groups.length,
      },
    };
    const encode = (states: T, rows: T, facts: Float32Array, count: number, encoder: EncoderWeights) => {
      const shared = b.constant(linear(facts, encoder.facts, 'float64'), [count, width]);
      const first = b.add(this.#linear(states, encoder.input), b.gather(shared, rows));
      return this.#linear(b.silu(first), encoder.output);
    };
    let e = encode(x, segments.block.rows, edgeFacts, graph.blocks.length, weights.edgeEncoder);
    const features = b.constant(order, [graph.nodeCount, ORDER_FEATURES]);
    let v = encode(features, segments.group.rows, nodeFacts, graph.groups.length, weights.nodeEncoder);
    const pool = (states: T, { rows, inverse: share, count }: (typeof segments)['block']) => {
      const mean = b.multiply(b.scatterAdd(states, rows, count, width), share);
      const centred = b.subtract(states, b.gather(mean, rows));
      const variance = b.multiply(b.scatterAdd(b.multiply(centred, centred), rows, count, width), share);
      const deviation = b.sqrt(b.add(variance, b.constant([DEVIATION_EPSILON], [1])));
      return b.concatenate([mean, deviation], 1);
    };
    const readout = (states: ReadoutWeights) =>
      this.#readout(states, pool(e, segments.block), pool(v, segments.group));
    const outputs = readout(weights.before);
    for (const round of weights.rounds) {
      const h = this.#messages(round, v, e, at);
      const nodes = graph.nodeCount;
      const heardMeans = b.multiply(b.scatterAdd(h, at.heard, 2 * nodes, width), means.heard);
      const sent = b.multiply(b.scatterAdd(h, at.source, nodes, width), means.source);
      const even = b.indices(Int32Array.from({ length: nodes }, (_, node) => 2 * node));
      const odd = b.indices(Int32Array.from({ length: nodes }, (_, node) => 2 * node + 1));
      const read = b.concatenate(
        [this.#norm(v, round.nodeNorm), b.gather(heardMeans, even), b.gather(heardMeans, odd), sent],
        1,
      );
      e = b.add(e, this.#linear(h, round.edgeStep));
      v = b.add(v, this.#linear(b.silu(this.#linear(read, round.nodeHidden)), round.nodeStep));
    }
    return weights.after ? b.add(outputs, readout(weights.after)) : outputs;
  }

  #messages(round: RoundWeights, v: T, e: T, at: { source: T; target: T }): T {
    const b = this.backend;
    const normed = this.#norm(v, round.nodeNorm);
    const edges = this.#norm(e, round.edgeNorm);
    if (this.algebra === 'decomposed') {
      const own = this.#linear(edges, round.edge);
      const p = b.gather(this.#linear(normed, round.source), at.source);
      const q = b.gather(this.#linear(normed, round.target), at.target);
      return b.silu(b.add(b.add(own, p), q));
    }
    const width = this.weights.width;
    const all = b.concatenate([edges, b.gather(normed, at.source), b.gather(normed, at.target)], 1);
    const weight = new Float32Array(3 * width * width);
    for (let output = 0; output < width; output++) {
      [round.edge, round.source, round.target].forEach((part, index) => {
        const row = part.weight.subarray(output * width, (output + 1) * width);
        weight.set(row, (3 * output + index) * width);
      });
    }
    return b.silu(this.#linear(all, { weight, bias: round.edge.bias, inputs: 3 * width, outputs: width }));
  }

  #linear(x: T, layer: LinearWeights): T {
    const { bias, inputs, outputs } = layer;
    const b = this.backend;
    const product = b.matmul(x, b.constant(transposed(layer), [inputs, outputs]));
    return bias ? b.add(product, b.constant(bias, [1, outputs])) : product;
  }

  #norm(x: T, scale: Float32Array): T {
    return this.backend.layerNorm(x, this.backend.constant(scale, [scale.length]), scale.length);
  }

  #readout(weights: ReadoutWeights, blocks: T, groups: T): T {
    const b = this.backend;
    const { graph } = this.input;
    const depths = graph.depth + 1;
    const byDepth = (rows: T, depthOf: readonly (number | undefined)[], layer: LinearWeights) => {
      const sums = new Float32Array(depths * depthOf.length);
      depthOf.forEach((depth, row) => {
        if (depth !== undefined) sums[depth * depthOf.length + row] = 1;
      });
      return b.matmul(b.constant(sums, [depths, depthOf.length]), b.silu(this.#linear(rows, layer)));
    };
    const blockDepths = graph.blocks.map(({ target }) => graph.groups[target].depth);
    const groupDepths = graph.groups.map(({ kind, depth }) => (isCarrier(kind) ? undefined : depth));
    const total = b.add(
      byDepth(blocks, blockDepths, weights.block),
      byDepth(groups, groupDepths, weights.group),
    );
    const tokens = b.silu(this.#linear(total, weights.token));
    const ends = [Math.min(1, graph.depth), Math.max(graph.depth - 1, 0), graph.depth];
    const rows = ends.map((end) => b.gather(tokens, b.indices(Int32Array.of(end))));
    const read = b.concatenate([b.meanOfRows(tokens), ...rows], 1);
    return this.#linear(b.silu(this.#linear(read, weights.embedding)), weights.output);
  }
}
