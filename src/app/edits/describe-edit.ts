/** An edit in words, as one tells somebody what was done. */
import type { Edit } from '../../edits';
import type { ModelSummary } from '../../workers/model-summary';
import { formatPercent, formatValue } from '../format';

export function describeEdit(edit: Edit, { layers, graph }: ModelSummary): string {
  const group = (index: number) => graph.groups[index]?.name ?? `group ${index + 1}`;
  const layer = (index: number | undefined) =>
    index === undefined ? 'all layers' : (layers[index]?.name ?? `layer ${index + 1}`);
  switch (edit.kind) {
    case 'prune':
      return `${formatPercent(edit.share)} pruned by ${edit.score ? 'saliency' : 'magnitude'}, ${layer(edit.layer)}`;
    case 'noise':
      return `noise of ${formatPercent(edit.share)} added, ${layer(edit.layer)}`;
    case 'quantise':
      return `${edit.bits} bits per ${edit.per}, ${layer(edit.layer)}`;
    case 'scale':
      return `${layer(edit.layer)} × ${formatValue(edit.factor)}`;
    case 'reinitialise':
      return `${layer(edit.layer)} reinitialised`;
    case 'interpolate':
      return `${formatPercent(edit.share)} of the way to ${edit.checkpoint}`;
    case 'permute':
      return edit.group === undefined
        ? 'all neurons shuffled'
        : `${group(edit.group)} ${edit.factor === undefined ? 'shuffled' : 'shuffled in part'}`;
    case 'permute-one-side':
      return `${group(edit.group)} shuffled wrongly`;
    case 'rescale':
      return `${group(edit.group)} rescaled`;
    case 'flip-signs':
      return `signs of ${group(edit.group)} flipped`;
    default:
      return edit satisfies never;
  }
}
