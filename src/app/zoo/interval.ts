/** Intervals around many predictions: what they promise, and how far the truth lies in units of their width. */
import { halfWidthAt, type PromisedInterval } from '../../metanets/card';

interface Judged {
  /** True and predicted accuracy, shares of 1. */
  readonly known: number;
  readonly predicted: number;
}

/** How far the truth lies from the prediction, in halves of the interval's width: within it up to 1. */
export const distanceInWidths = (interval: PromisedInterval, { known, predicted }: Judged): number =>
  Math.abs(predicted - known) / halfWidthAt(interval, predicted);

const formatPoints = (share: number) => (100 * share).toFixed(1);

const shareInside = (interval: PromisedInterval, judged: readonly Judged[]) =>
  judged.filter((one) => distanceInWidths(interval, one) <= 1).length / judged.length;

/** What the interval promises, and what it holds among these: unless `held` says so, where it was made from them. */
export function describeInterval(
  interval: PromisedInterval,
  shown: readonly Judged[],
  held = shareInside(interval, shown),
): string {
  const widths = shown.map(({ predicted }) => halfWidthAt(interval, predicted));
  const ends = [Math.min, Math.max].map((end) => formatPoints(end(...widths)));
  const points =
    shown.length === 0 ? formatPoints(halfWidthAt(interval, 0)) : [...new Set(ends)].join(' to ');
  const promise = `${Math.round(100 * interval.coverage)} % interval: ±${points} points`;
  if (shown.length === 0) return promise;
  return `${promise}, holds ${Math.round(100 * held)} % here`;
}
