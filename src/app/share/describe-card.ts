/** Which metanet has spoken, for files that are taken away. */
import type { Card } from '../../metanets/card';

export function describeCard({ metanet, name, zoo, task, interval, command, date }: Card) {
  const { dataset } = task;
  return { metanet, name, zoo, dataset, intervalCoverage: interval.coverage, command, date };
}
