/** Sums as they are printed: rounded so that what stands there adds up. */

/** Decimals that leave a number of this size four digits or more. */
export function decimalsFor(value: number): number {
  const size = Math.floor(Math.log10(Math.abs(value) || 1));
  return Math.min(6, Math.max(4, 3 - size));
}

export const rounded = (value: number, decimals: number): number =>
  Math.round(value * 10 ** decimals) / 10 ** decimals;

/**
 * The parts rounded so that they add up to the rounded total, by largest remainders: where plain rounding misses it, the parts
 * that were nearest to going the other way go there, each by one in the last place.
 */
export function printedSum(parts: readonly number[], total: number, decimals: number): number[] {
  const unit = 10 ** decimals;
  const units = parts.map((part) => Math.round(part * unit));
  let missing = Math.round(total * unit) - units.reduce((sum, value) => sum + value, 0);
  const step = Math.sign(missing);
  const leaning = parts.map((part, index) => ({ index, by: step * (part * unit - units[index]) }));
  leaning.sort((a, b) => b.by - a.by);
  for (let place = 0; missing !== 0 && parts.length > 0; place = (place + 1) % parts.length) {
    units[leaning[place].index] += step;
    missing -= step;
  }
  return units.map((value) => value / unit);
}

/** With a proper minus sign, and a plus where it is one of several. */
export function printed(value: number, decimals: number, hasSign = false): string {
  const text = Math.abs(value).toFixed(decimals);
  return `${value < 0 ? '−' : hasSign ? '+' : ''}${text}`;
}
