/** Edits that change every value a little: noise, rounding to few values, the way to another checkpoint. */
import { seededRandom } from '../graph';
import { UnsupportedModelError } from '../network';
import { Draft, distinctBlocks, isParameterBlock, type ParameterBlock, type Subject } from './draft';
import { weightBlocks } from './prune';
import { standardNormal } from './standard-normal';

/** Learned parameters, of one layer or all: the statistics that a norm has counted are none. */
export function learnedBlocks({ subject }: Draft, layer?: number): ParameterBlock[] {
  return distinctBlocks(subject.graph).filter(
    ({ kind, layer: own }) =>
      kind !== 'normMean' && kind !== 'normVariance' && (layer === undefined || own === layer),
  );
}

function standardDeviation(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

export async function addNoise(draft: Draft, share: number, seed: number, layer?: number): Promise<void> {
  const random = seededRandom(seed);
  for (const block of learnedBlocks(draft, layer)) {
    const deviation = share * standardDeviation(await draft.subject.read(block.values.tensor));
    await draft.map(block, (value) => value + deviation * standardNormal(random));
  }
}

/** Symmetric: zero stays zero, and the largest magnitude of a tensor or channel is kept. */
export async function quantise(
  draft: Draft,
  bits: number,
  per: 'tensor' | 'channel',
  layer?: number,
): Promise<void> {
  const most = 2 ** (bits - 1) - 1;
  const blocks = weightBlocks(draft, layer);
  // Several blocks may read one tensor, and a channel may be fed by several: one scale for all.
  const keyOf = ({ values: { tensor, rows } }: ParameterBlock, target: number) =>
    per === 'tensor' ? tensor.name : `${rows[target]} ${tensor.name}`;
  const largest = new Map<string, number>();
  for (const block of blocks) {
    const values = await draft.values(block);
    const targets = block.values.rows.length;
    const perTarget = values.length / targets;
    for (let target = 0; target < targets; target++) {
      const key = keyOf(block, target);
      let magnitude = largest.get(key) ?? 0;
      for (let edge = target * perTarget; edge < (target + 1) * perTarget; edge++) {
        magnitude = Math.max(magnitude, Math.abs(values[edge]));
      }
      largest.set(key, magnitude);
    }
  }
  for (const block of blocks) {
    const scales = Array.from(
      block.values.rows,
      (_, target) => (largest.get(keyOf(block, target)) ?? 0) / most,
    );
    await draft.map(block, (value, target) =>
      scales[target] === 0 ? value : Math.round(value / scales[target]) * scales[target],
    );
  }
}

/** Values of the other checkpoint stand where the graph has the same edges, whatever its tensors are called. */
export async function interpolate(draft: Draft, share: number, other: Subject): Promise<void> {
  const own = draft.subject.graph.blocks.filter(isParameterBlock);
  const theirs = other.graph.blocks.filter(isParameterBlock);
  const there = new Draft(other);
  if (own.length !== theirs.length) throw differ(draft, other);
  for (const [index, block] of own.entries()) {
    const values = await draft.values(block);
    const goal = await there.values(theirs[index]);
    const isSame = block.kind === theirs[index].kind && block.pattern === theirs[index].pattern;
    if (!isSame || block.taps !== theirs[index].taps || values.length !== goal.length)
      throw differ(draft, other);
    await draft.write(
      block,
      values.map((value, edge) => (1 - share) * value + share * goal[edge]),
    );
  }
}

const differ = ({ subject }: Draft, other: Subject) =>
  new UnsupportedModelError(
    `${other.fileName} has another structure`,
    subject.fileName,
    'Choose a checkpoint of the same network.',
  );
