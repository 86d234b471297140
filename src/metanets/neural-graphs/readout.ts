/**
 * From the final states of the network's output nodes to the outputs, for NG-GNN and NG-T:
 *
 *   z = [mean, maximum over output nodes of v]        outputs = W₃ relu(W₂ relu(W₁ z))
 *
 * The paper concatenates the output nodes. Mean and maximum take any number of them, and do not change when classes are
 * renamed.
 */
import type { GraphShape } from '../../graph';
import { type Floats, linear, relu } from '../linear-algebra';
import type { MetanetOutput } from '../output';
import type { ReadoutWeights } from './weights';

export function readOut(weights: ReadoutWeights, { groups }: GraphShape, v: Floats): MetanetOutput {
  const { outputs: width } = weights.first;
  const outputs = groups.filter(({ isOutput }) => isOutput);
  const total = outputs.reduce((sum, { count }) => sum + count, 0);
  const embedding = new Float64Array(2 * width);
  if (total > 0) embedding.fill(Number.NEGATIVE_INFINITY, width);
  for (const { first, count } of outputs) {
    for (let node = first; node < first + count; node++) {
      for (let k = 0; k < width; k++) {
        const state = v[node * width + k];
        embedding[k] += state / total;
        embedding[width + k] = Math.max(embedding[width + k], state);
      }
    }
  }
  const first = linear(embedding, weights.first, 'float64').map(relu);
  const second = linear(first, weights.second, 'float64').map(relu);
  return { outputs: Float64Array.from(linear(second, weights.output, 'float64')), embedding };
}
