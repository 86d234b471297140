import { describe, expect, it } from 'vitest';
import { difference } from './differences';

const of = (a: number[], b: number[]) => difference([Float32Array.from(a)], [Float32Array.from(b)]);

describe('the difference of two tensors', () => {
  it('is a norm, a share, a cosine and a largest entry', () => {
    expect(of([3, 4], [3, 0])).toEqual({ norm: 4, relative: 0.8, cosine: 0.6, largest: 4, rounding: 'none' });
    expect(of([0, 0], [0, -0])).toEqual({ norm: 0, relative: 0, cosine: 1, largest: 0, rounding: 'exact' });
    expect(of([0, 0], [1, 0])).toMatchObject({ relative: 1, cosine: 0 });
  });

  it('is put down to the rounding that explains it', () => {
    expect(of([1, 2], [1, 2 + 2 ** -22]).rounding).toBe('float32');
    expect(of([1, 2e-3], [1 + 2 ** -11, 2e-3]).rounding).toBe('float16');
    // As large as the rounding of the other entry, but not of its own.
    expect(of([1, 2e-3], [1, 2e-3 + 2 ** -11]).rounding).toBe('none');
  });

  it('is infinite where one of two numbers is missing, and none where both are', () => {
    const missing = Number.NaN;
    expect(of([1, missing], [1, missing])).toMatchObject({ norm: 0, cosine: 1, rounding: 'exact' });
    expect(of([1, missing], [1, 2])).toMatchObject({ relative: Number.POSITIVE_INFINITY, rounding: 'none' });
    expect(of([1, 2], [1, missing])).toMatchObject({ largest: Number.POSITIVE_INFINITY, rounding: 'none' });
  });
});
