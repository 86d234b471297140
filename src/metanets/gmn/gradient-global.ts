/** The readout of the global features backwards: from the logit of the accuracy (output 0) to the raw weights. */
import { arrangement, arrangementGradient } from '../arrangement';
import { CLIP, type FeatureMlpWeights, featureMlpSteps } from '../feature-mlp';
import type { MetanetInput } from '../input';
import { type Floats, linear } from '../linear-algebra';
import { backwards, siluGradient, siluSlope } from './gradient-algebra';
import type { GmnWeights } from './weights';

/** ∂ output 0 / ∂x of every feature: [features]. */
function featureSlopes(weights: FeatureMlpWeights, x: Float64Array): Float64Array {
  const { z, first, second } = featureMlpSteps(weights, x);
  const ofSecond = second.map((value, k) => weights.output.weight[k] * siluSlope(value));
  const ofFirst = siluGradient(linear(ofSecond, backwards(weights.second), 'float64'), first);
  const ofZ = linear(ofFirst, backwards(weights.first), 'float64');
  return z.map((value, k) => (Math.abs(value) < CLIP ? ofZ[k] / weights.deviation[k] : 0));
}

/** Adds what a network's global features add to the gradient of its values: per block, [edgeCount]. */
export function addGlobalGradient(
  { globalFeatures }: GmnWeights,
  input: MetanetInput,
  values: readonly Floats[],
): void {
  if (!globalFeatures) return;
  const slopes = featureSlopes(globalFeatures, arrangement(input));
  arrangementGradient(input, slopes).forEach((gradient, block) => {
    const into = values[block];
    for (let edge = 0; edge < gradient.length; edge++) into[edge] += gradient[edge];
  });
}
