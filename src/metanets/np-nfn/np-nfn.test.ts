import { describe, expect, it } from 'vitest';
import {
  describeMetanet,
  fixtureInput,
  metanetFixture,
  permutedInput,
  relativeDifference,
} from '../../testing';
import { runNpNfn } from './np-nfn';
import { npNfnWeights } from './weights';

describeMetanet('np-nfn', npNfnWeights, runNpNfn);

describe('NP-NFN under a permutation that is no symmetry', () => {
  it('moves when two input channels are exchanged', async () => {
    const weights = npNfnWeights(await metanetFixture('np-nfn'));
    const input = await fixtureInput('conv-norm.old');
    const permutation = Int32Array.from({ length: input.graph.nodeCount }, (_, node) => node);
    const { first } = input.graph.groups.find(({ isInput }) => isInput)!;
    [permutation[first], permutation[first + 1]] = [first + 1, first];
    const before = runNpNfn(weights, input, { precision: 'float64' });
    const after = runNpNfn(weights, permutedInput(input, permutation), { precision: 'float64' });
    expect(relativeDifference(after.outputs, before.outputs)).toBeGreaterThan(1e-4);
  });
});
