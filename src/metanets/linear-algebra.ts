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
  // Four sums at once: one alone waits for its own last addition. At the end some of the four are the same one.
  for (let output = 0; output < outputs; output += 4) {
    const [a, b, c, d] = [0, 1, 2, 3].map((next) => Math.min(output + next, outputs - 1));
    for (let row = 0; row < rows; row++) {
      let sumA = bias ? bias[a] : 0;
      let sumB = bias ? bias[b] : 0;
      let sumC = bias ? bias[c] : 0;
      let sumD = bias ? bias[d] : 0;
      for (let input = 0; input < inputs; input++) {
        const value = x[row * inputs + input];
        sumA += value * weight[a * inputs + input];
        sumB += value * weight[b * inputs + input];
        sumC += value * weight[c * inputs + input];
        sumD += value * weight[d * inputs + input];
      }
      y[row * outputs + a] = sumA;
      y[row * outputs + b] = sumB;
      y[row * outputs + c] = sumC;
      y[row * outputs + d] = sumD;
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
