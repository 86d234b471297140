/** The dense operations of ../linear-algebra backwards: from the gradient of what they make to that of what they read. */
import {
  type Floats,
  LAYER_NORM_EPSILON,
  type LinearWeights,
  type Precision,
  transposed,
  zeros,
} from '../linear-algebra';

/** σ′(x) of SiLU, σ(x) = x·s with s the logistic function: s·(1 + x·(1 − s)). */
export function siluSlope(x: number): number {
  const s = 1 / (1 + Math.exp(-x));
  return s * (1 + x * (1 - s));
}

/** Backwards through y = σ(x): dx = dy · σ′(x). */
export const siluGradient = (dy: Floats, x: Floats): Floats => dy.map((value, i) => value * siluSlope(x[i]));

/** Backwards through y = W x + b: the layer dx = Wᵀ dy. */
export function backwards(layer: LinearWeights): LinearWeights {
  return { weight: transposed(layer), inputs: layer.outputs, outputs: layer.inputs };
}

/** The same to some of the inputs only, in the order of `columns`, and to nothing from there up to `count` of them. */
export function backwardsTo(layer: LinearWeights, columns: readonly number[], count: number): LinearWeights {
  const { weight, inputs } = backwards(layer);
  const rows = new Float32Array(count * inputs);
  columns.forEach((column, place) => {
    rows.set(weight.subarray(column * inputs, (column + 1) * inputs), place * inputs);
  });
  return { weight: rows, inputs, outputs: count };
}

/** The layers of one input each that a sum is made of, as one layer that reads their inputs side by side. */
export function sideBySide(layers: readonly LinearWeights[]): LinearWeights {
  const [{ outputs }] = layers;
  const inputs = layers.reduce((total, layer) => total + layer.inputs, 0);
  const weight = new Float32Array(outputs * inputs);
  let column = 0;
  for (const layer of layers) {
    for (let output = 0; output < outputs; output++) {
      const row = layer.weight.subarray(output * layer.inputs, (output + 1) * layer.inputs);
      weight.set(row, output * inputs + column);
    }
    column += layer.inputs;
  }
  return { weight, inputs, outputs };
}

/**
 * Backwards through y = x̂ · scale, x̂ = (x − mean) / √(variance + ε), row by row:
 * dx = (g − mean(g) − x̂ · mean(g · x̂)) / √(variance + ε) with g = dy · scale.
 */
export function layerNormGradient(
  dy: Floats,
  x: Floats,
  scale: Float32Array,
  width: number,
  precision: Precision,
): Floats {
  const dx = zeros(x.length, precision);
  for (let start = 0; start < x.length; start += width) {
    let [mean, variance] = [0, 0];
    for (let i = 0; i < width; i++) mean += x[start + i] / width;
    for (let i = 0; i < width; i++) variance += (x[start + i] - mean) ** 2 / width;
    const factor = 1 / Math.sqrt(variance + LAYER_NORM_EPSILON);
    let [gradients, products] = [0, 0];
    for (let i = 0; i < width; i++) {
      const gradient = dy[start + i] * scale[i];
      gradients += gradient / width;
      products += (gradient * (x[start + i] - mean) * factor) / width;
    }
    for (let i = 0; i < width; i++) {
      const normed = (x[start + i] - mean) * factor;
      dx[start + i] = factor * (dy[start + i] * scale[i] - gradients - normed * products);
    }
  }
  return dx;
}
