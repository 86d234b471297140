/** Sets weights to 0, those that matter least first. */
import { isWeightBlock } from '../graph';
import { UnsupportedModelError } from '../network';
import { type Draft, distinctBlocks, type ParameterBlock } from './draft';

/** By block of the graph, a number for each of its edges, [edgeCount]; lower ones are pruned first. */
export type Scores = readonly (Float32Array | undefined)[];

/** Weights of one layer or of all, biases and norms apart. */
export function weightBlocks({ subject }: Draft, layer: number | undefined): ParameterBlock[] {
  return distinctBlocks(subject.graph).filter(
    (block) => isWeightBlock(block) && (layer === undefined || block.layer === layer),
  );
}

/** Prunes `share` of the weights; `scores` instead of magnitudes. */
export async function prune(draft: Draft, share: number, layer?: number, scores?: Scores): Promise<void> {
  const blocks = weightBlocks(draft, layer);
  const keys: Uint32Array[] = [];
  for (const block of blocks) {
    const values = await draft.values(block);
    const given = scores?.[draft.subject.graph.blocks.indexOf(block)];
    if (scores && given?.length !== values.length) {
      throw new UnsupportedModelError(
        `There is no score for every weight of "${block.name}"`,
        draft.subject.fileName,
        'Compute the scores for this network first.',
      );
    }
    keys.push(given ? sortable(given) : sortable(values.map(Math.abs)));
  }
  const total = keys.reduce((sum, { length }) => sum + length, 0);
  const count = Math.round(share * total);
  const { key: limit, below } = keyOfRank(keys, count);
  // Of those with the very key of the last one, the first ones, so that the count is exact.
  let equal = count - below;
  for (const [index, block] of blocks.entries()) {
    const values = new Float32Array(await draft.values(block));
    let isTouched = false;
    keys[index].forEach((key, edge) => {
      if (key > limit || (key === limit && equal-- <= 0)) return;
      values[edge] = 0;
      isTouched = true;
    });
    if (isTouched) await draft.write(block, values);
  }
}

/** Whole numbers in the order of the floats: their bits, with those of negative ones turned round. */
function sortable(values: Float32Array): Uint32Array {
  const bits = new Uint32Array(new Float32Array(values).buffer);
  return bits.map((word) => (word >>> 31 ? ~word : word | 0x80000000));
}

/** The key that `count` keys do not exceed, ties apart, and how many are below it. */
function keyOfRank(lists: readonly Uint32Array[], count: number): { key: number; below: number } {
  if (count === 0) return { key: 0, below: 0 };
  const high = findBucket(lists, count, (key) => key >>> 16);
  const low = findBucket(lists, count - high.below, (key) =>
    key >>> 16 === high.bucket ? key & 0xffff : undefined,
  );
  return { key: high.bucket * 65536 + low.bucket, below: high.below + low.below };
}

/** The bucket that holds the key with this rank (from 1), and how many are in the ones before. */
function findBucket(
  lists: readonly Uint32Array[],
  rank: number,
  bucketOf: (key: number) => number | undefined,
): { bucket: number; below: number } {
  const counts = new Float64Array(65536);
  for (const list of lists) {
    for (const key of list) {
      const bucket = bucketOf(key);
      if (bucket !== undefined) counts[bucket]++;
    }
  }
  let below = 0;
  let bucket = 0;
  while (below + counts[bucket] < rank) below += counts[bucket++];
  return { bucket, below };
}
