/** The order of a gradient's passes over all pairs, and how far they are. */

/** Rounds from the last to the first; −1 for a metanet without rounds: one pass, from the encodings to the values. */
export const backwardPasses = (rounds: number): number[] =>
  rounds === 0 ? [-1] : Array.from({ length: rounds }, (_, index) => rounds - 1 - index);

/** A pass back runs forward too, through all rounds: it is about four times the work of a pass forward. */
const FORWARD_SHARE = 0.2;

/** The progress of the whole from that of the way forward, and from that of the way back. */
export function wholeProgress(onProgress: ((share: number) => void) | undefined) {
  return {
    forward: (share: number) => onProgress?.(FORWARD_SHARE * share),
    back: (share: number) => onProgress?.(FORWARD_SHARE + (1 - FORWARD_SHARE) * share),
  };
}
