/** Graphs by hand, with random values: what kernels are timed on, and tested on. */
import type { BlockShape, GraphShape, NodeGroup, Pattern } from '../graph';
import { type Random, seededRandom } from '../graph';
import { type MetanetInput, metanetInput } from '../metanets/input';

/** Normally distributed (Box and Muller). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
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
      orderedRun: index === 0 ? count : 1,
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
    ties: [],
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

/** Normal values on every edge of a graph. */
export function randomInput(graph: GraphShape, seed: number): MetanetInput {
  const random = seededRandom(seed);
  return metanetInput(
    graph,
    graph.blocks.map(({ edgeCount }) => Float32Array.from({ length: edgeCount }, () => normal(random))),
  );
}

/** A chain of dense layers with about as many pairs as wanted. */
export function probeInput(pairs: number): MetanetInput {
  const width = Math.max(1, Math.round(Math.sqrt(pairs / 2)));
  return randomInput(chain([width, width, width], []), 1);
}
