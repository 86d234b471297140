/**
 * Which of a network's weights a prediction hangs on: gradient × value of every parameter, the gradient being that of the logit
 * of the predicted accuracy (src/metanets/gmn/gradient.ts).
 *
 * The product is what the logit would lose, to first order, if the parameter were set to zero: its sign says which way. Sums of
 * products keep that meaning; sums of their magnitudes say how much hangs on a neuron or layer even where effects cancel.
 */
import type { BlockShape, GraphShape } from '../graph';
import type { GmnGradient } from '../metanets/gmn/gradient';
import { forEachPair } from '../metanets/pairs';
import { holdsParameters } from '../metanets/parameters';

export interface SaliencySums {
  /** Sums of |gradient × value|, and of gradient × value. */
  readonly magnitude: Float64Array;
  readonly net: Float64Array;
}

export interface Saliency {
  /** Logit of the predicted accuracy. */
  readonly logit: number;
  /** Per block gradient × value of every edge, [edgeCount]; 0 on edges that hold no parameter (residuals, gates, heads). */
  readonly edges: readonly Float32Array[];
  /** Of every node's own parameters, those on the edges into it: [nodeCount]. */
  readonly neurons: SaliencySums;
  /** Of every layer's parameters, by the layer's number (BlockShape.layer). */
  readonly layers: SaliencySums;
}

/** One edge: its block's number, and its own within the block. */
export interface SalientEdge {
  readonly block: number;
  readonly edge: number;
  /** gradient × value */
  readonly saliency: number;
}

const emptySums = (count: number): SaliencySums => ({
  magnitude: new Float64Array(count),
  net: new Float64Array(count),
});

/** Saliency of a network from the gradient of its prediction. */
export function saliencyOf(
  graph: GraphShape,
  values: readonly Float32Array[],
  gradient: GmnGradient,
): Saliency {
  const edges = graph.blocks.map((block, index) =>
    holdsParameters(block)
      ? Float32Array.from(gradient.values[index], (slope, edge) => slope * values[index][edge])
      : new Float32Array(block.edgeCount),
  );
  const neurons = emptySums(graph.nodeCount);
  const layers = emptySums(graph.blocks.reduce((most, { layer }) => Math.max(most, layer + 1), 0));
  graph.blocks.forEach((block, index) => {
    forEachPair(block, graph, (pair, _, target) => {
      const first = (pair - block.firstPair) * block.taps;
      for (let edge = first; edge < first + block.taps; edge++) {
        const saliency = edges[index][edge];
        neurons.net[target] += saliency;
        layers.net[block.layer] += saliency;
        neurons.magnitude[target] += Math.abs(saliency);
        layers.magnitude[block.layer] += Math.abs(saliency);
      }
    });
  });
  return { logit: gradient.logit, edges, neurons, layers };
}

/**
 * The `count` edges with the largest magnitudes, largest first; of equal ones those that come first in the graph. `isWanted`
 * picks the blocks that they may be of.
 */
export function strongestEdges(
  { blocks }: GraphShape,
  edges: readonly Float32Array[],
  count: number,
  isWanted: (block: BlockShape) => boolean = holdsParameters,
): SalientEdge[] {
  const wanted = blocks.flatMap((block, index) => (isWanted(block) ? [index] : []));
  const magnitudes = new Float32Array(wanted.reduce((total, block) => total + edges[block].length, 0));
  let place = 0;
  for (const block of wanted) {
    for (const saliency of edges[block]) magnitudes[place++] = Math.abs(saliency);
  }
  const kept = Math.min(count, magnitudes.length);
  if (kept === 0) return [];
  magnitudes.sort();
  const threshold = magnitudes[magnitudes.length - kept];
  const [above, level]: [SalientEdge[], SalientEdge[]] = [[], []];
  for (const block of wanted) {
    edges[block].forEach((saliency, edge) => {
      if (Math.abs(saliency) > threshold) above.push({ block, edge, saliency });
      else if (Math.abs(saliency) === threshold && level.length < kept) level.push({ block, edge, saliency });
    });
  }
  above.sort((a, b) => Math.abs(b.saliency) - Math.abs(a.saliency));
  return [...above, ...level.slice(0, kept - above.length)];
}
