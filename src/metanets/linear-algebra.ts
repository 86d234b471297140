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
  const w = new Float64Array(weight);
  // Four sums of two rows at once: one alone waits for its own last addition. At the ends some of them are the same one.
  for (let row = 0; row < rows; row += 2) {
    const next = Math.min(row + 1, rows - 1);
    const [xP, xQ, yP, yQ] = [row * inputs, next * inputs, row * outputs, next * outputs];
    for (let a = 0; a < outputs; a += 4) {
      const b = Math.min(a + 1, outputs - 1);
      const c = Math.min(a + 2, outputs - 1);
      const d = Math.min(a + 3, outputs - 1);
      const [wA, wB, wC, wD] = [a * inputs, b * inputs, c * inputs, d * inputs];
      let pA = bias ? bias[a] : 0;
      let pB = bias ? bias[b] : 0;
      let pC = bias ? bias[c] : 0;
      let pD = bias ? bias[d] : 0;
      let [qA, qB, qC, qD] = [pA, pB, pC, pD];
      for (let i = 0; i < inputs; i++) {
        const p = x[xP + i];
        const q = x[xQ + i];
        pA += p * w[wA + i];
        qA += q * w[wA + i];
        pB += p * w[wB + i];
        qB += q * w[wB + i];
        pC += p * w[wC + i];
        qC += q * w[wC + i];
        pD += p * w[wD + i];
        qD += q * w[wD + i];
      }
      y[yP + a] = pA;
      y[yP + b] = pB;
      y[yP + c] = pC;
      y[yP + d] = pD;
      y[yQ + a] = qA;
      y[yQ + b] = qB;
      y[yQ + c] = qC;
      y[yQ + d] = qD;
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
