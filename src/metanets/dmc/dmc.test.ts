import { describe, expect, it } from 'vitest';
import { randomSymmetry, seededRandom } from '../../graph';
import {
  describeMetanet,
  fixtureInput,
  metanetFixture,
  permutedInput,
  relativeDifference,
} from '../../testing';
import { dmcWeights, runDmc } from './dmc';

describeMetanet('dmc', dmcWeights, runDmc, false);

describe('DMC', () => {
  it.each(['mlp.old', 'conv-norm.old', 'vision-transformer.new'])(
    'moves on %s under a symmetry: it reads a sequence',
    async (name) => {
      const weights = dmcWeights(await metanetFixture('dmc'));
      const input = await fixtureInput(name);
      const permuted = permutedInput(input, randomSymmetry(input.graph, seededRandom(3)));
      const before = runDmc(weights, input, { precision: 'float64' });
      const after = runDmc(weights, permuted, { precision: 'float64' });
      expect(relativeDifference(after.outputs, before.outputs)).toBeGreaterThan(1e-4);
    },
  );
});
