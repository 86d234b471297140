/** Which checkpoint is shown: a slider, and playing them one after the other. */
import { useEffect } from 'react';
import { compareStore, type ShownSeries } from './compare-store';
import { changeSeries, showCheckpoint } from './series';

/** A checkpoint is seen for so long, once it is drawn. */
const DWELL_MS = 600;

/** From the beginning again where it had come to the end. */
export function togglePlaying(): void {
  const { series } = compareStore.getState();
  if (!series) return;
  const isPlaying = !series.isPlaying;
  if (isPlaying && series.place === series.checkpoints.length - 1) showCheckpoint(0);
  changeSeries({ isPlaying });
}

interface PlayerProps {
  readonly series: ShownSeries;
  /** The checkpoint that is shown has been drawn. */
  readonly isDrawn: boolean;
}

export function Player({ series, isDrawn }: PlayerProps) {
  const { place, isPlaying, checkpoints } = series;
  const last = checkpoints.length - 1;
  useEffect(() => {
    if (!isPlaying || !isDrawn) return;
    const timer = setTimeout(() => {
      if (place < last) showCheckpoint(place + 1);
      else changeSeries({ isPlaying: false });
    }, DWELL_MS);
    return () => clearTimeout(timer);
  }, [isPlaying, isDrawn, place, last]);
  return (
    <div className="player">
      <button type="button" onClick={togglePlaying} title={isPlaying ? 'Pause (Space)' : 'Play (Space)'}>
        {isPlaying ? 'Pause' : 'Play'}
      </button>
      <input
        type="range"
        min={0}
        max={last}
        value={place}
        aria-label="Checkpoint"
        aria-valuetext={`${checkpoints[place].path}, ${place + 1} of ${last + 1}`}
        onChange={({ target }) => showCheckpoint(Number(target.value))}
      />
      <output>
        {place + 1} of {last + 1}
      </output>
    </div>
  );
}
