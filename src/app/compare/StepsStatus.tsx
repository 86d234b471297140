/** How far predictions or measurements are, a way to stop them, and to ask for them where they are not made unasked. */
import type { Steps } from './compare-store';

interface StepsStatusProps {
  readonly steps: Steps<unknown>;
  readonly count: number;
  /** What is asked for, on the button. */
  readonly ask: string;
  readonly onAsk: () => void;
  readonly onStop: () => void;
}

export function StepsStatus({ steps, count, ask, onAsk, onStop }: StepsStatusProps) {
  const { status, points, reason } = steps;
  if (status === 'done') return null;
  if (status === 'running') {
    return (
      <p className="work">
        <progress value={points.length} max={count} aria-label={ask} />
        <span className="muted small">
          {points.length} of {count}
        </span>
        <button type="button" className="quiet" onClick={onStop}>
          Cancel
        </button>
      </p>
    );
  }
  return (
    <p className="work">
      {status === 'failed' && <span className="refusal">{reason}</span>}
      {status === 'stopped' && <span className="muted">Stopped.</span>}
      <button type="button" onClick={onAsk}>
        {status === 'none' ? ask : 'Try again'}
      </button>
    </p>
  );
}
