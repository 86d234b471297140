/**
 * Takes a metanet elsewhere: the GMN for one architecture as an ONNX model, which any runtime can run (and, converted,
 * differentiate). Between blocks and nodes nothing is gathered or scattered, for an edge's ends are its place in the
 * block. Formulas: ./gmn.ts, ./readout.ts.
 */

import { OnnxGraph } from '../../formats/onnx/write-onnx';
import type { BlockShape, GraphShape } from '../../graph';
import { isCarrier, isWeightBlock, sourcesPerTarget, targetsPerSource } from '../../graph';
import { arrangementToOnnx } from '../arrangement/to-onnx';
import { BASIS, tapBasis } from '../edge-inputs';
import { EDGE_FACTS, NODE_FACTS } from '../facts';
import { CLIP, type FeatureMlpWeights } from '../feature-mlp';
import type { MetanetInput } from '../input';
import { LAYER_NORM_EPSILON, type LinearWeights, linear, silu, transposed } from '../linear-algebra';
import { ORDER_FEATURES } from '../order';
import { DEVIATION_EPSILON } from './gmn';
import type { BlockValues } from './values-from-tensors';
import type { GmnWeights, ReadoutWeights, RoundWeights } from './weights';

/** Name of a block's input: its place, and the tensor that its values come from. */
export const blockInputName = ({ tensorName, name }: BlockShape, index: number) =>
  `${index}: ${tensorName ?? name}`;

/** Shape of a block's input, and of its pairs: [parts, targets, sources], [nodes] along a diagonal. */
function pairDims(block: BlockShape, graph: GraphShape): number[] {
  const targets = graph.groups[block.target].count;
  if (block.pattern === 'diagonal') return [targets];
  const sources = sourcesPerTarget(block, graph.groups);
  return block.groups === 1 ? [targets, sources] : [block.groups, targets / block.groups, sources];
}

/** [pairs…, taps]: the block's values in edge order. */
export const blockInputDims = (block: BlockShape, graph: GraphShape) => [
  ...pairDims(block, graph),
  block.taps,
];

/** Inputs are the parameters of the network, one tensor a block. */
const valuesAsInputs =
  (graph: GraphShape): BlockValues =>
  (onnx, block, index) =>
    onnx.input(blockInputName(block, index), blockInputDims(block, graph));

/** `blockValues`: where each block's values come from; inputs of their own if it is not given. */
export function gmnToOnnx(
  weights: GmnWeights,
  input: Omit<MetanetInput, 'values'>,
  blockValues: BlockValues = valuesAsInputs(input.graph),
): Uint8Array<ArrayBuffer> {
  return new Export(weights, input, blockValues).run();
}

class Export {
  readonly #onnx = new OnnxGraph('graph metanetwork');

  constructor(
    readonly weights: GmnWeights,
    readonly input: Omit<MetanetInput, 'values'>,
    readonly blockValues: BlockValues,
  ) {}

  run(): Uint8Array<ArrayBuffer> {
    const { graph } = this.input;
    const onnx = this.#onnx;
    const values = graph.blocks.map((block, index) => this.blockValues(onnx, block, index));
    let e = graph.blocks.map((block, index) => this.#encodeBlock(block, index, values[index]));
    let v = graph.groups.map((_, index) => this.#encodeGroup(index));
    const { before, rounds, after, globalFeatures } = this.weights;
    let outputs = this.#readout(before, e, v);
    for (const round of rounds) [v, e] = this.#round(round, v, e);
    if (after) outputs = onnx.op('Add', [outputs, this.#readout(after, e, v)]);
    if (globalFeatures) {
      const features = arrangementToOnnx(onnx, graph, values);
      outputs = onnx.op('Add', [outputs, this.#featureMlp(globalFeatures, features)]);
    }
    onnx.output(outputs, 'outputs', [1, this.weights.before.output.outputs]);
    const logit = onnx.op('Gather', [outputs, onnx.integers([0])], { axis: 1 });
    onnx.output(onnx.op('Sigmoid', [logit]), 'accuracy', [1, 1]);
    return onnx.finish();
  }

  #linear(x: string, layer: LinearWeights, name: string): string {
    const { bias, inputs, outputs } = layer;
    const onnx = this.#onnx;
    const product = onnx.op('MatMul', [x, onnx.constant(transposed(layer), [inputs, outputs], name)]);
    return bias ? onnx.op('Add', [product, onnx.constant(bias, [outputs], `${name}_bias`)]) : product;
  }

  #silu(x: string): string {
    return this.#onnx.op('Mul', [x, this.#onnx.op('Sigmoid', [x])]);
  }

  #scaled(x: string, factor: number): string {
    return this.#onnx.op('Mul', [x, this.#onnx.constant([factor], [1])]);
  }

  #reduce(type: 'ReduceMean' | 'ReduceMax' | 'ReduceSum', x: string, axis: number, keepdims: 0 | 1): string {
    return this.#onnx.op(type, [x, this.#onnx.integers([axis])], { keepdims });
  }

  #norm(x: string, scale: Float32Array): string {
    return this.#onnx.op('LayerNormalization', [x, this.#onnx.constant(scale, [scale.length], 'norm')], {
      epsilon: { float: LAYER_NORM_EPSILON },
    });
  }

  #encodeBlock(block: BlockShape, index: number, values: string): string {
    const onnx = this.#onnx;
    const { scales, edgeFacts } = this.input;
    const { input, facts, output } = this.weights.edgeEncoder;
    const rows = onnx.op('Reshape', [values, onnx.integers([block.pairCount, block.taps])]);
    const scaled = this.#scaled(rows, scales[index]);
    const coefficients = BASIS * BASIS;
    const basis = onnx.constant(tapBasis(block.tapShape), [block.taps, coefficients], 'basis');
    const projected = onnx.op('MatMul', [scaled, basis]);
    const largest = this.#reduce('ReduceMax', onnx.op('Abs', [scaled]), 1, 1);
    const meanSquare = this.#reduce('ReduceMean', onnx.op('Mul', [scaled, scaled]), 1, 1);
    const compress = (x: string) => this.#scaled(onnx.op('Asinh', [this.#scaled(x, 4)]), 0.4);
    const floored = onnx.op('Add', [meanSquare, onnx.constant([1e-6], [1])]);
    const logarithm = this.#scaled(onnx.op('Log', [floored]), 0.25);
    const x = onnx.op('Concat', [compress(projected), logarithm, compress(largest)], { axis: 1 });
    const ownFacts = edgeFacts.subarray(index * EDGE_FACTS, (index + 1) * EDGE_FACTS);
    const bias = Float32Array.from(linear(ownFacts, facts, 'float64'));
    return this.#linear(this.#silu(this.#linear(x, { ...input, bias }, 'edge_input')), output, 'edge_output');
  }

  /** Node encodings depend on the architecture alone: constants. */
  #encodeGroup(index: number): string {
    const { graph, order, nodeFacts } = this.input;
    const { input, facts, output } = this.weights.nodeEncoder;
    const { first, count } = graph.groups[index];
    const bias = Float32Array.from(
      linear(nodeFacts.subarray(index * NODE_FACTS, (index + 1) * NODE_FACTS), facts, 'float64'),
    );
    const rows = order.subarray(first * ORDER_FEATURES, (first + count) * ORDER_FEATURES);
    const hidden = linear(rows, { ...input, bias }, 'float64').map(silu);
    return this.#onnx.constant(linear(hidden, output, 'float64'), [count, this.weights.width], 'nodes');
  }

  #round(round: RoundWeights, v: readonly string[], e: readonly string[]): [string[], string[]] {
    const onnx = this.#onnx;
    const { graph } = this.input;
    const { width } = this.weights;
    const normed = v.map((states) => this.#norm(states, round.nodeNorm));
    const source = normed.map((states) => this.#linear(states, round.source, 'source'));
    const target = normed.map((states) => this.#linear(states, round.target, 'target'));
    /** Per group sums over incoming weights, other incoming edges, outgoing edges, and how many edges each is of. */
    const heard = graph.groups.map(() => [0, 1, 2].map(() => ({ sums: [] as string[], edges: 0 })));
    const hear = (group: number, kind: number, sum: string, edges: number) => {
      heard[group][kind].sums.push(sum);
      heard[group][kind].edges += edges;
    };
    const steps = graph.blocks.map((block, index) => {
      const dims = pairDims(block, graph);
      const reshape = (x: string, to: readonly number[]) =>
        onnx.op('Reshape', [x, onnx.integers([...to, width])]);
      const own = this.#linear(this.#norm(e[index], round.edgeNorm), round.edge, 'edge');
      let [p, q] = [source[block.source], target[block.target]];
      const isDiagonal = dims.length === 1;
      if (!isDiagonal) {
        const parts = dims.slice(0, -2);
        const [rows, columns] = dims.slice(-2);
        p = reshape(p, [...parts, 1, columns]);
        q = reshape(q, [...parts, rows, 1]);
      }
      const h = this.#silu(onnx.op('Add', [onnx.op('Add', [reshape(own, dims), p]), q]));
      const flat = (x: string) => reshape(x, [-1]);
      const bySource = isDiagonal ? h : flat(this.#reduce('ReduceSum', h, dims.length - 2, 0));
      const byTarget = isDiagonal ? h : flat(this.#reduce('ReduceSum', h, dims.length - 1, 0));
      hear(block.target, isWeightBlock(block) ? 0 : 1, byTarget, sourcesPerTarget(block, graph.groups));
      hear(block.source, 2, bySource, targetsPerSource(block, graph.groups));
      return onnx.op('Add', [e[index], this.#linear(flat(h), round.edgeStep, 'edge_step')]);
    });
    const nodes = v.map((states, group) => {
      const means = heard[group].map(({ sums, edges }) => {
        if (sums.length === 0) {
          const { count } = graph.groups[group];
          return onnx.constant(new Float32Array(count * width), [count, width], 'nothing');
        }
        const total = sums.reduce((sum, more) => onnx.op('Add', [sum, more]));
        return this.#scaled(total, 1 / edges);
      });
      const read = onnx.op('Concat', [normed[group], ...means], { axis: 1 });
      const hidden = this.#silu(this.#linear(read, round.nodeHidden, 'node_hidden'));
      return onnx.op('Add', [states, this.#linear(hidden, round.nodeStep, 'node_step')]);
    });
    return [nodes, steps];
  }

  /** [1, features] to [1, outputs]. */
  #featureMlp({ mean, deviation, first, second, output }: FeatureMlpWeights, x: string): string {
    const onnx = this.#onnx;
    const constant = (numbers: ArrayLike<number>, name: string) =>
      onnx.constant(Float32Array.from(numbers), [numbers.length], name);
    const centred = onnx.op('Sub', [x, constant(mean, 'features_mean')]);
    const z = onnx.op('Div', [centred, constant(deviation, 'features_deviation')]);
    const clipped = onnx.op('Clip', [z, onnx.constant([-CLIP], []), onnx.constant([CLIP], [])]);
    const hidden = this.#silu(this.#linear(clipped, first, 'features_first'));
    return this.#linear(
      this.#silu(this.#linear(hidden, second, 'features_second')),
      output,
      'features_output',
    );
  }

  /** [1, 2·H]: mean and standard deviation over the rows. */
  #statistics(rows: string): string {
    const onnx = this.#onnx;
    const mean = this.#reduce('ReduceMean', rows, 0, 1);
    const centred = onnx.op('Sub', [rows, mean]);
    const variance = this.#reduce('ReduceMean', onnx.op('Mul', [centred, centred]), 0, 1);
    const floored = onnx.op('Add', [variance, onnx.constant([DEVIATION_EPSILON], [1])]);
    return onnx.op('Concat', [mean, onnx.op('Sqrt', [floored])], { axis: 1 });
  }

  #readout(weights: ReadoutWeights, e: readonly string[], v: readonly string[]): string {
    const onnx = this.#onnx;
    const { graph } = this.input;
    const depths = graph.depth + 1;
    /** Rows of statistics through a layer, then added up by depth. */
    const byDepth = (
      rows: readonly string[],
      depthOf: readonly (number | undefined)[],
      layer: LinearWeights,
    ) => {
      const all = onnx.op(
        'Concat',
        rows.map((row) => this.#statistics(row)),
        { axis: 0 },
      );
      const sums = new Float32Array(depths * rows.length);
      depthOf.forEach((depth, row) => {
        if (depth !== undefined) sums[depth * rows.length + row] = 1;
      });
      const matrix = onnx.constant(sums, [depths, rows.length], 'depths');
      return onnx.op('MatMul', [matrix, this.#silu(this.#linear(all, layer, 'pooled'))]);
    };
    const depth = ({ target }: BlockShape) => graph.groups[target].depth;
    const ofBlocks = byDepth(e, graph.blocks.map(depth), weights.block);
    const groupDepths = graph.groups.map(({ kind, depth: at }) => (isCarrier(kind) ? undefined : at));
    const ofGroups = byDepth(v, groupDepths, weights.group);
    const tokens = this.#silu(this.#linear(onnx.op('Add', [ofBlocks, ofGroups]), weights.token, 'token'));
    const mean = this.#reduce('ReduceMean', tokens, 0, 1);
    const ends = [Math.min(1, graph.depth), Math.max(graph.depth - 1, 0), graph.depth];
    const rows = ends.map((end) => onnx.op('Gather', [tokens, onnx.integers([end])], { axis: 0 }));
    const read = onnx.op('Concat', [mean, ...rows], { axis: 1 });
    return this.#linear(
      this.#silu(this.#linear(read, weights.embedding, 'embedding')),
      weights.output,
      'output',
    );
  }
}
