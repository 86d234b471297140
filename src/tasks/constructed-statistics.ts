/** StatNN's statistics of every tensor twice: as StatNN reads them, and as a constructed metanet adds them up. */
import { isWeightBlock } from '../graph';
import { constructedStatistics } from '../metanets/constructed';
import type { MetanetInput } from '../metanets/input';
import { holdsParameters } from '../metanets/parameters';
import { statnnStatistics } from '../metanets/statnn';
import { largestDifference } from './forward-pass';

export interface ComparedStatistics {
  /** The edge block's number. */
  readonly block: number;
  /** Mean, variance, minimum, quartiles, maximum. */
  readonly expected: readonly number[];
  readonly constructed: readonly number[];
  /** The largest, as a share of the tensor's largest statistic. */
  readonly difference: number;
}

/** Of every tensor that StatNN reads, weights first. `onProgress` is told the share of the values that is done. */
export function compareStatistics(
  { graph, values }: Pick<MetanetInput, 'graph' | 'values'>,
  onProgress?: (share: number) => void,
): ComparedStatistics[] {
  const all = [...graph.blocks.keys()].filter(
    (block) => holdsParameters(graph.blocks[block]) && values[block].length > 0,
  );
  const blocks = [true, false].flatMap((isWeight) =>
    all.filter((block) => isWeightBlock(graph.blocks[block]) === isWeight),
  );
  const total = blocks.reduce((sum, block) => sum + values[block].length, 0);
  let done = 0;
  return blocks.map((block) => {
    const [expected, constructed] = [statnnStatistics(values[block]), constructedStatistics(values[block])];
    done += values[block].length;
    onProgress?.(done / total);
    return { block, expected, constructed, difference: largestDifference(constructed, expected) };
  });
}
