/** NG-GNN on the GPU, step by step as in its plain twin (src/metanets/neural-graphs/ng-gnn.ts), where the formulas stand. */
import type { MetanetInput } from '../../metanets/input';
import { DEVIATION_EPSILON } from '../../metanets/neural-graphs/ng-gnn';
import { readOut } from '../../metanets/neural-graphs/readout';
import { directedEdges } from '../../metanets/neural-graphs/states';
import type { NgGnnWeights, PnaWeights } from '../../metanets/neural-graphs/weights';
import type { MetanetOutput } from '../../metanets/output';
import { encodeGraph, type IncomingEdges, incomingEdges } from './graph-edges';
import { interleaved } from './row-lists';
import { columnsOf, sideBySide, type Table, type TensorOps } from './tensor-ops';

export const NG_GNN_KERNELS = ['pna-messages'] as const;

function aggregate(
  ops: TensorOps,
  v: Table,
  e: Table,
  { starts, incoming }: IncomingEdges,
  layer: PnaWeights,
  logDegree: number,
): Table {
  const width = layer.reader.outputs;
  const projections = ops.linear(v, sideBySide(layer.reader, layer.origin));
  const modulation = ops.linear(e, layer.modulation);
  const read = ops.table('node inputs', v.rows, 9 * width);
  const items = v.rows * v.stride4;
  ops.dispatch(
    'pna-messages',
    [v.stride4, items, { f32: logDegree }, { f32: DEVIATION_EPSILON }],
    [starts, incoming, projections.buffer, modulation.buffer, v.buffer, read.buffer],
    items,
    e.rows * width * 16,
  );
  const states = ops.linear(read, layer.node);
  ops.release(projections, modulation, read);
  return states;
}

/** Runs the metanet on one input network; the node states come back. Throws GraphTooLargeError. */
export async function runNgGnnOnGpu(
  ops: TensorOps,
  weights: NgGnnWeights,
  input: MetanetInput,
): Promise<MetanetOutput> {
  const { graph } = input;
  const edges = directedEdges(graph);
  const incoming = incomingEdges(ops, edges, graph.nodeCount);
  const ends = ops.uploadIndices('ends', interleaved(edges.reader, edges.origin));
  let { v, e } = encodeGraph(ops, weights.encoders, input, edges.reader.length);
  weights.layers.forEach((layer, k) => {
    const before = v;
    v = aggregate(ops, before, e, incoming, layer, weights.logDegree);
    ops.release(before);
    if (k === weights.layers.length - 1) return;
    ops.normalise(v, weights.norms[k], { activation: 'silu' });
    const { reader, origin, edge, output } = weights.edgeUpdates[k];
    const ofEnds = ops.linear(v, sideBySide(reader, origin));
    const hidden = ops.linear(e, edge, {
      activation: 'silu',
      gather: { indices: ends, tables: [ofEnds, columnsOf(ofEnds, reader.outputs)] },
    });
    ops.linear(hidden, output, { into: e });
    ops.release(ofEnds, hidden);
  });
  return readOut(weights.readout, graph, await ops.read(v));
}
