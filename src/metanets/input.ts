/**
 * What a metanet reads of an input network: its graph, and the numbers that stand on it.
 */
import type { BlockShape, GraphShape, NodeGroup } from '../graph';
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

function concatenated(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Several input networks as one graph of separate parts, so that an engine runs them together. */
export function joinInputs(inputs: readonly MetanetInput[]): MetanetInput {
  if (inputs.length === 1) return inputs[0];
  const groups: NodeGroup[] = [];
  const blocks: BlockShape[] = [];
  let [nodeCount, edgeCount, pairCount, depth] = [0, 0, 0, 0];
  for (const { graph } of inputs) {
    const firstGroup = groups.length;
    for (const group of graph.groups) groups.push({ ...group, first: group.first + nodeCount });
    for (const block of graph.blocks) {
      blocks.push({
        ...block,
        source: block.source + firstGroup,
        target: block.target + firstGroup,
        firstEdge: block.firstEdge + edgeCount,
        firstPair: block.firstPair + pairCount,
      });
    }
    nodeCount += graph.nodeCount;
    edgeCount += graph.edgeCount;
    pairCount += graph.pairCount;
    depth = Math.max(depth, graph.depth);
  }
  const parameters = { placed: edgeCount, all: edgeCount };
  return {
    graph: {
      ...{ groups, blocks, nodeCount, edgeCount, pairCount, depth, parameters },
      unplaced: [],
      ties: [],
      isInferred: inputs.some(({ graph }) => graph.isInferred),
    },
    values: inputs.flatMap(({ values }) => values),
    scales: concatenated(inputs.map(({ scales }) => scales)),
    nodeFacts: concatenated(inputs.map((input) => input.nodeFacts)),
    edgeFacts: concatenated(inputs.map((input) => input.edgeFacts)),
    order: concatenated(inputs.map(({ order }) => order)),
  };
}
