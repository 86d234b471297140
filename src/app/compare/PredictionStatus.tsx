/** How far predictions are, a way to stop them, and to ask for them where they are not made unasked. */
import type { Predictions } from './compare-store';
import { stopPredicting } from './predictions';

interface PredictionStatusProps {
  readonly predictions: Predictions<unknown>;
  readonly count: number;
  /** What is asked for, on the button. */
  readonly ask: string;
  readonly onAsk: () => void;
}

export function PredictionStatus({ predictions, count, ask, onAsk }: PredictionStatusProps) {
  const { status, points, reason } = predictions;
  if (status === 'done') return null;
  if (status === 'running') {
    return (
      <p className="work">
        <progress value={points.length} max={count} aria-label="Predictions" />
        <span className="muted small">
          {points.length} of {count}
        </span>
        <button type="button" className="quiet" onClick={stopPredicting}>
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
        {status === 'none' ? ask : 'Predict again'}
      </button>
    </p>
  );
}
