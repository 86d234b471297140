/** A ranking as a file to take away: CSV for tables, JSON with the metanet that made it. */
import type { Card } from '../../metanets/checkpoint';
import type { RankedRow } from './ranked-rows';

type Cell = string | number | boolean | undefined;

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
    like_the_zoo: verdict?.domain.isInside,
    unlike_because: verdict?.domain.reasons.join('; ') || undefined,
    parameters: isRanked ? result.parameters.all : undefined,
    parameters_read: isRanked ? result.parameters.placed : undefined,
    known_accuracy: isRanked ? result.known?.accuracy : undefined,
    known_dataset: isRanked ? result.known?.dataset : undefined,
    refused_because: isRanked ? undefined : result.reason,
  };
}

/** RFC 4180: quotes where there is something to quote. */
const quoted = (cell: Cell) => {
  const text = String(cell ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

export function rankingCsv(rows: readonly RankedRow[]): string {
  const records = rows.map(record);
  const lines = records.map((one) => Object.values(one).map(quoted).join(','));
  return [Object.keys(records[0] ?? {}).join(','), ...lines, ''].join('\r\n');
}

export function rankingJson(rows: readonly RankedRow[], card: Card): string {
  const { metanet, name, zoo, task, interval, command, date } = card;
  const made = {
    metanet,
    name,
    zoo,
    dataset: task.dataset,
    intervalCoverage: interval.coverage,
    command,
    date,
  };
  return `${JSON.stringify({ metanet: made, networks: rows.map(record) }, null, 1)}\n`;
}
