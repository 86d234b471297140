/** Numbers as people read them. */
import { format } from 'd3';

const thousands = format(',');

export const formatCount = (count: number) => thousands(count);

/** 12,345 stays; from a million on, three digits and a letter. */
export function formatLarge(count: number): string {
  return count < 1e6 ? thousands(count) : format('.3s')(count).replace('G', 'B');
}

export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  const rounded = Number(bytes.toPrecision(3));
  const power = Math.min(units.length, Math.floor(Math.log10(rounded) / 3));
  return `${(rounded / 1000 ** power).toPrecision(3)} ${units[power - 1]}`;
}

/** A share of 1 as percent with one digit. */
export const formatPercent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** How far a prediction is from the truth, both shares of 1. */
export function describeError(error: number): string {
  const points = Math.abs(100 * error).toFixed(1);
  return error >= 0 ? `predicted ${points} points more` : `predicted ${points} points less`;
}

/** A weight: a proper minus sign, four significant digits, an exponent only where it must. */
export function formatValue(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+∞' : '−∞';
  if (value === 0) return '0';
  const magnitude = Math.abs(value);
  const text =
    magnitude >= 1e-3 && magnitude < 1e5
      ? String(Number(magnitude.toPrecision(4)))
      : magnitude.toExponential(2);
  return (value < 0 ? '−' : '') + text.replace('e-', 'e−');
}

export const formatShape = (shape: readonly number[]) => (shape.length === 0 ? 'scalar' : shape.join(' × '));

export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.max(1, Math.round(milliseconds))} ms`;
  const seconds = milliseconds / 1000;
  return seconds < 100 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds / 60)} min`;
}
