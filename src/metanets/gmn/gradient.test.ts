import { describe, expect, it } from 'vitest';
import { readTensor } from '../../formats';
import { permuteBlockValues, randomSymmetry, seededRandom } from '../../graph';
import {
  FLOAT64_ROUNDING,
  fixtureInput,
  gradientFixture,
  metanetFixture,
  permutedInput,
  relativeDifference,
} from '../../testing';
import type { MetanetInput } from '../input';
import { runGmn } from './gmn';
import { gmnGradient } from './gradient';
import { gmnWeights } from './weights';

/** float32 states and gradients, through twice as many steps as a prediction. */
const SINGLE = 1e-5;

const joined = (values: readonly ArrayLike<number>[]) =>
  Float64Array.from(values.flatMap((part) => Array.from(part)));

describe.each(['gmn', 'no-message'])('gradient of %s', async (metanet) => {
  const weights = gmnWeights(await metanetFixture(metanet));
  const expected = await gradientFixture(metanet);

  it.each([...expected.keys()])('equals that of PyTorch on %s', async (name) => {
    const input = await fixtureInput(name);
    const gradient = await readTensor(expected.get(name)!);
    const exact = gmnGradient(weights, input, 'float64');
    expect(relativeDifference(joined(exact.values), gradient)).toBeLessThan(FLOAT64_ROUNDING);
    const single = gmnGradient(weights, input, 'float32');
    expect(relativeDifference(joined(single.values), gradient)).toBeLessThan(SINGLE);
  });

  it.each(['conv-norm.old', 'residual.old', 'encoder.new', 'grouped.old'])(
    'moves with the weights under a symmetry of %s',
    async (name) => {
      const input = await fixtureInput(name);
      const { graph } = input;
      const permutation = randomSymmetry(graph, seededRandom(3));
      const before = gmnGradient(weights, input, 'float64').values;
      const after = gmnGradient(weights, permutedInput(input, permutation), 'float64').values;
      const moved = graph.blocks.map((block, index) =>
        permuteBlockValues(block, graph, permutation, Float32Array.from(before[index])),
      );
      expect(relativeDifference(joined(after), joined(moved))).toBeLessThan(FLOAT64_ROUNDING);
    },
  );
});

/** Without global features, whose kinks need smaller steps (../arrangement/gradient.test.ts). */
describe('finite differences', () => {
  /**
   * Relative to each weight: the compression bends on the scale of the weight itself (logarithm, magnitude), and kinks at zero
   * are not crossed. Small beside that, large beside the rounding of float32 edge inputs.
   */
  const STEP = 2 ** -10;
  /** Terms of third order in the step, and the rounding of the edge inputs divided by it. */
  const SAME_SLOPE = 1e-3;

  /** Slope of the logit along a direction per edge, by central differences. */
  function slope(input: MetanetInput, predict: (input: MetanetInput) => number, direction: Float32Array[]) {
    const moved = (sign: number) => ({
      ...input,
      values: input.values.map((values, block) =>
        values.map((value, edge) => value * (1 + sign * STEP * direction[block][edge])),
      ),
    });
    const [high, low] = [moved(1), moved(-1)];
    // What the values moved by in float32, so that only the prediction's own rounding is left.
    const steps = input.values.map((values, block) =>
      Float64Array.from(values, (_, edge) => high.values[block][edge] - low.values[block][edge]),
    );
    return { difference: predict(high) - predict(low), steps: joined(steps) };
  }

  // Networks without two taps of a kernel so alike that a step makes another one the largest: that is a kink.
  it.each(['conv-norm.old', 'residual.new', 'encoder.old', 'norms.old', 'language-model.new', 'grouped.new'])(
    'agree along random directions on %s',
    async (name) => {
      const weights = gmnWeights(await metanetFixture('local-gmn'));
      const input = await fixtureInput(name);
      const gradient = joined(gmnGradient(weights, input, 'float64').values);
      const predict = (moved: MetanetInput) => runGmn(weights, moved, { precision: 'float64' }).outputs[0];
      const random = seededRandom(7);
      for (let draw = 0; draw < 3; draw++) {
        const direction = input.values.map((values) => values.map(() => (random() < 0.5 ? -1 : 1)));
        const { difference, steps } = slope(input, predict, direction);
        const terms = gradient.map((value, edge) => value * steps[edge]);
        const predicted = terms.reduce((total, term) => total + term, 0);
        // Along a random direction most terms cancel: errors are judged by the root of their squares.
        const size = Math.hypot(...terms);
        expect(Math.abs(difference - predicted) / size).toBeLessThan(SAME_SLOPE);
      }
    },
  );

  it('agree weight by weight on a convolutional network', async () => {
    const weights = gmnWeights(await metanetFixture('local-gmn'));
    const input = await fixtureInput('conv-norm.old');
    const gradient = gmnGradient(weights, input, 'float64').values;
    const predict = (moved: MetanetInput) => runGmn(weights, moved, { precision: 'float64' }).outputs[0];
    const largest = Math.max(...gradient.flatMap((part) => Array.from(part, Math.abs)));
    const random = seededRandom(11);
    for (let block = 0; block < gradient.length; block++) {
      const edge = Math.floor(random() * gradient[block].length);
      const direction = input.values.map((values, b) =>
        values.map((_, e) => Number(b === block && e === edge)),
      );
      const { difference, steps } = slope(input, predict, direction);
      const step = steps.find((value) => value !== 0) ?? 1;
      expect(Math.abs(difference / step - gradient[block][edge]) / largest).toBeLessThan(SAME_SLOPE);
    }
  });
});
