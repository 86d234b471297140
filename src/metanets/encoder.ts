/**
 * From what a metanet reads to the states that it starts with: a multilayer perceptron whose first layer adds the facts of the
 * whole block or group.
 *
 *   e_ij = W₂ σ(W₁ x_ij + F·facts(block) + b)      x: compressed edge inputs (./edge-inputs)
 *   v_i  = W₂ σ(W₁ o_i + F·facts(group) + b)       o: order features (./order)           σ = SiLU
 */
import { BASIS, EDGE_INPUTS, edgeInputs } from './edge-inputs';
import type { MetanetInput } from './input';
import { type Floats, type LinearWeights, linear, type Precision, silu, zeros } from './linear-algebra';
import { pairsOf } from './pairs';

export interface EncoderWeights {
  readonly input: LinearWeights;
  readonly facts: LinearWeights;
  readonly output: LinearWeights;
}

/** Raw edge inputs to numbers within about ±2: asinh keeps signs, the mean square becomes a logarithm. In place. */
export function compressInputs(inputs: Floats): void {
  const coefficients = BASIS * BASIS;
  for (let start = 0; start < inputs.length; start += EDGE_INPUTS) {
    for (let k = 0; k < EDGE_INPUTS; k++) {
      const x = inputs[start + k];
      inputs[start + k] = k === coefficients ? 0.25 * Math.log(x + 1e-6) : 0.4 * Math.asinh(4 * x);
    }
  }
}

/** The compressed inputs of all pairs: [pairs, EDGE_INPUTS]. */
export function pairInputs({ graph, values, scales }: MetanetInput, precision: Precision): Floats {
  const x = zeros(graph.pairCount * EDGE_INPUTS, precision);
  graph.blocks.forEach((block, index) => {
    x.set(edgeInputs(block, values[index], scales[index]), block.firstPair * EDGE_INPUTS);
  });
  compressInputs(x);
  return x;
}

/** The first layer before its activation: W₁ x + F·facts + b, [rows, width]. */
export function encoderHidden(
  x: Floats,
  segments: readonly { first: number; count: number }[],
  facts: Float32Array,
  weights: EncoderWeights,
  precision: Precision,
): Floats {
  const { inputs: factCount, outputs: width } = weights.facts;
  const hidden = linear(x, weights.input, precision);
  segments.forEach(({ first, count }, segment) => {
    const shared = linear(
      facts.subarray(segment * factCount, (segment + 1) * factCount),
      weights.facts,
      'float64',
    );
    for (let i = first * width; i < (first + count) * width; i++) hidden[i] += shared[i % width];
  });
  return hidden;
}

function encode(
  x: Floats,
  segments: readonly { first: number; count: number }[],
  facts: Float32Array,
  weights: EncoderWeights,
  precision: Precision,
): Floats {
  const hidden = encoderHidden(x, segments, facts, weights, precision).map(silu);
  return linear(hidden, weights.output, precision);
}

/** States of all pairs, from their compressed inputs: [pairs, width]. */
export function encodePairs(
  x: Floats,
  { graph, edgeFacts }: MetanetInput,
  weights: EncoderWeights,
  precision: Precision,
): Floats {
  return encode(x, pairsOf(graph.blocks), edgeFacts, weights, precision);
}

/** States of all nodes: [nodes, width]. */
export function encodeNodes(
  { graph, order, nodeFacts }: MetanetInput,
  weights: EncoderWeights,
  precision: Precision,
): Floats {
  const x = zeros(order.length, precision);
  x.set(order);
  return encode(x, graph.groups, nodeFacts, weights, precision);
}
