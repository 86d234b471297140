import { beforeAll, describe, expect, it } from 'vitest';
import { isWeightBlock, permuteBlockValues, randomSymmetry, seededRandom } from '../../graph';
import { FLOAT64_ROUNDING, fixtureInput, permutedInput, relativeDifference } from '../../testing';
import type { MetanetInput } from '../input';
import { ARRANGEMENT_FEATURES, arrangement, arrangementGradient } from '.';

/** Together they have numbers of every kind. */
const FIXTURES = [
  'conv-norm.new',
  'mlp.new',
  'encoder.new',
  'residual.old',
  'grouped.old',
  'vision-transformer.new',
];

const DIVISIONS = ['target', 'source', 'pair', 'tap'];
/** What the numbers of each family's rows say, in their order. */
const FAMILIES = [
  [
    ...DIVISIONS.map((division) => `F ratio by ${division}`),
    ...DIVISIONS.map((division) => `F ratio of squares by ${division}`),
    ...['target', 'source', 'tap'].map((axis) => `spectrum by ${axis}`),
    ...['largest weight', 'fourth powers of weights', 'scale'],
  ],
  ['product of Gram matrices', 'entries of Gram matrices', 'diagonals of Gram matrices'],
  ['distance from 0', 'distance from 1', 'largest entry', 'fourth powers of entries'],
  ['vectors beside logarithms written', 'vectors beside sums written'],
  ['vectors beside logarithms read', 'vectors beside sums read'],
];

/** Of each number the places of its five summaries. */
const places = new Map<string, readonly number[]>();
for (const names of FAMILIES) {
  const first = 5 * places.size;
  names.forEach((name, k) => {
    places.set(
      name,
      Array.from({ length: 5 }, (_, part) => first + part * names.length + k),
    );
  });
}

const joined = (values: readonly ArrayLike<number>[]) =>
  Float64Array.from(values.flatMap((part) => Array.from(part)));

const random = seededRandom(9);
function randomSlopes(at: readonly number[]): Float64Array {
  const slopes = new Float64Array(ARRANGEMENT_FEATURES);
  for (const place of at) slopes[place] = 2 * random() - 1;
  return slopes;
}

describe('finite differences', () => {
  /** Relative to each weight. Small beside the distance of a tensor's two largest weights: that is where there are kinks. */
  const STEP = 2 ** -16;
  const SAME_SLOPE = 1e-6;

  interface Step {
    readonly input: MetanetInput;
    /** [edges] */
    readonly steps: Float64Array;
    /** [ARRANGEMENT_FEATURES] */
    readonly difference: Float64Array;
  }

  /** A step along a random direction, there and back. */
  function stepFrom(input: MetanetInput): Step {
    const direction = input.values.map((values) => {
      // A vector of equal numbers stays one: it has no correlation with anything, and has one after any other step.
      const areEqual = values.every((value) => value === values[0]);
      return values.map(() => (areEqual ? 0 : random() < 0.5 ? -1 : 1));
    });
    const moved = (sign: number) => ({
      ...input,
      values: input.values.map((values, block) =>
        values.map((value, edge) => value * (1 + sign * STEP * direction[block][edge])),
      ),
    });
    const [high, low] = [moved(1), moved(-1)];
    const below = arrangement(low);
    // What the values moved by in float32.
    const steps = input.values.map((values, block) =>
      Float64Array.from(values, (_, edge) => high.values[block][edge] - low.values[block][edge]),
    );
    return { input, steps: joined(steps), difference: arrangement(high).map((x, k) => x - below[k]) };
  }

  /** Along a random direction most terms cancel: the error is judged by the root of their squares, which is returned. */
  function expectSameSlope({ input, steps, difference }: Step, slopes: Float64Array): number {
    const terms = joined(arrangementGradient(input, slopes)).map((value, edge) => value * steps[edge]);
    const predicted = terms.reduce((total, term) => total + term, 0);
    const actual = difference.reduce((total, x, k) => total + x * slopes[k], 0);
    const size = Math.hypot(...terms);
    expect(Math.abs(actual - predicted)).toBeLessThanOrEqual(SAME_SLOPE * size);
    return size;
  }

  let steps: Step[];
  beforeAll(async () => {
    const inputs = await Promise.all(FIXTURES.map(fixtureInput));
    steps = inputs.flatMap((input) => [stepFrom(input), stepFrom(input)]);
  });

  it('agree on all numbers', () => {
    for (const step of steps) expectSameSlope(step, randomSlopes([...places.values()].flat()));
  });

  it.each([...places.keys()])('agree on: %s', (name) => {
    const sizes = steps.map((step) => expectSameSlope(step, randomSlopes(places.get(name) ?? [])));
    expect(Math.max(...sizes)).toBeGreaterThan(0);
  });
});

describe('gradient', () => {
  it.each(FIXTURES)('moves with the weights under a symmetry of %s', async (name) => {
    const input = await fixtureInput(name);
    const { graph } = input;
    const permutation = randomSymmetry(graph, seededRandom(3));
    const slopes = randomSlopes([...places.values()].flat());
    const before = arrangementGradient(input, slopes);
    const after = arrangementGradient(permutedInput(input, permutation), slopes);
    const moved = graph.blocks.map((block, index) =>
      permuteBlockValues(block, graph, permutation, Float32Array.from(before[index])),
    );
    expect(relativeDifference(joined(after), joined(moved))).toBeLessThan(FLOAT64_ROUNDING);
  });

  it('is 0 in tensors of zeros, of which no number can be formed', async () => {
    const input = await fixtureInput('conv-norm.new');
    const values = input.values.map(({ length }) => new Float32Array(length));
    const slopes = randomSlopes([...places.values()].flat());
    const gradient = arrangementGradient({ ...input, values }, slopes);
    input.graph.blocks.forEach((block, index) => {
      expect(gradient[index]).toHaveLength(block.edgeCount);
      if (isWeightBlock(block)) expect(gradient[index].every((value) => value === 0)).toBe(true);
    });
  });
});
