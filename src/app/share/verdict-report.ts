/** What the metanets say of the open network, as a file to take away. Shares of 1, full precision. */
import type { Edit } from '../../edits';
import type { Card } from '../../metanets/card';
import type { Verdict } from '../../tasks';
import type { Opinion } from '../../workers/comparison-worker';
import type { ModelSummary } from '../../workers/model-summary';
import { csv } from '../csv';
import { describeCard } from './describe-card';

export interface Judged {
  readonly model: ModelSummary;
  /** What the file says of its accuracy, if that is true of the network as it was judged. */
  readonly known: ModelSummary['known'];
  readonly sha256: string | undefined;
  /** What was done to the network of the file before it was judged, first to last. */
  readonly edits: readonly Edit[];
  readonly card: Card;
  readonly verdict: Verdict;
  /** Of the other metanets, and of all together. */
  readonly opinions: readonly Omit<Opinion, 'name' | 'computedOn'>[];
}

const interval = ({ accuracy, low, high }: Pick<Verdict, 'accuracy' | 'low' | 'high'>) => ({
  predicted_accuracy: accuracy,
  interval_low: low,
  interval_high: high,
});

/** One line a metanet. */
export function verdictCsv({ model, known, sha256, edits, card, verdict, opinions }: Judged): string {
  const file = { file: model.fileName, sha256, ...(edits.length > 0 && { edits: JSON.stringify(edits) }) };
  const truth = { known_accuracy: known?.accuracy, like_the_zoo: verdict.domain.isInside };
  const own = { metanet: card.metanet, ...verdict, ...card.test };
  return csv(
    [own, ...opinions].map((one) => ({
      ...file,
      metanet: one.metanet,
      ...interval(one),
      held_out_r2: one.r2,
      held_out_tau: one.tau,
      ...truth,
    })),
  );
}

export function verdictJson({ model, known, sha256, edits, card, verdict, opinions }: Judged): string {
  const { report } = model;
  const content = {
    kind: 'verdict',
    version: 1,
    file: { ...report.file, sha256 },
    edits: edits.length > 0 ? edits : undefined,
    parameters: report.parameters,
    inference: report.inference && {
      family: report.inference.family,
      assumptions: report.inference.assumptions,
    },
    known_accuracy: known,
    metanet: describeCard(card),
    ...interval(verdict),
    domain: verdict.domain,
    computed_on: verdict.computedOn,
    other_metanets: opinions.map((opinion) => ({
      metanet: opinion.metanet,
      ...interval(opinion),
      held_out_r2: opinion.r2,
      held_out_tau: opinion.tau,
    })),
  };
  return `${JSON.stringify(content, undefined, 1)}\n`;
}
