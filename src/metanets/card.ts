/** The card of a metanet: what it is, what it has learned from, and how far it can be trusted. Written by training/metanets/checkpoint.py. */

/**
 * Half of the width of the interval that holds the true accuracy with this probability, around a predicted accuracy p, both shares of 1:
 * halfWidth + slope · p (locally weighted split conformal, Lei et al., 2018).
 */
export interface PromisedInterval {
  readonly coverage: number;
  readonly halfWidth: number;
  readonly slope?: number;
}

/** And the share of the test networks that it holds, every tenth of their runs judged by what the other nine promise. */
export interface CardInterval extends PromisedInterval {
  readonly testCoverage: number;
}

export interface Card {
  /** Which metanet it is, and the name that people know it by. */
  readonly metanet: string;
  readonly name: string;
  /** Widths, rounds, …: what the metanet's weights are shaped by. */
  readonly config: Readonly<Record<string, number>>;
  /** What the zoo's networks do, and the zoo itself. */
  readonly task: { readonly dataset: string; readonly inputs: number; readonly outputs: number };
  readonly zoo: string;
  readonly networks: { readonly train: number; readonly validation: number; readonly test: number };
  /** Held-out quality. */
  readonly test: { readonly r2: number; readonly tau: number; readonly meanAbsoluteError: number };
  readonly interval: CardInterval;
  /** Quality on networks that were edited as people edit them (training/zoo/edits.py), where the zoo has such. */
  readonly edited?: {
    readonly networks: { readonly train: number; readonly validation: number; readonly test: number };
    readonly test: Card['test'];
    /** Whatever the edit was, and by its kind. */
    readonly interval: CardInterval;
    readonly kinds: Readonly<Record<string, CardInterval>>;
  };
  /** Beyond the threshold a network is unlike the zoo: of the embedding's distance, and of the logit that tells outliers. */
  readonly domain: {
    readonly threshold: number;
    readonly outlierThreshold?: number;
    readonly quantile: number;
  };
  /** Accuracies of the zoo's networks: shares of bins of .02 from 0 to 1. */
  readonly accuracies: readonly number[];
  readonly command: string;
  readonly date: string;
}

type Promises = Pick<Card, 'interval'> & {
  readonly edited?: Pick<NonNullable<Card['edited']>, 'interval' | 'kinds'>;
};

export const halfWidthAt = ({ halfWidth, slope = 0 }: PromisedInterval, accuracy: number): number =>
  halfWidth + slope * accuracy;

/**
 * The interval around a predicted accuracy, 0 … 1, of a network that was edited in these ways (training/zoo/edits.py: KINDS): the
 * widest of their own, where the card knows them.
 */
export function intervalAround(
  { interval, edited }: Promises,
  accuracy: number,
  edits: readonly string[],
): { readonly low: number; readonly high: number } {
  const known = edited ? edits.map((kind) => edited.kinds[kind] ?? edited.interval) : [];
  const halfWidth = Math.max(...[interval, ...known].map((one) => halfWidthAt(one, accuracy)));
  return { low: Math.max(0, accuracy - halfWidth), high: Math.min(1, accuracy + halfWidth) };
}
