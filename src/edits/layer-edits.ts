/** Edits of one layer: scaled, or drawn anew as PyTorch draws it. */
import { isWeightBlock, type Random, seededRandom, sourcesPerTarget, targetsPerSource } from '../graph';
import { UnsupportedModelError } from '../network';
import { type Draft, distinctBlocks, type ParameterBlock } from './draft';
import { learnedBlocks } from './perturb';
import { standardNormal } from './standard-normal';

/** Throws UnsupportedModelError where the layer has no parameters. */
function blocksOfLayer(draft: Draft, layer: number): ParameterBlock[] {
  const blocks = learnedBlocks(draft, layer);
  if (blocks.length > 0) return blocks;
  const name = draft.subject.network.layers[layer]?.name ?? `number ${layer}`;
  throw new UnsupportedModelError(
    `Layer "${name}" has no parameters`,
    draft.subject.fileName,
    'Choose another layer.',
  );
}

export async function scaleLayer(draft: Draft, factor: number, layer: number): Promise<void> {
  for (const block of blocksOfLayer(draft, layer)) await draft.map(block, (value) => factor * value);
}

/**
 * As PyTorch does when it makes a layer: weights and biases uniform within ±1/√(fan-in) (Kaiming's bound with a = √5), those of
 * recurrent layers within ±1/√(units), tables standard normal, norms 1 and 0 with statistics 0 and 1. Layer scales and the slopes
 * of PReLU, for which there is no one rule, stay.
 */
export async function reinitialiseLayer(draft: Draft, seed: number, layer: number): Promise<void> {
  blocksOfLayer(draft, layer);
  const random = seededRandom(seed);
  for (const block of distinctBlocks(draft.subject.graph)) {
    if (block.layer !== layer) continue;
    const next = initialiser(draft, block, random);
    if (next) await draft.map(block, next);
  }
}

function initialiser(draft: Draft, block: ParameterBlock, random: Random): (() => number) | undefined {
  switch (block.kind) {
    case 'embedding':
      return () => standardNormal(random);
    case 'normScale':
    case 'normVariance':
      return () => 1;
    case 'normShift':
    case 'normMean':
      return () => 0;
    case 'scale':
    case 'residual':
    case 'gate':
    case 'head':
      return undefined;
    case 'linearWeight':
    case 'convWeight':
    case 'query':
    case 'key':
    case 'value':
    case 'recurrentInput':
    case 'recurrentHidden':
    case 'bias':
    case 'queryBias':
    case 'keyBias':
    case 'valueBias': {
      const bound = 1 / Math.sqrt(Math.max(1, fanIn(draft, block)));
      return () => (2 * random() - 1) * bound;
    }
    default:
      return block.kind satisfies never;
  }
}

/** Numbers that each neuron of the block's targets adds up; of a recurrent layer, its units. */
function fanIn({ subject: { graph, network } }: Draft, { target, layer }: ParameterBlock): number {
  const feeding = graph.blocks.filter(
    (other) => other.target === target && isWeightBlock(other) && other.kind !== 'embedding',
  );
  if (feeding.some(({ kind }) => kind === 'recurrentHidden')) return graph.groups[target].count;
  const own = feeding.filter((other) => other.layer === layer);
  const { operation } = network.layers[layer];
  // PyTorch counts what a transposed convolution's kernel spreads to.
  const isTransposed = operation.kind === 'conv' && operation.isTransposed;
  const perPair = (other: (typeof feeding)[number]) =>
    (isTransposed ? targetsPerSource(other, graph.groups) : sourcesPerTarget(other, graph.groups)) *
    other.taps;
  const [first] = own.length > 0 ? own : feeding;
  if (!first) return 1;
  // Queries and keys of one node are two layers side by side, not one that adds both up.
  const together = (own.length > 0 ? own : feeding).filter(
    ({ kind, layer: at }) => kind === first.kind && at === first.layer,
  );
  return together.reduce((sum, other) => sum + perPair(other), 0);
}
