/** Work that takes a while: how far it is, and a way to stop it. */
import type { ReactNode } from 'react';

interface WorkingProps {
  /** What is done, for those who listen. */
  readonly doing: string;
  /** 0 … 1; 0 or undefined where that is not known. */
  readonly share?: number | undefined;
  /** Undefined where it is over before one could. */
  readonly onCancel: (() => void) | undefined;
  /** Stands between the two. */
  readonly children?: ReactNode;
}

export function Working({ doing, share, onCancel, children }: WorkingProps) {
  return (
    <div className="working">
      <progress value={share || undefined} aria-label={doing} />
      {children}
      {onCancel && (
        <button type="button" className="quiet" onClick={onCancel}>
          Cancel
        </button>
      )}
    </div>
  );
}
