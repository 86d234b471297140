import { describe, expect, it } from 'vitest';
import { formatDigits } from './format-numbers';
import { tilesOf } from './tiles';

describe('tiles', () => {
  it.each([
    [
      'a vector: a cell for every value, in one row',
      [1, 10],
      { width: 1, height: 1, count: 10, columns: 10 },
    ],
    ['feature maps: a tile for every channel', [1, 16, 8, 4], { width: 4, height: 8, count: 16 }],
    ['tokens: one tile, a row for each', [1, 17, 32], { width: 32, height: 17, count: 1, columns: 1 }],
    ['a single number', [], { width: 1, height: 1, count: 1, columns: 1 }],
  ])('%s', (_, shape, expected) => {
    expect(tilesOf(shape)).toMatchObject(expected);
  });

  it('fit the room there is, with no more values than a person can see', () => {
    for (const shape of [
      [1, 512, 7, 7],
      [1, 3, 224, 224],
      [1, 1000],
      [1, 64, 1, 1],
      [1, 2000, 32],
    ]) {
      const { pictureWidth, pictureHeight, zoom, shown, count, width, height } = tilesOf(shape);
      expect(pictureWidth * zoom).toBeLessThanOrEqual(284);
      expect(pictureHeight * zoom).toBeLessThanOrEqual(112);
      expect(shown).toBeLessThanOrEqual(count);
      expect(shown === 1 || shown * width * height <= 20_000).toBe(true);
    }
  });
});

it('digits that are compared are as many, whatever the number', () => {
  expect([1.5, -0.0123456789, 0, 2.5e-7, Number.NaN].map(formatDigits)).toEqual([
    '1.50000',
    '−0.0123457',
    '0',
    '2.500e−7',
    'NaN',
  ]);
});
