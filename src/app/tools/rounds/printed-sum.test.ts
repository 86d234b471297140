import { describe, expect, it } from 'vitest';
import { normal } from '../../../engine/synthetic-graphs';
import { seededRandom } from '../../../graph';
import { decimalsFor, printed, printedSum, rounded } from './printed-sum';

describe('a printed sum', () => {
  it('adds up to the printed total, every part within one in the last place', () => {
    const random = seededRandom(1);
    for (let length = 1; length < 60; length++) {
      const parts = Array.from({ length }, () => 3 * normal(random));
      const total = parts.reduce((sum, part) => sum + part, 0);
      for (const decimals of [2, 4]) {
        const shown = printedSum(parts, total, decimals);
        const sum = shown.reduce((all, part) => all + Math.round(part * 10 ** decimals), 0);
        expect(sum).toBe(Math.round(total * 10 ** decimals));
        shown.forEach((part, index) => {
          expect(Math.abs(part - parts[index])).toBeLessThan(1.0000001 / 10 ** decimals);
        });
      }
    }
  });

  it('changes those that were nearest to the other side', () => {
    expect(printedSum([0.14, 0.13, 0.13], 0.4, 1)).toEqual([0.2, 0.1, 0.1]);
    expect(printedSum([0.18, 0.16, 0.16], 0.5, 1)).toEqual([0.2, 0.1, 0.2]);
    expect(printedSum([-0.14, -0.13, -0.13], -0.4, 1)).toEqual([-0.2, -0.1, -0.1]);
    expect(printedSum([], 0, 3)).toEqual([]);
  });
});

it('numbers have about four digits, and a proper minus', () => {
  expect([0.001234, 0.01234, 0.1234, 1234, 0].map(decimalsFor)).toEqual([6, 5, 4, 4, 4]);
  expect([printed(-0.5, 2), printed(0.5, 2), printed(0.5, 2, true)]).toEqual(['−0.50', '0.50', '+0.50']);
  expect(rounded(0.12345, 3)).toBe(0.123);
});
