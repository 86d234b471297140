import { describe, expect, it } from 'vitest';
import { normal } from '../engine/synthetic-graphs';
import { seededRandom } from '../graph';
import { principalComponents } from './trace-components';

const WIDTH = 6;
const random = seededRandom(5);
/** Rows that vary by 5, 3, 2 and a little along four orthogonal axes, round 10. */
const AXES = [
  [0.5, 0.5, 0.5, 0.5, 0, 0],
  [0.5, -0.5, 0.5, -0.5, 0, 0],
  [0, 0, 0, 0, -0.6, 0.8],
  [0.5, 0.5, -0.5, -0.5, 0, 0],
];
const SIZES = [5, 3, 2, 0.1];
const rows = (count: number) => {
  const table = new Float32Array(count * WIDTH).fill(10);
  const hidden = Array.from({ length: count }, () => SIZES.map((size) => size * normal(random)));
  hidden.forEach((amounts, row) => {
    amounts.forEach((amount, axis) => {
      for (let k = 0; k < WIDTH; k++) table[row * WIDTH + k] += amount * AXES[axis][k];
    });
  });
  return { table, hidden };
};

const column = (tables: readonly Float32Array[], component: number) =>
  tables.flatMap((table) => Array.from(table).filter((_, index) => index % 3 === component));

const correlation = (a: readonly number[], b: readonly number[]) => {
  const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const product = (x: readonly number[], y: readonly number[]) =>
    mean(x.map((value, index) => (value - mean(x)) * (y[index] - mean(y))));
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
};

describe('principal components', () => {
  it('are the directions that rows of all tables vary along most, in units of two deviations', () => {
    const [first, second] = [rows(400), rows(600)];
    const components = principalComponents([first.table, second.table], WIDTH);
    expect(components.map(({ length }) => length)).toEqual([1200, 1800]);
    const hidden = [...first.hidden, ...second.hidden];
    for (let component = 0; component < 3; component++) {
      const own = column(components, component);
      const planted = hidden.map((amounts) => amounts[component]);
      // The third axis has its largest entry where it is positive.
      expect(correlation(own, planted)).toBeGreaterThan(0.99);
      const squares = own.reduce((sum, value) => sum + value * value, 0) / own.length;
      expect(Math.sqrt(squares)).toBeCloseTo(0.5, 3);
    }
  });

  it('are the same for states three times as large', () => {
    const { table } = rows(50);
    const [components] = principalComponents([table], WIDTH);
    const [own] = principalComponents([table.map((value) => 3 * value)], WIDTH);
    own.forEach((value, index) => {
      expect(value).toBeCloseTo(components[index], 4);
    });
  });

  it('are zeros where nothing varies', () => {
    expect(principalComponents([new Float32Array(5 * WIDTH).fill(2)], WIDTH)).toEqual([new Float32Array(15)]);
    const line = Float32Array.from({ length: 5 * WIDTH }, (_, i) => (i % WIDTH === 2 ? i : 0));
    const [components] = principalComponents([line], WIDTH);
    expect(column([components], 0).every((value) => value !== 0)).toBe(false);
    expect(column([components], 1)).toEqual([0, 0, 0, 0, 0]);
  });
});
