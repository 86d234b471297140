import { expect, it } from 'vitest';
import { isWeightBlock } from '../graph';
import { holdsParameters } from '../metanets/parameters';
import { fixtureInput } from '../testing';
import { compareStatistics } from './constructed-statistics';

/** Of a tensor's largest statistic: quantiles are found by counting, to within 2·√Σw² / 2⁴⁴. */
const TOLERANCE = 1e-11;

it('compares every tensor that StatNN reads, weights first, and tells how far it is', async () => {
  const input = await fixtureInput('residual.new');
  const shares: number[] = [];
  const tensors = compareStatistics(input, (share) => shares.push(share));
  const { blocks } = input.graph;
  expect(tensors.map(({ block }) => block).sort((a, b) => a - b)).toEqual(
    [...blocks.keys()].filter((block) => holdsParameters(blocks[block])),
  );
  const kinds = tensors.map(({ block }) => isWeightBlock(blocks[block]));
  expect(kinds).toEqual(kinds.toSorted((a, b) => Number(b) - Number(a)));
  expect(Math.max(...tensors.map(({ difference }) => difference))).toBeLessThan(TOLERANCE);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares.length).toBe(tensors.length);
  expect(shares.at(-1)).toBe(1);
});
