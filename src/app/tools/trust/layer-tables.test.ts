import { describe, expect, it } from 'vitest';
import type { MeasuredLayer } from '../../../quality';
import { formatMeasure } from './format-measure';
import { LAYER_COLUMNS, sortedLayers } from './layer-columns';
import { qualityCsv } from './quality-csv';

const layer = (name: string, change: Partial<MeasuredLayer> = {}): MeasuredLayer => ({
  ...{ block: 0, name, rows: 2, columns: 3, matrixCount: 1 },
  ...{ frobeniusNorm: 2, spectralNorm: 1, stableRank: 4, quantiles: [-1, -0.5, 0, 0.5, 1] },
  tail: { kind: 'refused', reason: 'It has 2 singular values, and a tail needs 8.' },
  ...change,
});
const fitted = (alpha: number): Pick<MeasuredLayer, 'tail'> => ({
  tail: { kind: 'fitted', eigenvalueCount: 9, alpha, fitDistance: 0.1, alphaWeighted: 1, logAlphaNorm: 2 },
});
const names = (layers: readonly MeasuredLayer[]) => layers.map(({ name }) => name);

describe('the layers', () => {
  const layers = [layer('a', fitted(3)), layer('b'), layer('c', fitted(5)), layer('d', fitted(2))];
  const { spectrum } = LAYER_COLUMNS;

  it('are sorted by a measure, those without it last either way', () => {
    expect(names(sortedLayers(layers, spectrum, { column: 'alpha', isDescending: true }))).toEqual([
      ...['c', 'a', 'd', 'b'],
    ]);
    expect(names(sortedLayers(layers, spectrum, { column: 'alpha', isDescending: false }))).toEqual([
      ...['d', 'a', 'c', 'b'],
    ]);
  });

  it('stand in the order of the graph, or in its reverse', () => {
    expect(names(sortedLayers(layers, spectrum, { column: undefined, isDescending: false }))).toEqual(
      names(layers),
    );
    expect(names(sortedLayers(layers, spectrum, { column: undefined, isDescending: true }))).toEqual([
      ...['d', 'c', 'b', 'a'],
    ]);
  });

  it('are saved in full precision, with why there is no alpha, and nothing that is no number', () => {
    const lines = qualityCsv([
      layer('conv,1', { ...fitted(3.456789), frobeniusNorm: Number.NaN }),
      layer('b'),
    ]).split('\r\n');
    expect(lines[0]).toMatch(/^weight,rows,columns,matrices,frobenius_norm,spectral_norm,stable_rank,alpha,/);
    expect(lines[1]).toBe('"conv,1",2,3,1,,1,4,3.456789,0.1,1,2,,-1,-0.5,0,0.5,1');
    expect(lines[2]).toContain(',"It has 2 singular values, and a tail needs 8.",');
  });
});

describe('a measure', () => {
  it.each([
    [0, '0'],
    [0.01234, '0.012'],
    [-0.5, '−0.50'],
    [12.345, '12.3'],
    [1234.5, '1235'],
    [0.00012, '1.2e−4'],
    [-123456, '−1.2e+5'],
    [Number.NaN, '–'],
    [undefined, '–'],
  ])('of %s is written %s', (value, written) => {
    expect(formatMeasure(value)).toBe(written);
  });
});
