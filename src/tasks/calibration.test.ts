import { describe, expect, it } from 'vitest';
import { calibrationCurve } from './calibration';

/** Distances evenly up to `most`, of as many runs from `firstRun` on, in an order that has nothing to do with them. */
const evenly = (count: number, most: number, firstRun = 0) =>
  Array.from({ length: count }, (_, index) => ({
    run: firstRun + ((index * 7919) % count),
    distance: (most * (index + 1)) / count,
  }));

const at = (curve: ReturnType<typeof calibrationCurve>, level: number) =>
  curve.find(({ promised }) => promised === level);

describe('calibrationCurve', () => {
  it('holds what it promises where both are drawn alike', () => {
    const curve = calibrationCurve(evenly(999, 1), evenly(1000, 1, 1000));
    for (const { promised, held, factor } of curve) {
      expect(held).toBeCloseTo(promised, 2);
      expect(factor).toBeCloseTo(promised, 2);
    }
  });

  it('holds what it promises of the networks that it is calibrated on, each judged by others', () => {
    const networks = evenly(1000, 1);
    for (const { promised, held } of calibrationCurve(networks, networks))
      expect(held).toBeCloseTo(promised, 1);
  });

  it('judges no network by its own run', () => {
    // Two runs, one far off: by itself it would be held.
    const networks = [0, 1].flatMap((run) =>
      evenly(50, 1).map(({ distance }) => ({ run, distance: distance + run })),
    );
    const curve = calibrationCurve(networks, networks);
    expect(at(curve, 0.95)?.held).toBeCloseTo(0.5, 2);
    expect(at(curve, 0.5)?.held).toBeCloseTo(0.5, 2);
  });

  it('shows intervals that are too narrow', () => {
    const curve = calibrationCurve(evenly(99, 1), evenly(100, 2, 100));
    expect(at(curve, 0.9)?.held).toBeCloseTo(0.45, 2);
  });

  it('takes the next larger distance: 9 of 9 for 90 %', () => {
    const curve = calibrationCurve(evenly(9, 9), evenly(10, 10, 10));
    expect(at(curve, 0.9)?.factor).toBe(9);
    expect(at(curve, 0.5)?.factor).toBe(5);
  });

  it('is empty without networks', () => {
    expect(calibrationCurve([], evenly(3, 1))).toEqual([]);
    expect(calibrationCurve(evenly(3, 1), [])).toEqual([]);
  });
});
