/** Numbers that come one after the other, in the background; each kind of them has one run at a time. */
import { messageOf } from '../worker-clients';
import type { Steps } from './compare-store';

export class StepByStep {
  #current:
    | { readonly write: (state: Steps<never>['status']) => void; readonly stopping: AbortController }
    | undefined;

  /** `end`: ends the step that is under way. */
  constructor(readonly end: () => void) {}

  /**
   * Asks for one point after the other. `write` is told everything that there is, at every step; a run that was under way is
   * stopped. Whoever takes several steps to a point looks at the signal between them: what a stopped run went on to ask for
   * would end what the next one asks.
   */
  async run<Point>(
    count: number,
    pointAt: (index: number, signal: AbortSignal) => Promise<Point>,
    write: (steps: Steps<Point>) => void,
  ): Promise<void> {
    this.stop();
    let points: readonly Point[] = [];
    const stopping = new AbortController();
    const { signal } = stopping;
    const own = { stopping, write: (status: Steps<Point>['status']) => write({ status, points }) };
    this.#current = own;
    own.write('running');
    try {
      for (let index = 0; index < count; index++) {
        const point = await pointAt(index, signal);
        if (signal.aborted) return;
        points = [...points, point];
        own.write('running');
      }
      own.write('done');
    } catch (error) {
      if (!signal.aborted) write({ status: 'failed', points, reason: messageOf(error) });
    }
    if (!signal.aborted) this.#current = undefined;
  }

  /** Stops, and keeps what is there. */
  stop(): void {
    if (!this.#current) return;
    const { write, stopping } = this.#current;
    this.#current = undefined;
    stopping.abort();
    this.end();
    write('stopped');
  }
}
