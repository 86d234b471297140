/** Which networks are shown. */
import type { PropertyName } from './properties';
import type { Split, ZooNetwork } from './zoo-data';

export interface Filters {
  readonly split: Split | 'all';
  /** Per property the values that are shown; a property that is not here does not matter. */
  readonly values: ReadonlyMap<PropertyName, readonly (string | number)[]>;
  /** Of the true accuracy, both ends included. */
  readonly range: readonly [low: number, high: number] | undefined;
}

export const NO_FILTERS: Omit<Filters, 'split'> = { values: new Map(), range: undefined };

export const isFiltering = ({ values, range }: Filters) => values.size > 0 || range !== undefined;

type Ignored = PropertyName | 'range';

/** The networks that pass, but for what is ignored: what a filter itself offers must not depend on its own choice. */
export function filtered(
  networks: readonly ZooNetwork[],
  { split, values, range }: Filters,
  ignored?: Ignored,
): ZooNetwork[] {
  const wanted = [...values].filter(([name]) => name !== ignored);
  return networks.filter((network) => {
    if (split !== 'all' && network.split !== split) return false;
    if (range && ignored !== 'range' && (network.accuracy < range[0] || network.accuracy > range[1]))
      return false;
    return wanted.every(([name, shown]) => shown.includes(network[name]));
  });
}

/** Shows a value too, or no more. A property with nothing chosen does not matter again. */
export function toggleValue(filters: Filters, name: PropertyName, value: string | number): Filters {
  const before = filters.values.get(name) ?? [];
  const after = before.includes(value) ? before.filter((one) => one !== value) : [...before, value];
  const values = new Map(filters.values);
  if (after.length > 0) values.set(name, after);
  else values.delete(name);
  return { ...filters, values };
}
