import { describe, expect, it } from 'vitest';
import { randomSymmetry, seededRandom } from '../../graph';
import { fixtureInput, permutedInput } from '../../testing';
import { ARRANGEMENT_FEATURES, arrangement } from '.';
import { centred } from './correlation';
import { fRatios } from './f-ratios';
import { gram } from './gram';
import { shapeOf } from './numbers';
import { addPairGradient, pairNumbers } from './pair-numbers';
import { spectrum } from './spectrum';
import { besideTensor, strengths } from './strengths';
import { asMatrix, type Weights } from './weights';

const ofRows = (weights: Weights, axis: Parameters<typeof asMatrix>[1]) => {
  const matrix = asMatrix(weights, axis);
  return spectrum(matrix, gram(matrix));
};

const random = seededRandom(5);
/** About normally distributed. */
const normal = () => Array.from({ length: 12 }, random).reduce((sum, x) => sum + x, -6);
const [TARGETS, SOURCES, TAPS] = [24, 16, 9];

function weightsOf(value: (target: number, source: number, tap: number) => number): Weights {
  const values = Float32Array.from({ length: TARGETS * SOURCES * TAPS }, (_, index) =>
    value(Math.floor(index / SOURCES / TAPS), Math.floor(index / TAPS) % SOURCES, index % TAPS),
  );
  return { values, targets: TARGETS, sources: SOURCES, taps: TAPS, isWhole: true };
}

const chance = weightsOf(normal);
const [left, right] = [TARGETS, SOURCES].map((count) => Array.from({ length: count }, normal));
/** What training adds: one direction, read and written by all, in two fifths of the variance. */
const trained = weightsOf((target, source) => normal() + 0.8 * left[target] * right[source]);

describe('numbers of weights in random order', () => {
  it('are about 0', () => {
    for (const areSquared of [false, true]) {
      for (const ratio of fRatios(chance, areSquared)) expect(Math.abs(ratio)).toBeLessThan(1);
    }
    for (const axis of ['target', 'source', 'tap'] as const)
      expect(Math.abs(ofRows(chance, axis))).toBeLessThan(0.1);
  });

  it('are 0 where all weights are equal, rounding or not', () => {
    // Sums of float32 are exact in float64, sums of their squares are not.
    for (const value of [0, 0.1, 1 / 3])
      expect(
        fRatios(
          weightsOf(() => value),
          true,
        ),
      ).toEqual([0, 0, 0, 0]);
  });

  it.each([0.1, 1 / 3])('are 0 where all magnitudes are %d, in however large a tensor', (magnitude) => {
    const [targets, sources, taps] = [256, 512, 9];
    const values = Float32Array.from({ length: targets * sources * taps }, (_, k) =>
      k % 3 === 0 ? -magnitude : magnitude,
    );
    expect(fRatios({ values, targets, sources, taps, isWhole: true }, true)).toEqual([0, 0, 0, 0]);
  });

  it('are larger where there is a direction', () => {
    expect(ofRows(trained, 'target')).toBeGreaterThan(0.5);
    expect(ofRows(trained, 'source')).toBeGreaterThan(0.5);
    expect(ofRows(trained, 'tap')).toBeGreaterThan(0.1);
  });
});

describe('Gram matrices', () => {
  it('are the products of rows, laid out by target, source or tap', () => {
    const matrix = asMatrix(trained, 'source');
    const { values, size } = gram(matrix) ?? { values: [], size: 0 };
    let expected = 0;
    for (let target = 0; target < TARGETS; target++) {
      for (let tap = 0; tap < TAPS; tap++) {
        const at = (source: number) => trained.values[(target * SOURCES + source) * TAPS + tap];
        expected += at(3) * at(7);
      }
    }
    expect(size).toBe(SOURCES);
    expect(values[3 * SOURCES + 7]).toBeCloseTo(expected, 9);
    expect(values[7 * SOURCES + 3]).toBe(values[3 * SOURCES + 7]);
  });

  it('go together where one tensor reads what the other writes, and not in another order', () => {
    const written = gram(asMatrix(trained, 'target'));
    const reader = asMatrix(
      weightsOf((target, source) => normal() + 0.8 * right[source] * left[target]),
      'target',
    );
    const turned = { ...reader, values: reader.values.slice().reverse() };
    const [read, other] = [gram(reader), gram(turned)];
    if (!written || !read || !other) throw new Error('too large');
    expect(pairNumbers(written, read)[1]).toBeGreaterThan(pairNumbers(written, other)[1] + 1);
  });

  it('are not compared with that of a depthwise convolution, which reads each neuron on its own', () => {
    const [written, read] = [gram(asMatrix(chance, 'target')), { values: Float64Array.of(1), size: 1 }];
    if (!written) throw new Error('too large');
    expect(pairNumbers(written, read)).toEqual([0, 0, 0]);
    const gradient = new Float64Array(1);
    addPairGradient(gradient, read, written, [1, 1, 1]);
    expect(gradient[0]).toBe(0);
  });

  it('are not formed where that takes long', () => {
    expect(gram({ values: new Float32Array(2 ** 13), rows: 2 ** 13, columns: 1 })).toBeUndefined();
  });
});

describe('vectors', () => {
  it('beside what writes them', () => {
    const writer = strengths(asMatrix(trained, 'target'));
    const same = writer.sums.map((x) => 3 * x);
    expect(besideTensor(same, writer)[1]).toBeCloseTo(Math.asinh(Math.sqrt(TARGETS)), 9);
    expect(besideTensor(centred(new Float32Array(TARGETS).fill(0.1)), writer)).toEqual([0, 0]);
  });

  it('have the shape of a uniform distribution where they were drawn from one', () => {
    const [most, fourth] = shapeOf(Float32Array.from({ length: 20_000 }, () => random() - 0.5));
    expect(most).toBeCloseTo(Math.log(Math.sqrt(3)), 1);
    expect(fourth).toBeCloseTo(Math.log(9 / 5), 1);
  });
});

describe('arrangement', () => {
  it.each(['conv-norm.new', 'mlp.new', 'encoder.new'])(
    'of %s is the same in any order of neurons',
    async (name) => {
      const input = await fixtureInput(name);
      const before = arrangement(input);
      expect(before).toHaveLength(ARRANGEMENT_FEATURES);
      const after = arrangement(permutedInput(input, randomSymmetry(input.graph, seededRandom(3))));
      before.forEach((number, k) => {
        expect(after[k]).toBeCloseTo(number, 9);
      });
    },
  );
});
