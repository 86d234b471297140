import { describe, expect, it } from 'vitest';
import { permuteBlockValues, randomSymmetry, seededRandom } from '../../graph';
import {
  describeMetanet,
  FLOAT64_ROUNDING,
  fixtureInput,
  fixtureNames,
  metanetFixture,
  permutedInput,
  relativeDifference,
} from '../../testing';
import { runGmn } from './gmn';
import { gmnWeights } from './weights';

const weights = gmnWeights(await metanetFixture('gmn'));

describeMetanet('gmn', gmnWeights, runGmn);
describeMetanet('no-message', gmnWeights, runGmn);
describeMetanet('local-gmn', gmnWeights, runGmn);

describe.each(fixtureNames())('GMN on %s', (name) => {
  it('permutes its node states with the nodes', async () => {
    const input = await fixtureInput(name);
    const permutation = randomSymmetry(input.graph, seededRandom(3));
    const before = runGmn(weights, input, { precision: 'float64' });
    const after = runGmn(weights, permutedInput(input, permutation), { precision: 'float64' });
    const width = weights.width;
    const moved = before.nodes.slice();
    permutation.forEach((to, from) => {
      moved.set(before.nodes.subarray(from * width, (from + 1) * width), to * width);
    });
    expect(relativeDifference(after.nodes, moved)).toBeLessThan(FLOAT64_ROUNDING);
  });
});

describe('GMN under a permutation that is no symmetry', () => {
  it.each(['conv-norm.old', 'vision-transformer.new'])(
    'moves on %s when two input channels are exchanged',
    async (name) => {
      const input = await fixtureInput(name);
      const permutation = Int32Array.from({ length: input.graph.nodeCount }, (_, node) => node);
      const { first } = input.graph.groups.find(({ isInput }) => isInput) ?? { first: 0 };
      [permutation[first], permutation[first + 1]] = [first + 1, first];
      const before = runGmn(weights, input, { precision: 'float64' });
      const after = runGmn(weights, permutedInput(input, permutation), { precision: 'float64' });
      expect(relativeDifference(after.outputs, before.outputs)).toBeGreaterThan(1e-4);
    },
  );

  it('moves when queries are permuted without their keys', async () => {
    const input = await fixtureInput('encoder.old');
    const { graph } = input;
    const { first } = graph.groups.find(({ kind }) => kind === 'queryKey') ?? { first: 0 };
    const permutation = Int32Array.from({ length: graph.nodeCount }, (_, node) => node);
    [permutation[first], permutation[first + 1]] = [first + 1, first];
    const values = graph.blocks.map((block, index) =>
      block.kind === 'query' || block.kind === 'queryBias'
        ? permuteBlockValues(block, graph, permutation, input.values[index])
        : input.values[index],
    );
    const before = runGmn(weights, input, { precision: 'float64' });
    const after = runGmn(weights, { ...input, values }, { precision: 'float64' });
    expect(relativeDifference(after.outputs, before.outputs)).toBeGreaterThan(1e-4);
  });
});
