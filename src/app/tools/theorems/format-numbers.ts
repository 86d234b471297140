/** Numbers that are compared digit by digit. */

/** A float32 holds about this many. */
const DIGITS = 6;

const withMinus = (text: string) => text.replaceAll('-', '−');

/** All with the same number of digits, so that they can be compared by eye. */
export function formatDigits(value: number): string {
  if (!Number.isFinite(value)) return withMinus(String(value));
  if (value === 0) return '0';
  const isTiny = Math.abs(value) < 1e-4;
  return withMinus(isTiny ? value.toExponential(DIGITS - 3) : value.toPrecision(DIGITS));
}
