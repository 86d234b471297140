/** Measures in little room: about three digits, a proper minus sign, a dash where there is none. */

export function formatMeasure(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e4 || size < 1e-3) return value.toExponential(1).replaceAll('-', '−');
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 3;
  return value.toFixed(digits).replace('-', '−');
}

export const formatTau = (tau: number | undefined) =>
  tau === undefined ? '–' : tau.toFixed(2).replace('-', '−');
