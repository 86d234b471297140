import { describe, expect, it } from 'vitest';
import { calibrationCurve } from './calibration';

const evenly = (count: number, most: number) =>
  Float64Array.from({ length: count }, (_, index) => (most * (index + 1)) / count);

describe('calibrationCurve', () => {
  it('holds what it promises where both are drawn alike', () => {
    const curve = calibrationCurve(evenly(999, 1), evenly(1000, 1));
    for (const { promised, held, factor } of curve) {
      expect(held).toBeCloseTo(promised, 2);
      expect(factor).toBeCloseTo(promised, 2);
    }
  });

  it('shows intervals that are too narrow', () => {
    const curve = calibrationCurve(evenly(99, 1), evenly(100, 2));
    expect(curve.find(({ promised }) => promised === 0.9)?.held).toBeCloseTo(0.45, 2);
  });

  it('takes the next larger distance: 9 of 9 for 90 %', () => {
    const curve = calibrationCurve(evenly(9, 9), evenly(10, 10));
    expect(curve.find(({ promised }) => promised === 0.9)?.factor).toBe(9);
    expect(curve.find(({ promised }) => promised === 0.5)?.factor).toBe(5);
  });

  it('is empty without networks', () => {
    expect(calibrationCurve(new Float64Array(0), evenly(3, 1))).toEqual([]);
    expect(calibrationCurve(evenly(3, 1), new Float64Array(0))).toEqual([]);
  });
});
