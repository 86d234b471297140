import { expect, it } from 'vitest';
import { type Filters, filtered, isFiltering, NO_FILTERS, toggleValue } from './filters';
import type { ZooNetwork } from './zoo-data';

const network = (index: number, norm: string, depth: number, accuracy: number, split = 'test') =>
  ({ index, norm, depth, accuracy, split }) as ZooNetwork;
const zoo = [
  network(0, 'batch', 2, 0.2),
  network(1, 'group', 2, 0.3),
  network(2, 'batch', 3, 0.4),
  network(3, 'none', 3, 0.5),
  network(4, 'batch', 3, 0.6, 'train'),
];
const open: Filters = { ...NO_FILTERS, split: 'test' };
const shown = (filters: Filters, ...rest: [] | ['norm' | 'range']) =>
  filtered(zoo, filters, ...rest).map(({ index }) => index);

it('shows the split, and all of it until something is chosen', () => {
  expect(shown(open)).toEqual([0, 1, 2, 3]);
  expect(shown({ ...open, split: 'all' })).toEqual([0, 1, 2, 3, 4]);
  expect(isFiltering(open)).toBe(false);
});

it('one value of a property shows these only, a second one these as well', () => {
  const batch = toggleValue(open, 'norm', 'batch');
  expect(shown(batch)).toEqual([0, 2]);
  expect(shown(toggleValue(batch, 'norm', 'group'))).toEqual([0, 1, 2]);
});

it('properties and the range all count', () => {
  const filters = toggleValue({ ...open, range: [0.2, 0.4] }, 'depth', 2);
  expect(shown(filters)).toEqual([0, 1]);
  expect(shown(toggleValue(filters, 'norm', 'group'))).toEqual([1]);
});

it('a value chosen twice is no choice', () => {
  const filters = toggleValue(toggleValue(open, 'norm', 'batch'), 'norm', 'batch');
  expect(isFiltering(filters)).toBe(false);
});

it('leaves out the filter whose own offer is asked for', () => {
  const filters: Filters = { ...toggleValue(open, 'norm', 'batch'), range: [0.3, 1] };
  expect(shown(filters)).toEqual([2]);
  expect(shown(filters, 'norm')).toEqual([1, 2, 3]);
  expect(shown(filters, 'range')).toEqual([0, 2]);
});
