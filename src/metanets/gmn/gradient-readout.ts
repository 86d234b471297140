/**
 * The GMN's readout backwards: from the logit of the accuracy (output 0) to the states of pairs and nodes that were pooled. Like
 * the readout itself it is small, and always runs here, whatever computed the states.
 *
 * Mean m and deviation s of n states x move with each of them: ∂L/∂x = dm/n + ds/(n·s) · (x − m). That is linear in x, so it
 * is handed on as three numbers per segment and channel: offset dm/n, slope ds/(n·s), and m.
 */
import { type GraphShape, isCarrier } from '../../graph';
import { type Floats, linear } from '../linear-algebra';
import { backwards, siluGradient, siluSlope } from './gradient-algebra';
import { endDepths, type PooledStates, readoutSteps } from './readout';
import type { GmnWeights, ReadoutWeights } from './weights';

/** [blocks, 3·H] and [groups, 3·H]: offset, slope and mean of each segment's gradient. */
export interface PoolGradient {
  readonly blocks: Float64Array;
  readonly groups: Float64Array;
}

/** Gradient of output 0 of one readout with respect to the means and deviations: [blocks, 2·H] and [groups, 2·H]. */
function pooledGradient(
  weights: ReadoutWeights,
  graph: GraphShape,
  pooled: PooledStates,
  width: number,
): PooledStates {
  const steps = readoutSteps(weights, graph, pooled, width);
  const depths = graph.depth + 1;
  const embedding = steps.embedding.map((z, k) => weights.output.weight[k] * siluSlope(z));
  const read = linear(embedding, backwards(weights.embedding), 'float64');
  const tokens = Float64Array.from(steps.tokens, (_, i) => read[i % width] / depths);
  endDepths(graph).forEach((depth, place) => {
    for (let k = 0; k < width; k++) tokens[depth * width + k] += read[(place + 1) * width + k];
  });
  const total = linear(siluGradient(tokens, steps.tokens), backwards(weights.token), 'float64');
  const ofDepths = (rows: readonly (number | undefined)[]) => {
    const gradients = new Float64Array(rows.length * width);
    rows.forEach((depth, row) => {
      if (depth === undefined) return;
      gradients.set(total.subarray(depth * width, (depth + 1) * width), row * width);
    });
    return gradients;
  };
  const blocks = ofDepths(graph.blocks.map(({ target }) => graph.groups[target].depth));
  const groups = ofDepths(graph.groups.map(({ kind, depth }) => (isCarrier(kind) ? undefined : depth)));
  return {
    blocks: linear(siluGradient(blocks, steps.blocks), backwards(weights.block), 'float64'),
    groups: linear(siluGradient(groups, steps.groups), backwards(weights.group), 'float64'),
  };
}

/** Offset, slope and mean of every segment: [segments, 3·H]. */
function linearInStates(pooled: Floats, gradient: Floats, counts: readonly number[], width: number) {
  const rows = new Float64Array(counts.length * 3 * width);
  counts.forEach((count, segment) => {
    const [from, to, n] = [segment * 2 * width, segment * 3 * width, Math.max(1, count)];
    for (let k = 0; k < width; k++) {
      rows[to + k] = gradient[from + k] / n;
      rows[to + width + k] = gradient[from + width + k] / (n * pooled[from + width + k]);
      rows[to + 2 * width + k] = pooled[from + k];
    }
  });
  return rows;
}

function poolGradient(
  weights: ReadoutWeights,
  graph: GraphShape,
  pooled: PooledStates,
  width: number,
): PoolGradient {
  const { blocks, groups } = pooledGradient(weights, graph, pooled, width);
  const pairCounts = graph.blocks.map(({ pairCount }) => pairCount);
  const nodeCounts = graph.groups.map(({ count }) => count);
  return {
    blocks: linearInStates(pooled.blocks, blocks, pairCounts, width),
    groups: linearInStates(pooled.groups, groups, nodeCounts, width),
  };
}

/** Gradients with respect to the states before the first round and after the last; without rounds there is no second. */
export function readOutGradient(
  weights: GmnWeights,
  graph: GraphShape,
  before: PooledStates,
  after: PooledStates,
): { readonly before: PoolGradient; readonly after: PoolGradient | undefined } {
  return {
    before: poolGradient(weights.before, graph, before, weights.width),
    after: weights.after && poolGradient(weights.after, graph, after, weights.width),
  };
}

/** Adds a pool's gradient to that of the states that it was made of. */
export function addPoolGradient(
  gradient: Floats,
  states: Floats,
  segments: readonly { first: number; count: number }[],
  rows: Float64Array,
  width: number,
): void {
  segments.forEach(({ first, count }, segment) => {
    const [offset, slope, mean] = [0, 1, 2].map((part) => (segment * 3 + part) * width);
    for (let row = first; row < first + count; row++) {
      for (let k = 0; k < width; k++) {
        const at = row * width + k;
        gradient[at] += rows[offset + k] + rows[slope + k] * (states[at] - rows[mean + k]);
      }
    }
  });
}
