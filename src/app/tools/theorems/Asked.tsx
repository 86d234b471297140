/** What stands where an answer will: a button to ask for it, its progress with a way to stop, or why there is none. */
import type { ReactNode } from 'react';
import { Working } from '../../Working';
import { stopTheorems } from './asking';
import type { Answer } from './theorem-store';

interface AskedProps<T> {
  readonly answer: Answer<T>;
  /** On the button that asks. */
  readonly label: string;
  /** What is being done, for the progress bar. */
  readonly doing: string;
  readonly onAsk: () => void;
  /** What helps where it failed. */
  readonly help?: ReactNode;
  readonly children: (value: T) => ReactNode;
}

export function Asked<T>({ answer, label, doing, onAsk, help, children }: AskedProps<T>) {
  if (answer.status === 'done') return children(answer.value);
  if (answer.status === 'running') {
    return <Working doing={doing} share={answer.share} onCancel={stopTheorems} />;
  }
  if (answer.status === 'failed') {
    return (
      <div className="refusal" role="alert">
        <p>{answer.reason}</p>
        {help}
      </div>
    );
  }
  return (
    <p>
      <button type="button" onClick={onAsk}>
        {label}
      </button>
    </p>
  );
}
