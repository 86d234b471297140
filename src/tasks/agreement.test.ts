import { describe, expect, it } from 'vitest';
import { seededRandom } from '../graph';
import { agreement, kendallTau } from './agreement';

const list = (...values: number[]) => Float64Array.from(values);

/** By its definition, pair by pair. */
function tauOfPairs(a: Float64Array, b: Float64Array): number {
  let [sum, untiedInA, untiedInB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      const [da, db] = [Math.sign(a[i] - a[j]), Math.sign(b[i] - b[j])];
      sum += da * db;
      untiedInA += Math.abs(da);
      untiedInB += Math.abs(db);
    }
  }
  return sum / Math.sqrt(untiedInA * untiedInB);
}

describe('kendallTau', () => {
  it('gives what SciPy gives', () => {
    // scipy.stats.kendalltau([12, 2, 1, 12, 2], [1, 4, 7, 1, 0]), the example of its documentation
    expect(kendallTau(list(12, 2, 1, 12, 2), list(1, 4, 7, 1, 0))).toBeCloseTo(-0.47140452079103173, 14);
  });

  it('is 1 for the same order, −1 for the opposite', () => {
    expect(kendallTau(list(1, 2, 3, 9), list(5, 6, 7, 8))).toBe(1);
    expect(kendallTau(list(1, 2, 3, 9), list(8, 7, 6, 5))).toBe(-1);
  });

  it.each([2, 3, 17, 64, 301])('is what its definition says, ties included, for %i values', (count) => {
    const random = seededRandom(count);
    const draw = () => Float64Array.from({ length: count }, () => Math.floor(random() * 12));
    const [a, b] = [draw(), draw()];
    expect(kendallTau(a, b)).toBeCloseTo(tauOfPairs(a, b), 12);
  });

  it('is not a number where one list does not vary', () => {
    expect(kendallTau(list(1, 1, 1), list(1, 2, 3))).toBeNaN();
    expect(kendallTau(list(1), list(1))).toBeNaN();
  });
});

describe('agreement', () => {
  it('is perfect where predictions are the truth', () => {
    const truth = list(0.1, 0.3, 0.5);
    expect(agreement(truth, truth)).toEqual({ count: 3, r2: 1, tau: 1, meanError: 0 });
  });

  it('has R² 0 for the mean of the truth', () => {
    const { r2, meanError } = agreement(list(0.3, 0.3, 0.3), list(0.1, 0.3, 0.5));
    expect(r2).toBeCloseTo(0, 12);
    expect(meanError).toBeCloseTo(0.4 / 3, 12);
  });

  it('says that there is nothing to tell apart', () => {
    expect(agreement(list(0.3), list(0.2)).r2).toBeNaN();
  });
});
