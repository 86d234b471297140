/**
 * Metanets with random weights and graphs of shapes that no fixture has: what tests hold every engine to the reference on.
 */
import type { BlockShape, GraphShape, NodeGroup, Pattern } from '../graph';
import { type Random, seededRandom } from '../graph';
import { EDGE_INPUTS } from '../metanets/edge-inputs';
import { EDGE_FACTS, NODE_FACTS } from '../metanets/facts';
import { type GmnWeights, gmnWeights } from '../metanets/gmn';
import { type MetanetInput, metanetInput } from '../metanets/input';
import { ORDER_FEATURES } from '../metanets/order';

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A GMN of a width with random weights, each of a size that keeps states near one. */
export function randomWeights(width: number, rounds: number): GmnWeights {
  const random = seededRandom(width);
  const tensors = new Map<string, Float32Array>();
  const fill = (name: string, length: number, scale: number, mean = 0) =>
    tensors.set(
      name,
      Float32Array.from({ length }, () => mean + scale * normal(random)),
    );
  const linear = (name: string, inputs: number, outputs: number, hasBias = true) => {
    fill(`${name}.weight`, inputs * outputs, inputs ** -0.5);
    if (hasBias) fill(`${name}.bias`, outputs, 0.1);
  };
  for (const [name, inputs, facts] of [
    ['edge_encoder', EDGE_INPUTS, EDGE_FACTS],
    ['node_encoder', ORDER_FEATURES, NODE_FACTS],
  ] as const) {
    linear(`${name}.input`, inputs, width, false);
    linear(`${name}.facts`, facts, width);
    linear(`${name}.output`, width, width);
  }
  for (let round = 0; round < rounds; round++) {
    const name = `rounds.${round}`;
    fill(`${name}.node_norm.weight`, width, 0.2, 1);
    fill(`${name}.edge_norm.weight`, width, 0.2, 1);
    linear(`${name}.source`, width, width, false);
    linear(`${name}.target`, width, width, false);
    linear(`${name}.edge`, width, width);
    linear(`${name}.edge_step`, width, width);
    linear(`${name}.node_hidden`, 4 * width, width);
    linear(`${name}.node_step`, width, width);
  }
  for (const name of ['before', 'after']) {
    linear(`${name}.block`, 2 * width, width);
    linear(`${name}.group`, 2 * width, width);
    linear(`${name}.token`, width, width);
    linear(`${name}.embedding`, 4 * width, 2 * width);
    linear(`${name}.output`, 2 * width, 3);
  }
  return gmnWeights({ card: { width, rounds } as never, tensors });
}

interface Link {
  readonly source: number;
  readonly target: number;
  readonly pattern: Pattern;
  readonly groups: number;
  readonly tapShape: readonly number[];
}

/** A graph by hand: groups of the given sizes, one depth each, and the given links. */
export function makeGraph(sizes: readonly number[], links: readonly Link[]): GraphShape {
  let first = 0;
  const groups = sizes.map((count, index): NodeGroup => {
    first += count;
    return {
      kind: index === 0 ? 'input' : 'neuron',
      name: `layer ${index}`,
      first: first - count,
      count,
      isOrdered: index === 0,
      isInput: index === 0,
      isOutput: index === sizes.length - 1,
      depth: Math.min(index, 5),
      activation: 'relu',
      norm: 'none',
      pool: 'none',
      globalPool: 'none',
      positions: 1,
    };
  });
  let [firstEdge, firstPair] = [0, 0];
  const blocks = links.map(({ source, target, pattern, groups: parts, tapShape }, layer): BlockShape => {
    const taps = tapShape.reduce((total, size) => total * size, 1);
    const pairCount = pattern === 'diagonal' ? sizes[target] : (sizes[target] * sizes[source]) / parts;
    const block: BlockShape = {
      kind: pattern === 'diagonal' ? 'residual' : 'convWeight',
      name: `block ${layer}`,
      source,
      target,
      pattern,
      groups: parts,
      taps,
      tapShape,
      stride: 1,
      tensorName: undefined,
      firstEdge,
      edgeCount: pairCount * taps,
      firstPair,
      pairCount,
      layer,
    };
    firstEdge += block.edgeCount;
    firstPair += pairCount;
    return block;
  });
  return {
    groups,
    blocks,
    nodeCount: first,
    edgeCount: firstEdge,
    pairCount: firstPair,
    depth: 5,
    parameters: { placed: firstEdge, all: firstEdge },
    unplaced: [],
    isInferred: false,
  };
}

export const chain = (sizes: readonly number[], tapShape: readonly number[]): GraphShape =>
  makeGraph(
    sizes,
    sizes
      .slice(1)
      .map((_, index) => ({ source: index, target: index + 1, pattern: 'dense', groups: 1, tapShape })),
  );

export const GRAPHS: Readonly<Record<string, GraphShape>> = {
  'one node to one node': chain([1, 1], []),
  'one to many to one': chain([1, 65, 1], []),
  'odd widths, kernels of 3×3': chain([3, 7, 33, 5], [3, 3]),
  'more than a chunk in every direction': chain([64, 129, 66], []),
  'kernels larger than the basis': chain([2, 9, 4], [7, 6]),
  'flattened pictures and one axis': chain([5, 11], [13]),
  'three axes': chain([4, 6], [2, 3, 3]),
  'grouped and diagonal': makeGraph(
    [6, 12, 12, 4],
    [
      { source: 0, target: 1, pattern: 'grouped', groups: 3, tapShape: [3] },
      { source: 1, target: 2, pattern: 'diagonal', groups: 1, tapShape: [] },
      { source: 2, target: 3, pattern: 'grouped', groups: 2, tapShape: [] },
      { source: 0, target: 3, pattern: 'dense', groups: 1, tapShape: [] },
    ],
  ),
  'two blocks between the same groups': makeGraph(
    [5, 8],
    [
      { source: 0, target: 1, pattern: 'dense', groups: 1, tapShape: [] },
      { source: 0, target: 1, pattern: 'dense', groups: 1, tapShape: [3, 3] },
    ],
  ),
};

/** Normal values on every edge of a graph. */
export function randomInput(graph: GraphShape, seed: number): MetanetInput {
  const random = seededRandom(seed);
  return metanetInput(
    graph,
    graph.blocks.map(({ edgeCount }) => Float32Array.from({ length: edgeCount }, () => normal(random))),
  );
}

/** Largest difference over largest magnitude. */
export function difference(actual: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let [largest, magnitude] = [0, 1e-30];
  for (let i = 0; i < wanted.length; i++) {
    largest = Math.max(largest, Math.abs(actual[i] - wanted[i]));
    magnitude = Math.max(magnitude, Math.abs(wanted[i]));
  }
  return largest / magnitude;
}
