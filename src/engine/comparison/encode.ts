/** The states that metanets start from, on the device. Formulas: src/metanets/encoder.ts. */
import { EDGE_INPUTS } from '../../metanets/edge-inputs';
import { type EncoderWeights, pairInputs } from '../../metanets/encoder';
import type { MetanetInput } from '../../metanets/input';
import { ORDER_FEATURES } from '../../metanets/order';
import { pairsOf } from '../../metanets/pairs';
import { sharedRows } from '../node-run';
import { segmentOfRows } from './row-lists';
import type { LinearOptions, Table, TensorOps } from './tensor-ops';

/** Rows that are encoded, and the block or group whose facts each of them shares. */
export interface Encodable {
  readonly x: Table;
  readonly segments: GPUBuffer;
  /** [segments, facts] */
  readonly facts: Float32Array;
}

/** Every pair by its compressed inputs: [pairs, EDGE_INPUTS]. */
export function encodablePairs(ops: TensorOps, input: MetanetInput): Encodable {
  return {
    x: ops.upload('edge inputs', Float32Array.from(pairInputs(input, 'float32')), EDGE_INPUTS),
    segments: ops.uploadIndices('blocks of pairs', segmentOfRows(pairsOf(input.graph.blocks))),
    facts: input.edgeFacts,
  };
}

/** Every node by its order features: [nodes, ORDER_FEATURES]. */
export function encodableNodes(ops: TensorOps, { graph, order, nodeFacts }: MetanetInput): Encodable {
  return {
    x: ops.upload('order features', order, ORDER_FEATURES),
    segments: ops.uploadIndices('groups of nodes', segmentOfRows(graph.groups)),
    facts: nodeFacts,
  };
}

/** States, [rows, width]. `output`: what else the last layer does with them. */
export function encode(
  ops: TensorOps,
  { x, segments, facts }: Encodable,
  weights: EncoderWeights,
  output: LinearOptions = {},
): Table {
  const width = weights.facts.outputs;
  const shared = ops.upload('facts', sharedRows(facts, weights.facts), width);
  const hidden = ops.linear(x, weights.input, {
    activation: 'silu',
    gather: { indices: segments, tables: [shared] },
  });
  const states = ops.linear(hidden, weights.output, output);
  ops.release(hidden);
  return states;
}
