/** Edits that move neurons: symmetries, which leave what the network computes as it is, and moves of one side, which do not. */
import { type GraphShape, permuteBlockValues, randomSymmetry, seededRandom } from '../graph';
import { UnsupportedModelError } from '../network';
import { type Draft, isParameterBlock, type ParameterBlock } from './draft';
import { permutability, type Verdict } from './freedoms';

/** Seeds tried until a permutation moves something: of two neurons, every other one does not. */
const MAX_DRAWS = 64;

function check(draft: Draft, verdict: Verdict): void {
  if (verdict.isAllowed) return;
  throw new UnsupportedModelError(
    `These neurons cannot be permuted: ${verdict.why}`,
    draft.subject.fileName,
    'Choose another group.',
  );
}

/** The symmetry of a seed: one that moves at least one node; undefined where the graph has none. Shape as `randomSymmetry`. */
export function symmetryOf(
  graph: GraphShape,
  seed: number,
  group?: number,
  factor?: number,
): Int32Array | undefined {
  const random = seededRandom(seed);
  for (let draw = 0; draw < MAX_DRAWS; draw++) {
    const permutation = randomSymmetry(graph, random, group, factor);
    if (permutation.some((to, node) => to !== node)) return permutation;
  }
  return undefined;
}

function drawSymmetry(draft: Draft, seed: number, group?: number, factor?: number): Int32Array {
  const { graph, network } = draft.subject;
  if (group !== undefined) check(draft, permutability(network, graph, group, factor));
  const permutation = symmetryOf(graph, seed, group, factor);
  if (permutation) return permutation;
  throw new UnsupportedModelError(
    'No neurons of this network can change places',
    draft.subject.fileName,
    'Choose another edit.',
  );
}

async function move(draft: Draft, block: ParameterBlock, permutation: Int32Array): Promise<void> {
  const { graph } = draft.subject;
  await draft.write(block, permuteBlockValues(block, graph, permutation, await draft.values(block)));
}

/** Groups with nodes that a permutation moves. */
function movedGroups({ subject: { graph } }: Draft, permutation: Int32Array): ReadonlySet<number> {
  const moved = new Set<number>();
  graph.groups.forEach(({ first, count }, group) => {
    for (let node = first; node < first + count; node++) if (permutation[node] !== node) moved.add(group);
  });
  return moved;
}

export async function permute(draft: Draft, seed: number, group?: number, factor?: number): Promise<void> {
  const permutation = drawSymmetry(draft, seed, group, factor);
  const moved = movedGroups(draft, permutation);
  for (const block of draft.subject.graph.blocks) {
    const isTouched = moved.has(block.source) || moved.has(block.target);
    if (isTouched && isParameterBlock(block)) await move(draft, block, permutation);
  }
}

/**
 * Moves what writes a group and leaves what reads it; of a group that only constants write, the other way round. Nothing reads
 * queries and keys but each other: of these the keys are left.
 */
export async function permuteOneSide(draft: Draft, seed: number, group: number): Promise<void> {
  const { graph } = draft.subject;
  const symmetry = drawSymmetry(draft, seed, group);
  const { first, count } = graph.groups[group];
  const permutation = Int32Array.from(symmetry, (to, node) =>
    node >= first && node < first + count ? to : node,
  );
  const isKey = ({ kind }: ParameterBlock) => kind === 'key' || kind === 'keyBias';
  const parameters = graph.blocks.filter(isParameterBlock);
  const writers = parameters.filter(
    (block) => block.target === group && block.source !== group && !isKey(block),
  );
  const readers = parameters.filter((block) => block.source === group && block.target !== group);
  for (const block of writers.length > 0 ? writers : readers) await move(draft, block, permutation);
}
