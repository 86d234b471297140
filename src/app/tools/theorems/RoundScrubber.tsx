/** Which round is looked at, over bars: how many nodes hold their activation after each. */
import type { PassRound } from '../../../tasks';
import { formatCount } from '../../format';

const HEIGHT = 40;

interface RoundScrubberProps {
  readonly rounds: readonly PassRound[];
  readonly round: number;
  readonly onRound: (round: number) => void;
}

export function RoundScrubber({ rounds, round, onRound }: RoundScrubberProps) {
  let sum = 0;
  const held = rounds.map(({ nodeCount }) => {
    sum += nodeCount;
    return sum;
  });
  const last = rounds.length - 1;
  const text = `Round ${round} of ${last}`;
  const share = `${formatCount(held[round])} of ${formatCount(sum)} nodes hold their activation`;
  return (
    <div className="round-scrubber">
      <svg viewBox={`0 0 ${rounds.length} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {held.map((count, index) => (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: a round is its number
            key={index}
            className={index <= round ? 'over' : undefined}
            x={index + 0.06}
            width={0.88}
            y={HEIGHT - (HEIGHT * count) / sum}
            height={(HEIGHT * count) / sum}
          />
        ))}
      </svg>
      <input
        type="range"
        min="0"
        max={last}
        value={round}
        aria-label="Round of message passing"
        aria-valuetext={`${text}: ${share}`}
        onChange={({ target }) => onRound(target.valueAsNumber)}
      />
      <p className="small">
        <strong>{text}</strong> · {share}
      </p>
    </div>
  );
}
