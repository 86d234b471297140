/**
 * Multilayer perceptrons whose weights are constructed, not trained: the parts that graph metanetworks are made of.
 * A unit may have any activation function of its own; the square makes products exact:
 *
 *   x·y = ((x + y)² − (x − y)²) / 4
 *
 * A perceptron of ReLUs alone can only approximate a product; one hidden layer of two squares is one, up to rounding.
 */
import { type LinearWeights, linear } from '../linear-algebra';

export type Pointwise = (x: number) => number;

export interface PerceptronLayer {
  readonly linear: LinearWeights;
  /** One function per output; none after the last layer. */
  readonly activations?: readonly Pointwise[];
}

export const square: Pointwise = (x) => x * x;

/** A layer from its rows: the weights of each output, and its bias. */
export function layerOf(
  rows: readonly (readonly number[])[],
  biases: readonly number[] = rows.map(() => 0),
  activations?: readonly Pointwise[],
): PerceptronLayer {
  const [inputs, outputs] = [rows[0].length, rows.length];
  return {
    linear: { weight: Float32Array.from(rows.flat()), bias: Float32Array.from(biases), inputs, outputs },
    activations,
  };
}

/** Applies the perceptron to every row of x: [rows, inputs] to [rows, outputs], in float64. */
export function applyPerceptron(layers: readonly PerceptronLayer[], x: Float64Array): Float64Array {
  let state = x;
  for (const { linear: weights, activations } of layers) {
    state = linear(state, weights, 'float64') as Float64Array;
    activations?.forEach((apply, unit) => {
      for (let i = unit; i < state.length; i += activations.length) state[i] = apply(state[i]);
    });
  }
  return state;
}

/** (x, y) ↦ x·y */
export const PRODUCT: readonly PerceptronLayer[] = [
  layerOf(
    [
      [1, 1],
      [1, -1],
    ],
    undefined,
    [square, square],
  ),
  layerOf([[0.25, -0.25]]),
];
