import { describe, expect, it } from 'vitest';
import {
  FLOAT64_ROUNDING,
  fixtureInput,
  metanetFixture,
  permutedInput,
  relativeDifference,
} from '../../testing';
import type { MetanetInput } from '../input';
import { runNgGnn } from './ng-gnn';
import { runNgT } from './ng-t';
import { ngGnnWeights, ngTWeights } from './weights';

const gnn = ngGnnWeights(await metanetFixture('ng-gnn'));
const transformer = ngTWeights(await metanetFixture('ng-t'));

describe.each([
  ['NG-GNN', (input: MetanetInput) => runNgGnn(gnn, input, { precision: 'float64' })],
  ['NG-T', (input: MetanetInput) => runNgT(transformer, input, { precision: 'float64' })],
] as const)('%s', (_, run) => {
  // Two layers deep: every layer that news has to cross makes it fainter.
  const exchanged = async (end: 'isInput' | 'isOutput') => {
    const input = await fixtureInput('constants');
    const permutation = Int32Array.from({ length: input.graph.nodeCount }, (_, node) => node);
    const { first } = input.graph.groups.find((group) => group[end])!;
    [permutation[first], permutation[first + 1]] = [first + 1, first];
    return relativeDifference(run(permutedInput(input, permutation)).outputs, run(input).outputs);
  };

  it('does not move when two classes are exchanged', async () => {
    expect(await exchanged('isOutput')).toBeLessThan(FLOAT64_ROUNDING);
  });

  it('moves when two input channels are exchanged', async () => {
    expect(await exchanged('isInput')).toBeGreaterThan(1e-4);
  });
});
