/**
 * From the gradient of the states that pairs start with to that of the raw weights: the edge encoder (../encoder), the
 * compression of its inputs, and the edge inputs (../edge-inputs) backwards.
 *
 * With w a raw weight, s its block's factor (√fan-in), φ the basis, T taps:
 *   c_k = Σ_p s·w_p·φ_k(p)      ∂c_k/∂w_p = s·φ_k(p)         compressed by ⅖ asinh(4c)
 *   q = Σ_p (s·w_p)² / T        ∂q/∂w_p   = 2·s²·w_p / T      compressed by ¼ ln(q + 1e-6)
 *   m = max_p |s·w_p|           ∂m/∂w_p   = s·sign(w_p) at the first tap that is largest, 0 at all others
 */
import type { BlockShape } from '../../graph';
import { BASIS, EDGE_INPUTS, edgeInputs, tapBasis } from '../edge-inputs';
import { type EncoderWeights, encoderHidden } from '../encoder';
import type { MetanetInput } from '../input';
import { type Floats, linear, type Precision, zeros } from '../linear-algebra';
import { pairsOf } from '../pairs';
import { backwards, siluGradient } from './gradient-algebra';

/** ∂L/∂x of the compressed inputs [pairs, EDGE_INPUTS], from that of the encoded states [pairs, width]. */
export function encoderGradient(
  states: Floats,
  x: Floats,
  { graph, edgeFacts }: MetanetInput,
  weights: EncoderWeights,
  precision: Precision,
): Floats {
  const hidden = encoderHidden(x, pairsOf(graph.blocks), edgeFacts, weights, precision);
  const ofHidden = siluGradient(linear(states, backwards(weights.output), precision), hidden);
  return linear(ofHidden, backwards(weights.input), precision);
}

const COEFFICIENTS = BASIS * BASIS;

/** Slope of the compression at a raw input (../encoder: compressInputs). */
function compressionSlope(input: number, place: number): number {
  return place === COEFFICIENTS ? 0.25 / (input + 1e-6) : 1.6 / Math.sqrt(1 + 16 * input * input);
}

/** ∂L/∂w of a block's raw values [edgeCount], from that of its pairs' compressed inputs [pairCount, EDGE_INPUTS]. */
export function valueGradient(
  block: BlockShape,
  values: Float32Array,
  scale: number,
  compressed: Floats,
  precision: Precision,
): Floats {
  const { taps, pairCount } = block;
  const basis = tapBasis(block.tapShape);
  const inputs = edgeInputs(block, values, scale);
  const gradient = zeros(block.edgeCount, precision);
  for (let pair = 0; pair < pairCount; pair++) {
    const raw = Array.from({ length: EDGE_INPUTS }, (_, place) => {
      const at = pair * EDGE_INPUTS + place;
      return compressed[at] * compressionSlope(inputs[at], place);
    });
    const magnitudes = values.subarray(pair * taps, (pair + 1) * taps).map(Math.abs);
    const largest = magnitudes.indexOf(Math.max(...magnitudes));
    for (let tap = 0; tap < taps; tap++) {
      const value = values[pair * taps + tap];
      let sum = (raw[COEFFICIENTS] * 2 * scale * value) / taps;
      if (tap === largest) sum += raw[COEFFICIENTS + 1] * Math.sign(value);
      for (let k = 0; k < COEFFICIENTS; k++) sum += raw[k] * basis[tap * COEFFICIENTS + k];
      gradient[pair * taps + tap] = scale * sum;
    }
  }
  return gradient;
}
