/** The results of a ranking, in their order. */
import type { RankResult } from '../../tasks';

export interface RankedRow {
  /** 1 for the best. Networks that are unlike the zoo have none: their numbers mean little. */
  readonly rank: number | undefined;
  /** Place in the whole list: the zoo's kind by predicted accuracy, then the others, then what was refused. */
  readonly place: number;
  readonly result: RankResult;
}

/** 0: judged, 1: judged with doubt, 2: refused. */
function tier(result: RankResult): number {
  return result.kind === 'refused' ? 2 : result.verdict.domain.isInside ? 0 : 1;
}

const { compare } = new Intl.Collator('en', { numeric: true });

const accuracyOf = (result: RankResult) => (result.kind === 'ranked' ? result.verdict.accuracy : 0);

export function rankedRows(results: readonly RankResult[]): RankedRow[] {
  return [...results]
    .sort((a, b) => tier(a) - tier(b) || accuracyOf(b) - accuracyOf(a) || compare(a.path, b.path))
    .map((result, index) => ({
      rank: tier(result) === 0 ? index + 1 : undefined,
      place: index + 1,
      result,
    }));
}
