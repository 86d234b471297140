/**
 * What both of Neural Graphs' metanets start from: the states of the nodes, and of the edges in both directions.
 *
 * Messages run along the stored direction and against it. An edge in reverse is an edge of its own, with an encoder of its
 * own: this is what the paper's optional reverse edges come to, whose inputs [e, eᵀ, e + eᵀ] differ by direction.
 */
import type { GraphShape } from '../../graph';
import { encodeNodes, encodePairs, pairInputs } from '../encoder';
import type { MetanetInput } from '../input';
import { type Floats, layerNorm, type Precision, zeros } from '../linear-algebra';
import { forEachPair } from '../pairs';
import type { EncodersWeights, NormWeights } from './weights';

/** A message on edge r goes from node origin[r] to node reader[r]. */
export interface DirectedEdges {
  readonly reader: Int32Array;
  readonly origin: Int32Array;
}

/** Every pair as it is stored, then every pair in reverse. */
export function directedEdges(graph: GraphShape): DirectedEdges {
  const { pairCount } = graph;
  const reader = new Int32Array(2 * pairCount);
  const origin = new Int32Array(2 * pairCount);
  for (const block of graph.blocks) {
    forEachPair(block, graph, (pair, source, target) => {
      reader[pair] = origin[pairCount + pair] = target;
      origin[pair] = reader[pairCount + pair] = source;
    });
  }
  return { reader, origin };
}

/** v: [nodes, width]. e: [2·pairs, width], in the order of the directed edges. */
export function encodeGraph(
  weights: EncodersWeights,
  input: MetanetInput,
  precision: Precision,
): { v: Floats; e: Floats } {
  const x = pairInputs(input, precision);
  const forward = encodePairs(x, input, weights.forwardEdge, precision);
  const e = zeros(2 * forward.length, precision);
  e.set(forward);
  e.set(encodePairs(x, input, weights.reverseEdge, precision), forward.length);
  return { v: encodeNodes(input, weights.node, precision), e };
}

/** LayerNorm with a bias, over each row. */
export function norm(x: Floats, { scale, shift }: NormWeights, precision: Precision): Floats {
  return layerNorm(x, scale, scale.length, precision).map((value, i) => value + shift[i % shift.length]);
}
