/** Long work: it says how far it is, lets messages in now and then, and stops when it is told to. */

export interface WorkOptions {
  /** Called with the share that is done, 0 to 1. */
  readonly onProgress?: (share: number) => void;
  /** Aborted, the work ends with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** So often an abort is looked for: a person waits no longer for it than this. */
const BREATH_MS = 50;

export type Pace = (share?: number) => Promise<void>;

/** To be called between steps, with the share done if it is known; resolves at once unless a pause is due. */
export function newPace({ onProgress, signal }: WorkOptions): Pace {
  let last = performance.now();
  return async (share) => {
    signal?.throwIfAborted();
    if (performance.now() - last < BREATH_MS) return;
    if (share !== undefined) onProgress?.(share);
    await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
    last = performance.now();
  };
}

/** The pace of a part of the work, from one share of the whole to another. */
export function partOfWork(pace: Pace, from: number, to: number): Pace {
  return (share) => pace(share === undefined ? undefined : from + (to - from) * share);
}
