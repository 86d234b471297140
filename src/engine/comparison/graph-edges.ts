/**
 * What NG-GNN and NG-T start from on the device: the states of nodes and of edges in both directions, and who reads whom.
 * Plain twin: src/metanets/neural-graphs/states.ts.
 */
import type { MetanetInput } from '../../metanets/input';
import type { DirectedEdges } from '../../metanets/neural-graphs/states';
import type { EncodersWeights } from '../../metanets/neural-graphs/weights';
import { encodableNodes, encodablePairs, encode } from './encode';
import { interleaved, rowLists } from './row-lists';
import { rowsOf, type Table, type TensorOps } from './tensor-ops';

/** The edges that every node reads, by node. */
export interface IncomingEdges {
  /** [nodes + 1] */
  readonly starts: GPUBuffer;
  /** [edges, 2]: the edge and its origin. */
  readonly incoming: GPUBuffer;
}

export function incomingEdges(
  ops: TensorOps,
  { reader, origin }: DirectedEdges,
  nodeCount: number,
): IncomingEdges {
  const { starts, rows } = rowLists(nodeCount, reader);
  const origins = rows.map((edge) => origin[edge]);
  return {
    starts: ops.uploadIndices('starts', starts),
    incoming: ops.uploadIndices('incoming edges', interleaved(rows, origins)),
  };
}

/** v: [nodes, H]. e: [edges, H], of which the first 2·pairs are written, in the order of the directed edges. */
export function encodeGraph(
  ops: TensorOps,
  weights: EncodersWeights,
  input: MetanetInput,
  edgeCount: number,
): { v: Table; e: Table } {
  const { pairCount } = input.graph;
  const e = ops.table('edge states', edgeCount, weights.node.output.outputs);
  const pairs = encodablePairs(ops, input);
  encode(ops, pairs, weights.forwardEdge, { into: rowsOf(e, 0, pairCount) });
  encode(ops, pairs, weights.reverseEdge, { into: rowsOf(e, pairCount, pairCount) });
  return { v: encode(ops, encodableNodes(ops, input), weights.node), e };
}
