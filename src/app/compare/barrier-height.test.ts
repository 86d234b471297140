import { describe, expect, it } from 'vitest';
import { BARRIER_POINTS, barrierOf } from './barrier-height';

const line = (accuracy: (share: number) => number) =>
  Array.from({ length: BARRIER_POINTS }, (_, index) => {
    const share = index / (BARRIER_POINTS - 1);
    return { share, accuracy: accuracy(share) };
  });

describe('the barrier between two models', () => {
  it('is how far the line dips below the straight one', () => {
    const points = line((share) => 0.4 + 0.2 * share - 0.3 * (share === 0.5 ? 1 : 0));
    expect(barrierOf(points, ({ accuracy }) => accuracy)).toBeCloseTo(0.3, 12);
  });

  it('is nothing where there is no dip', () => {
    expect(
      barrierOf(
        line((share) => 0.5 + share * (1 - share)),
        ({ accuracy }) => accuracy,
      ),
    ).toBe(0);
  });

  it('is unknown until every place has been asked for', () => {
    expect(barrierOf(line(() => 0.5).slice(1), ({ accuracy }) => accuracy)).toBeUndefined();
  });
});
