import { describe, expect, it } from 'vitest';
import { isBeyond, type Place, placesOf, stepDot } from './map-places';

const SQUARE: readonly Place[] = [
  [0, 0],
  [4, 0],
  [4, 2],
  [0, 2],
  [2, 1],
];

describe('the map', () => {
  it('has one scale for both directions, the second axis pointing up', () => {
    const { dots, height } = placesOf(SQUARE, 428);
    expect(dots[1][0] - dots[0][0]).toBeCloseTo(400, 6);
    expect(dots[0][1] - dots[3][1]).toBeCloseTo(200, 6);
    expect(height).toBeCloseTo(228, 6);
  });

  it('keeps what lies beyond at its edge, and says so', () => {
    const { place, height } = placesOf(SQUARE, 428);
    expect(place([100, -100])).toEqual([428 - 14, height - 14]);
    expect(isBeyond(SQUARE, [100, 1])).toBe(true);
    expect(isBeyond(SQUARE, [4, 2])).toBe(false);
  });

  it('is not stretched by a handful of outermost dots', () => {
    const many = Array.from({ length: 4000 }, (_, index): Place => [index % 40, Math.floor(index / 40)]);
    const { dots } = placesOf([...many, [4000, 50]], 428);
    expect(dots[39][0] - dots[0][0]).toBeGreaterThan(50);
  });
});

describe('walking the dots', () => {
  const { dots, place } = placesOf(SQUARE, 428);

  it('leads to the nearest dot that lies that way, up being up', () => {
    expect(stepDot(dots, place([1, 1]), 'ArrowRight')).toBe(4);
    expect(stepDot(dots, dots[0], 'ArrowUp')).toBe(3);
    expect(stepDot(dots, dots[1], 'ArrowLeft')).toBe(4);
  });

  it('stays where no dot lies that way, and leaves other keys alone', () => {
    expect(stepDot(dots, dots[0], 'ArrowDown')).toBeUndefined();
    expect(stepDot(dots, dots[0], 'Enter')).toBeUndefined();
  });
});
