/** A series gives way: to another, or to two models. */
import { compareApi } from './compare-client';
import { compareStore } from './compare-store';
import { stopPredicting } from './predictions';

export function endSeries(): void {
  const { series } = compareStore.getState();
  if (!series) return;
  stopPredicting();
  for (const { id } of series.checkpoints) void compareApi().forget(id);
  compareStore.setState({ series: undefined, selection: undefined });
}
