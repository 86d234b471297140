/** What the page knows of the metanet's rounds, and how it shows them. */
import type { NetworkTrace } from '../../../tasks';

/** A trace of the model of that number: of no other, and of no edit of it. */
export type TraceState =
  | { readonly status: 'none' }
  | { readonly status: 'running'; readonly modelNumber: number; readonly share: number }
  | { readonly status: 'done'; readonly modelNumber: number; readonly trace: NetworkTrace }
  | { readonly status: 'cancelled'; readonly modelNumber: number }
  | { readonly status: 'failed'; readonly modelNumber: number; readonly reason: string };

export const NO_TRACE: TraceState = { status: 'none' };

export interface RoundsView {
  /** 0: the encoded inputs; r: after r rounds; one more than there are rounds: the readout. */
  readonly round: number;
  /** What colours stand for: three components of the states, or one channel. */
  readonly colours: 'components' | 'channel';
  /** The channel whose numbers are followed; undefined: the one that changes most. */
  readonly channel: number | undefined;
}

export const FIRST_ROUND: RoundsView = { round: 0, colours: 'components', channel: undefined };
