/** A ranking as a file to take away: CSV for tables, JSON with the metanet that made it. */
import type { BackendReport } from '../../workers/predictors';
import { type Cell, csv } from '../csv';
import { describeCard } from '../share/describe-card';
import type { RankedRow } from './ranked-rows';

/** One row as it is written: a name and a value each. Shares of 1, full precision. */
function record({ rank, result }: RankedRow): Record<string, Cell> {
  const { path, sha256 } = result;
  const isRanked = result.kind === 'ranked';
  const verdict = isRanked ? result.verdict : undefined;
  return {
    rank,
    file: path,
    sha256,
    predicted_accuracy: verdict?.accuracy,
    interval_low: verdict?.low,
    interval_high: verdict?.high,
    zoo: isRanked ? result.zoo : undefined,
    like_the_zoo: verdict?.domain.isInside,
    unlike_because: verdict?.domain.reasons.join('; ') || undefined,
    parameters: isRanked ? result.parameters.all : undefined,
    parameters_read: isRanked ? result.parameters.placed : undefined,
    known_accuracy: isRanked ? result.known?.accuracy : undefined,
    known_dataset: isRanked ? result.known?.dataset : undefined,
    refused_because: isRanked ? undefined : result.reason,
  };
}

export function rankingCsv(rows: readonly RankedRow[]): string {
  return csv(rows.map(record));
}

/** `backends`: of the metanets that have judged, one a zoo. */
export function rankingJson(
  rows: readonly RankedRow[],
  backends: readonly Pick<BackendReport, 'zoo' | 'card'>[],
): string {
  const metanets = Object.fromEntries(backends.map(({ zoo, card }) => [zoo, describeCard(card)]));
  return `${JSON.stringify({ metanets, networks: rows.map(record) }, null, 1)}\n`;
}
