import { describe, expect, it } from 'vitest';
import { type Card, intervalAround } from './card';

const interval = (halfWidth: number) => ({ coverage: 0.9, halfWidth, testCoverage: 0.9 });
const card = { interval: interval(0.125) } as Card;
const networks = { train: 1, validation: 1, test: 1 };
const kinds = { noise: interval(0.1875), prune: interval(0.0625) };
const edited = { networks, test: card.test, interval: interval(0.25), kinds };

describe('the interval around a prediction', () => {
  it('is as wide as the card says, and stays between 0 and 1', () => {
    expect(intervalAround(card, 0.5, [])).toEqual({ low: 0.375, high: 0.625 });
    expect(intervalAround(card, 0.0625, [])).toEqual({ low: 0, high: 0.1875 });
    expect(intervalAround(card, 1, [])).toEqual({ low: 0.875, high: 1 });
  });

  it('grows with the predicted accuracy where the card says so', () => {
    const growing = { interval: { ...interval(0.0625), slope: 0.125 } } as Card;
    expect(intervalAround(growing, 0.5, [])).toEqual({ low: 0.375, high: 0.625 });
    expect(intervalAround({ ...growing, edited }, 0.5, ['prune'])).toEqual({ low: 0.375, high: 0.625 });
    expect(intervalAround({ ...growing, edited }, 0.5, ['noise'])).toEqual({ low: 0.3125, high: 0.6875 });
  });

  it('is that of the edits, where the card knows it, and no narrower than without', () => {
    const wide = { low: 0.25, high: 0.75 };
    expect(intervalAround({ ...card, edited }, 0.5, ['noise'])).toEqual({ low: 0.3125, high: 0.6875 });
    expect(intervalAround({ ...card, edited }, 0.5, ['prune'])).toEqual({ low: 0.375, high: 0.625 });
    expect(intervalAround({ ...card, edited }, 0.5, ['noise', 'something else'])).toEqual(wide);
    expect(intervalAround({ ...card, edited }, 0.5, [])).toEqual({ low: 0.375, high: 0.625 });
    expect(intervalAround(card, 0.5, ['noise'])).toEqual({ low: 0.375, high: 0.625 });
  });
});
