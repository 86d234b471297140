/**
 * What a metanet reads of an input network: its graph, and the numbers that stand on it.
 */
import type { GraphShape } from '../graph';
import { valueScales } from './edge-inputs';
import { edgeFacts, nodeFacts } from './facts';
import { ORDER_FEATURES, orderFeatures } from './order';

export interface MetanetInput {
  readonly graph: GraphShape;
  /** Per block its edge values, [edgeCount]. */
  readonly values: readonly Float32Array[];
  /** Per block the factor that its values are multiplied with. */
  readonly scales: Float32Array;
  /** [groups, NODE_FACTS] and [blocks, EDGE_FACTS]. */
  readonly nodeFacts: Float32Array;
  readonly edgeFacts: Float32Array;
  /** [nodes, ORDER_FEATURES]. */
  readonly order: Float32Array;
}

export function metanetInput(graph: GraphShape, values: readonly Float32Array[]): MetanetInput {
  const order = new Float32Array(graph.nodeCount * ORDER_FEATURES);
  for (const group of graph.groups) order.set(orderFeatures(group), group.first * ORDER_FEATURES);
  return {
    graph,
    values,
    scales: valueScales(graph),
    nodeFacts: nodeFacts(graph),
    edgeFacts: edgeFacts(graph),
    order,
  };
}
