/**
 * Metanets with random weights and graphs of shapes that no fixture has: what tests hold every engine to the reference on.
 */
import { type GraphShape, seededRandom } from '../graph';
import { EDGE_INPUTS } from '../metanets/edge-inputs';
import { EDGE_FACTS, NODE_FACTS } from '../metanets/facts';
import { type GmnWeights, gmnWeights } from '../metanets/gmn';
import { ORDER_FEATURES } from '../metanets/order';
import { chain, makeGraph, normal } from './synthetic-graphs';

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
  return gmnWeights({ card: { config: { width, rounds } } as never, tensors });
}

export const GRAPHS: Readonly<Record<string, GraphShape>> = {
  'one node to one node': chain([1, 1], []),
  'one to many to one': chain([1, 65, 1], []),
  'odd widths, kernels of 3×3': chain([3, 7, 33, 5], [3, 3]),
  'more than a chunk in every direction': chain([66, 129, 3], []),
  'kernels larger than the basis': chain([2, 9, 4], [7, 6]),
  'flattened pictures and one axis': chain([5, 11], [13]),
  'three axes': chain([4, 6], [2, 3, 3]),
  'fifty layers': chain(Array<number>(51).fill(2), []),
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

/** Widths and rounds that gradients are tried with: the reference, which judges them, takes seconds for each. */
export const GRADIENT_SIZES = [
  { width: 16, rounds: 0 },
  { width: 16, rounds: 1 },
  { width: 16, rounds: 3 },
  { width: 48, rounds: 2 },
  { width: 64, rounds: 2 },
] as const;

/** Largest difference over largest magnitude. */
export function difference(actual: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let [largest, magnitude] = [0, 1e-30];
  for (let i = 0; i < wanted.length; i++) {
    largest = Math.max(largest, Math.abs(actual[i] - wanted[i]));
    magnitude = Math.max(magnitude, Math.abs(wanted[i]));
  }
  return largest / magnitude;
}
