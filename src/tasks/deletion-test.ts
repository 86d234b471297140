/**
 * Whether saliency names the weights that matter (the deletion test of Samek et al., 2017): the share of weights that a ranking
 * names first is set to zero, and as many random ones, and what the metanet says of either is compared.
 *
 * Weights are the parameters between neurons (src/graph: isWeightBlock). Biases and norms are no part of it: they are few, and a
 * network whose running variance is set to zero is not one with a weight less.
 */
import { type GraphShape, isWeightBlock, type Random } from '../graph';
import { type SalientEdge, strongestEdges } from './saliency';

export interface DeletionTest {
  /** Weights that were set to zero each time. */
  readonly removed: number;
  /** How far the predicted accuracy moved, 0 … 1: without the weights that each ranking names, and without each random choice. */
  readonly moved: readonly number[];
  readonly movedAtRandom: readonly number[];
}

export interface DeletionOptions {
  /** Share of the weights that is set to zero. */
  readonly share: number;
  /** Random choices to compare with. */
  readonly draws: number;
  readonly random: Random;
}

const sigmoid = (logit: number) => 1 / (1 + Math.exp(-logit));

/**
 * `rankings`: numbers by block and edge, of which those of the largest magnitude name a weight first. `predict`: logits of the
 * accuracies of networks of this graph with other values.
 */
export async function deletionTest(
  graph: GraphShape,
  values: readonly Float32Array[],
  rankings: readonly (readonly Float32Array[])[],
  predict: (networks: readonly (readonly Float32Array[])[]) => Promise<readonly number[]>,
  { share, draws, random }: DeletionOptions,
): Promise<DeletionTest> {
  const weights = graph.blocks.flatMap((block, index) =>
    isWeightBlock(block) ? Array.from(values[index], (_, edge) => ({ block: index, edge })) : [],
  );
  const removed = Math.max(1, Math.round(share * weights.length));
  const without = (list: readonly Pick<SalientEdge, 'block' | 'edge'>[]) => {
    const copies = values.map((part) => part.slice());
    for (const { block, edge } of list) copies[block][edge] = 0;
    return copies;
  };
  const chosen = Array.from({ length: draws }, () => without(drawn(weights, removed, random)));
  const named = rankings.map((edges) => without(strongestEdges(graph, edges, removed, isWeightBlock)));
  const [whole, ...others] = (await predict([values, ...named, ...chosen])).map(sigmoid);
  const moved = others.map((accuracy) => Math.abs(accuracy - whole));
  return { removed, moved: moved.slice(0, rankings.length), movedAtRandom: moved.slice(rankings.length) };
}

/** Some of a list, each at most once (Fisher and Yates, as far as needed). */
function drawn<Item>(list: readonly Item[], count: number, random: Random): Item[] {
  const left = [...list];
  for (let place = 0; place < count; place++) {
    const other = place + Math.floor(random() * (left.length - place));
    [left[place], left[other]] = [left[other], left[place]];
  }
  return left.slice(0, count);
}
