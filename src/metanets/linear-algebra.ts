/**
 * The few dense operations that the references are written in. Row-major; weights as PyTorch stores them, [out, in].
 * States are kept in the array type of the caller (float32 or float64); sums are always formed in float64.
 */
export type Floats = Float32Array | Float64Array;
export type Precision = 'float32' | 'float64';

export function zeros(length: number, precision: Precision): Floats {
  return precision === 'float64' ? new Float64Array(length) : new Float32Array(length);
}

export interface LinearWeights {
  /** [outputs, inputs] */
  readonly weight: Float32Array;
  /** [outputs] */
  readonly bias?: Float32Array;
  readonly inputs: number;
  readonly outputs: number;
}

/** Weights as [inputs, outputs], the order that matrix products with rows of X read them in. */
export function transposed({ weight, inputs, outputs }: LinearWeights): Float32Array {
  const columns = new Float32Array(inputs * outputs);
  for (let output = 0; output < outputs; output++) {
    for (let input = 0; input < inputs; input++)
      columns[input * outputs + output] = weight[output * inputs + input];
  }
  return columns;
}

export const silu = (x: number) => x / (1 + Math.exp(-x));
export const relu = (x: number) => Math.max(0, x);

/** y[r] = W x[r] + b for every row: [rows, inputs] to [rows, outputs]. */
export function linear(
  x: Floats,
  { weight, bias, inputs, outputs }: LinearWeights,
  precision: Precision,
): Floats {
  const rows = x.length / inputs;
  const y = zeros(rows * outputs, precision);
  for (let row = 0; row < rows; row++) {
    for (let output = 0; output < outputs; output++) {
      let sum = bias ? bias[output] : 0;
      const [from, by] = [row * inputs, output * inputs];
      for (let input = 0; input < inputs; input++) sum += x[from + input] * weight[by + input];
      y[row * outputs + output] = sum;
    }
  }
  return y;
}

export const LAYER_NORM_EPSILON = 1e-5;

/** (x − mean) / √(variance + ε) · scale, over each row of `width`. */
export function layerNorm(x: Floats, scale: Float32Array, width: number, precision: Precision): Floats {
  const y = zeros(x.length, precision);
  for (let start = 0; start < x.length; start += width) {
    let [mean, variance] = [0, 0];
    for (let i = 0; i < width; i++) mean += x[start + i] / width;
    for (let i = 0; i < width; i++) variance += (x[start + i] - mean) ** 2 / width;
    const factor = 1 / Math.sqrt(variance + LAYER_NORM_EPSILON);
    for (let i = 0; i < width; i++) y[start + i] = (x[start + i] - mean) * factor * scale[i];
  }
  return y;
}
