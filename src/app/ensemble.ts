/** All metanets together: the mean of what they say, weighted by how well each does (training/metanets/ensemble.py). */
import { type Card, intervalAround } from '../metanets/card';
import type { Opinion } from '../workers/comparison-worker';

export interface Ensemble extends Pick<Card, 'name' | 'test' | 'interval' | 'edited'> {
  /** By metanet; they add up to 1. */
  readonly weights: Readonly<Record<string, number>>;
}

type Together = Pick<Opinion, 'metanet' | 'name' | 'accuracy' | 'low' | 'high' | 'r2' | 'tau'>;

/** Undefined until all have spoken. */
export function together(
  ensemble: Ensemble,
  opinions: readonly Pick<Opinion, 'metanet' | 'accuracy'>[],
  edits: readonly string[],
): Together | undefined {
  const said = new Map(opinions.map(({ metanet, accuracy }) => [metanet, accuracy]));
  let accuracy = 0;
  for (const [metanet, weight] of Object.entries(ensemble.weights)) {
    accuracy += weight * (said.get(metanet) ?? Number.NaN);
  }
  if (Number.isNaN(accuracy)) return undefined;
  const { name, test } = ensemble;
  return { metanet: 'ensemble', name, accuracy, ...intervalAround(ensemble, accuracy, edits), ...test };
}
