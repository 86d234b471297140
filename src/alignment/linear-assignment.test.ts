import { describe, expect, it } from 'vitest';
import { randomPermutation, seededRandom } from '../graph';
import { largestAssignment } from './linear-assignment';

const totalOf = (profits: Float64Array, size: number, columns: ArrayLike<number>) =>
  Array.from({ length: size }, (_, row) => profits[row * size + columns[row]]).reduce((a, b) => a + b, 0);

function permutationsOf(items: readonly number[]): number[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((first) =>
    permutationsOf(items.filter((item) => item !== first)).map((rest) => [first, ...rest]),
  );
}

describe('the largest assignment', () => {
  it('is the best of all permutations, ties and negative profits included', () => {
    const random = seededRandom(1);
    for (let trial = 0; trial < 300; trial++) {
      const size = 1 + Math.floor(random() * 6);
      const isCoarse = trial % 2 === 0;
      const profits = Float64Array.from({ length: size * size }, () =>
        isCoarse ? Math.floor(random() * 4) - 2 : random() - 0.5,
      );
      const found = largestAssignment(profits, size);
      expect([...found].sort()).toEqual(Array.from({ length: size }, (_, index) => index));
      const all = permutationsOf(Array.from({ length: size }, (_, index) => index));
      const best = Math.max(...all.map((columns) => totalOf(profits, size, columns)));
      expect(totalOf(profits, size, found)).toBeCloseTo(best, 10);
    }
  });

  it('finds a permutation of 300 hidden in noise', () => {
    const [size, random] = [300, seededRandom(2)];
    const hidden = randomPermutation(size, random);
    const profits = Float64Array.from({ length: size * size }, () => random());
    hidden.forEach((column, row) => {
      profits[row * size + column] += 1;
    });
    expect(largestAssignment(profits, size)).toEqual(hidden);
  });

  it('keeps the order where nothing tells the rows apart', () => {
    const size = 500;
    expect(largestAssignment(new Float64Array(size * size).fill(3), size)).toEqual(
      Int32Array.from({ length: size }, (_, index) => index),
    );
  });

  it('gives nothing for nothing', () => {
    expect(largestAssignment(new Float64Array(0), 0)).toHaveLength(0);
  });
});
