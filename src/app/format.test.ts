import { expect, it } from 'vitest';
import { formatBytes, formatValue } from './format';

it.each([
  [1000, '1000'],
  [1230, '1230'],
  [2500.04, '2500'],
  [-4320, '−4320'],
  [12345.6, '12350'],
  [0.5, '0.5'],
  [-0.00123456, '−0.001235'],
  [1e-4, '1.00e−4'],
  [123456, '1.23e+5'],
  [Number.NaN, 'NaN'],
  [Number.NEGATIVE_INFINITY, '−∞'],
])('the weight %d reads %s', (value, text) => {
  expect(formatValue(value)).toBe(text);
});

it.each([
  [999, '999 B'],
  [1000, '1.00 kB'],
  [999_700, '1.00 MB'],
  [12_345_678, '12.3 MB'],
])('%d bytes read %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
