/** The rounds from the encoded inputs to the readout: a slider, and a button that plays them. */
import { useEffect, useState } from 'react';
import { useApp } from '../../store';
import { showRounds } from './trace';

const PLAY_MS = 1400;

/** `last`: number of rounds; the readout is the step after it. */
export function roundInWords(round: number, last: number): string {
  if (round === 0) return `Round 0 of ${last}: the inputs, encoded`;
  return round > last ? `Readout, after round ${last} of ${last}` : `Round ${round} of ${last}`;
}

export function Scrubber({ last }: { last: number }) {
  const round = useApp((state) => Math.min(state.roundsView.round, last + 1));
  const [isPlaying, setPlaying] = useState(false);
  useEffect(() => {
    if (!isPlaying) return;
    if (round > last) return setPlaying(false);
    const timer = setTimeout(() => showRounds({ round: round + 1 }), PLAY_MS);
    return () => clearTimeout(timer);
  }, [isPlaying, round, last]);
  const play = () => {
    if (round > last) showRounds({ round: 0 });
    setPlaying(!isPlaying);
  };
  const words = roundInWords(round, last);
  const stops = ['inputs', ...Array.from({ length: last }, (_, index) => String(index + 1)), 'readout'];
  return (
    <section className="scrubber" aria-label="Rounds of message passing">
      <button type="button" className="play" aria-label={isPlaying ? 'Pause' : 'Play'} onClick={play}>
        <svg viewBox="0 0 12 12" aria-hidden="true">
          <path d={isPlaying ? 'M2 1h3v10H2zM7 1h3v10H7z' : 'M2 1l9 5-9 5z'} />
        </svg>
      </button>
      <div className="track">
        <input
          type="range"
          aria-label="Round"
          aria-valuetext={words}
          min={0}
          max={last + 1}
          step={1}
          value={round}
          onChange={({ target }) => {
            setPlaying(false);
            showRounds({ round: target.valueAsNumber });
          }}
        />
        <div className="stops" aria-hidden="true">
          {stops.map((stop, index) => (
            <span
              key={stop}
              className={index === round ? 'current' : undefined}
              style={{ left: `${(100 * index) / (last + 1)}%` }}
            >
              {stop}
            </span>
          ))}
        </div>
      </div>
      <output aria-live="polite">{words}</output>
    </section>
  );
}
