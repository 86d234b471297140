/** Predictions one after the other, in the background, as they come; one run of them at a time. */
import { messageOf } from '../worker-clients';
import { endPredicting } from './compare-client';
import type { Predictions } from './compare-store';

let current: { readonly write: (state: Predictions<never>['status']) => void } | undefined;

/**
 * Asks for one point after the other. `write` is told everything that there is, at every step; a run that was under way is
 * stopped.
 */
export async function predictEach<Point>(
  count: number,
  pointAt: (index: number) => Promise<Point>,
  write: (predictions: Predictions<Point>) => void,
): Promise<void> {
  stopPredicting();
  let points: readonly Point[] = [];
  const own = { write: (status: Predictions<Point>['status']) => write({ status, points }) };
  current = own;
  const isCurrent = () => current === own;
  own.write('running');
  try {
    for (let index = 0; index < count; index++) {
      const point = await pointAt(index);
      if (!isCurrent()) return;
      points = [...points, point];
      own.write('running');
    }
    own.write('done');
  } catch (error) {
    if (isCurrent()) write({ status: 'failed', points, reason: messageOf(error) });
  }
  if (isCurrent()) current = undefined;
}

/** Stops, and keeps what is there. */
export function stopPredicting(): void {
  if (!current) return;
  const { write } = current;
  current = undefined;
  endPredicting();
  write('stopped');
}
