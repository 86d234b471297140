import { describe, expect, it } from 'vitest';
import { isWeightBlock, seededRandom } from '../../graph';
import { fixtureInput, relativeDifference } from '../../testing';
import { holdsParameters } from '../parameters';
import { STATNN_FEATURES, statnnFeatures } from '../statnn/features';
import { constructedStatistics } from './statistics';

/** Of a tensor's largest statistic: quantiles are found by counting, to within 2·√Σw² / 2⁴⁴. */
const TOLERANCE = 1e-11;
const STATISTICS = 7;
/** Of each kind of tensors StatNN's features hold the first and the last so many. */
const SLOTS = 4;

it.each(['mlp.new', 'mlp.old', 'constants', 'half-precision'])(
  '%s: the statistics of every tensor are those that StatNN reads',
  async (name) => {
    const input = await fixtureInput(name);
    const features = statnnFeatures(input);
    const indices = [...input.graph.blocks.keys()].filter((index) =>
      holdsParameters(input.graph.blocks[index]),
    );
    for (const isWeight of [true, false]) {
      const own = indices.filter((index) => isWeightBlock(input.graph.blocks[index]) === isWeight);
      expect(own.length).toBeGreaterThan(0);
      own.forEach((index, place) => {
        const slot = place < SLOTS ? place : 2 * SLOTS - own.length + place;
        const first = (isWeight ? 0 : STATNN_FEATURES / 2) + slot * STATISTICS;
        const expected = features.slice(first, first + STATISTICS);
        expect(relativeDifference(constructedStatistics(input.values[index]), expected)).toBeLessThan(
          TOLERANCE,
        );
      });
    }
  },
);

/** Mean, variance and quantiles in plain words. */
function plainStatistics(values: Float32Array): number[] {
  const ordered = [...values].sort((a, b) => a - b);
  const mean = ordered.reduce((sum, value) => sum + value, 0) / ordered.length;
  const variance = ordered.reduce((sum, value) => sum + (value - mean) ** 2, 0) / ordered.length;
  const quantiles = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const place = share * (ordered.length - 1);
    const [low, high] = [ordered[Math.floor(place)], ordered[Math.ceil(place)]];
    return low + (high - low) * (place - Math.floor(place));
  });
  return [mean, variance, ...quantiles];
}

describe('values of all sorts', () => {
  const random = seededRandom(4);
  const uniform = (count: number) => Float32Array.from({ length: count }, () => random() - 0.5);
  it.each([
    ['one', Float32Array.of(-0.75)],
    ['two', Float32Array.of(3, -1)],
    ['equal ones', new Float32Array(9).fill(0.125)],
    ['zeros', new Float32Array(5)],
    ['ties', Float32Array.of(1, 2, 2, 2, 3, 3, 5, 1)],
    ['neighbours', Float32Array.of(0.1, 0.10000001, 0.10000002, 0.2)],
    ['tiny and large', Float32Array.of(1e-6, 500, -300, 2e-6, 0.5, -1e-6)],
    ['many', uniform(5001)],
  ])('%s', (_, values) => {
    const [actual, expected] = [constructedStatistics(values), plainStatistics(values)];
    expect(relativeDifference(actual, expected)).toBeLessThan(TOLERANCE);
    // The variance on its own, which is small beside the extremes.
    const rounding = (4 * Number.EPSILON * expected[0]) ** 2;
    expect(Math.abs(actual[1] - expected[1])).toBeLessThanOrEqual(TOLERANCE * expected[1] + rounding);
  });
});
