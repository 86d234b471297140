import { describe, expect, it } from 'vitest';
import { describeInterval, distanceInWidths } from './interval';

const growing = { coverage: 0.9, halfWidth: 0.02, slope: 0.1 };
const shown = [
  { known: 0.1, predicted: 0.13 },
  { known: 0.5, predicted: 0.4 },
  { known: 0.36, predicted: 0.4 },
];

describe('intervals around many predictions', () => {
  it('measure distances by how wide each is at its prediction', () => {
    expect(distanceInWidths(growing, { known: 0.44, predicted: 0.4 })).toBeCloseTo(2 / 3, 9);
    expect(distanceInWidths(growing, { known: 0.04, predicted: 0 })).toBeCloseTo(2, 9);
  });

  it('are described by the narrowest and the widest of those shown, and by what they hold', () => {
    expect(describeInterval(growing, shown)).toBe('90 % interval: ±3.3 to 6.0 points, holds 67 % here');
    expect(describeInterval(growing, [])).toBe('90 % interval: ±2.0 points');
  });

  it('of one width are described by it', () => {
    const interval = { coverage: 0.9, halfWidth: 0.05 };
    expect(describeInterval(interval, shown)).toBe('90 % interval: ±5.0 points, holds 67 % here');
  });
});
