/** Symmetries of scale: a factor on every neuron that what reads it takes back. */
import { ELEMENT_BYTES } from '../formats/tensor';
import { seededRandom } from '../graph';
import { UnsupportedModelError } from '../network';
import { type Factor, ObstacleError } from './channel-paths';
import type { Draft } from './draft';
import { pathsOf, scalableBlocks } from './freedoms';

async function scaleGroup(draft: Draft, group: number, factor: Factor, factors: Float64Array): Promise<void> {
  const { network, graph, fileName } = draft.subject;
  try {
    const { writers, readers } = scalableBlocks(network, graph, pathsOf(network), group, factor);
    for (const block of writers) await draft.map(block, (value, target) => value * factors[target]);
    for (const block of readers) await draft.map(block, (value, _, source) => value / factors[source]);
  } catch (error) {
    if (!(error instanceof ObstacleError)) throw error;
    const name = graph.groups[group]?.name ?? `number ${group}`;
    throw new UnsupportedModelError(
      `"${name}" cannot be scaled without a trace: the group ${error.message}`,
      fileName,
      'Choose another group.',
    );
  }
}

/** Factors uniform on a logarithmic scale; powers of two, which lose no digits, where weights are stored in half precision. */
export async function rescale(draft: Draft, seed: number, group: number, largest: number): Promise<void> {
  const random = seededRandom(seed);
  const { count } = groupOf(draft, group);
  const isShort = draft.subject.graph.blocks.some(
    ({ values, source, target }) =>
      values.kind === 'tensor' &&
      (source === group || target === group) &&
      ELEMENT_BYTES[values.tensor.type] < 4,
  );
  const factors = Float64Array.from({ length: count }, () => {
    const exponent = Math.log2(largest) * (2 * random() - 1);
    return 2 ** (isShort ? Math.round(exponent) : exponent);
  });
  await scaleGroup(draft, group, 'positive', factors);
}

/** The first neuron always, the others as a coin falls. */
export async function flipSigns(draft: Draft, seed: number, group: number): Promise<void> {
  const random = seededRandom(seed);
  const { count } = groupOf(draft, group);
  const factors = Float64Array.from({ length: count }, (_, node) => (node === 0 || random() < 0.5 ? -1 : 1));
  await scaleGroup(draft, group, 'negative', factors);
}

function groupOf({ subject: { graph, fileName } }: Draft, group: number) {
  const found = graph.groups[group];
  if (found) return found;
  throw new UnsupportedModelError(`The network has no group ${group}`, fileName, 'Choose another group.');
}
