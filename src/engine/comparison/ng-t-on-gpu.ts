/** NG-T on the GPU, step by step as in its plain twin (src/metanets/neural-graphs/ng-t.ts), where the formulas stand. */
import type { MetanetInput } from '../../metanets/input';
import type { LinearWeights } from '../../metanets/linear-algebra';
import { attendedEdges } from '../../metanets/neural-graphs/ng-t';
import { readOut } from '../../metanets/neural-graphs/readout';
import { directedEdges } from '../../metanets/neural-graphs/states';
import type {
  AttentionWeights,
  EdgeStepWeights,
  LayerWeights,
  NgTWeights,
} from '../../metanets/neural-graphs/weights';
import type { MetanetOutput } from '../../metanets/output';
import { encodeGraph, type IncomingEdges, incomingEdges } from './graph-edges';
import { interleaved } from './row-lists';
import { columnsOf, rowsOf, sideBySide, type Table, type TensorOps } from './tensor-ops';

export const NG_T_KERNELS = ['attention-scores', 'attention-values'] as const;

/** Some of a layer's outputs, and nothing else: no bias. */
function someOutputs({ weight, inputs }: LinearWeights, first: number, outputs: number): LinearWeights {
  return { weight: weight.subarray(first * inputs, (first + outputs) * inputs), inputs, outputs };
}

/** [edges, 3]: reader, origin, opposite; and the edges that every node reads. */
interface Attention extends IncomingEdges {
  readonly ends: GPUBuffer;
  readonly heads: number;
}

function attend(
  ops: TensorOps,
  v: Table,
  e: Table,
  { starts, incoming, ends, heads }: Attention,
  weights: AttentionWeights,
): Table {
  const width = weights.output.inputs;
  const width4 = v.stride4;
  const ofNode = ops.linear(v, weights.node);
  const scores = ops.table('scores', e.rows, heads);
  // What edges say of queries and keys, and then of values, in the same memory.
  const ofEdge = ops.linear(e, someOutputs(weights.edge, 0, 2 * width));
  ops.dispatch(
    'attention-scores',
    [width4, heads, e.rows * heads],
    [ends, ofNode.buffer, ofEdge.buffer, scores.buffer],
    e.rows * heads,
    e.rows * width * 4,
  );
  ops.linear(e, someOutputs(weights.edge, 2 * width, 2 * width), { into: ofEdge });
  const attended = ops.table('attended', v.rows, width);
  ops.dispatch(
    'attention-values',
    [width4, heads, v.rows * width4],
    [starts, incoming, ofNode.buffer, ofEdge.buffer, scores.buffer, attended.buffer],
    v.rows * width4,
    e.rows * width * 8,
  );
  const step = ops.linear(attended, weights.output);
  ops.release(ofNode, scores, ofEdge, attended);
  return step;
}

function edgeStep(
  ops: TensorOps,
  v: Table,
  e: Table,
  ends: GPUBuffer,
  { reader, origin, opposite, edge, output }: EdgeStepWeights,
): Table {
  const ofEnds = ops.linear(v, sideBySide(reader, origin));
  const ofOpposite = ops.linear(e, opposite);
  const hidden = ops.linear(e, edge, {
    activation: 'gelu',
    gather: { indices: ends, tables: [ofEnds, columnsOf(ofEnds, reader.outputs), ofOpposite] },
  });
  ops.release(ofEnds, ofOpposite);
  const step = ops.linear(hidden, output);
  ops.release(hidden);
  return step;
}

/** What follows a step, on the states in their place. The step is given back. */
function finishLayer(
  ops: TensorOps,
  states: Table,
  step: Table,
  { stepNorm, mlp, mlpNorm }: LayerWeights<unknown>,
): void {
  ops.normalise(states, stepNorm, { step });
  const hidden = ops.linear(states, mlp.hidden, { activation: 'gelu' });
  ops.linear(hidden, mlp.output, { into: step });
  ops.normalise(states, mlpNorm, { step });
  ops.release(hidden, step);
}

/** Runs the metanet on one input network; the node states come back. Throws GraphTooLargeError. */
export async function runNgTOnGpu(
  ops: TensorOps,
  weights: NgTWeights,
  input: MetanetInput,
): Promise<MetanetOutput> {
  const { graph } = input;
  const { nodeCount, pairCount } = graph;
  const edges = attendedEdges(directedEdges(graph), nodeCount);
  const attention = {
    ...incomingEdges(ops, edges, nodeCount),
    ends: ops.uploadIndices('ends', interleaved(edges.reader, edges.origin, edges.opposite)),
    heads: weights.heads,
  };
  const { v, e } = encodeGraph(ops, weights.encoders, input, edges.reader.length);
  // A layer without inputs: its bias in every row.
  const selfEdge = { weight: new Float32Array(0), bias: weights.selfEdge, inputs: 0, outputs: weights.width };
  ops.linear(v, selfEdge, { into: rowsOf(e, 2 * pairCount, nodeCount) });
  weights.nodeLayers.forEach((layer, k) => {
    finishLayer(ops, v, attend(ops, v, e, attention, layer.step), layer);
    const edgeLayer = weights.edgeLayers[k];
    if (!edgeLayer) return;
    finishLayer(ops, e, edgeStep(ops, v, e, attention.ends, edgeLayer.step), edgeLayer);
  });
  return readOut(weights.readout, graph, await ops.read(v));
}
