/**
 * The GMN's readout: from the mean and deviation of every block and group to the outputs. It is small (one row per block),
 * so it always runs here, whatever computed the states.
 *
 *   t_d = σ(T·(Σ_blocks leading to depth d σ(Φ·[mean, deviation]) + Σ_groups at depth d σ(Ψ·[mean, deviation])))
 *   z   = σ(M·[mean over d of t_d, t_1, t_(D−1), t_D])        outputs = O·z
 *
 * Nodes that only carry parameters (biases, norms, heads) are left out of the second sum. Two readouts are added: one on
 * the encodings, before any message, one after the last round; and what a small network (../feature-mlp) makes of the graph's global
 * features: how its weights are arranged (../arrangement). No message can tell that: a node hears its neighbours, and never compares two
 * neurons of a layer with each other, as spectra do.
 */
import { type GraphShape, isCarrier } from '../../graph';
import { arrangement } from '../arrangement';
import { runFeatureMlp } from '../feature-mlp';
import type { MetanetInput } from '../input';
import { type Floats, linear, silu } from '../linear-algebra';
import type { MetanetOutput } from '../output';
import type { GmnWeights, ReadoutWeights } from './weights';

/** [blocks, 2·H] and [groups, 2·H]: mean and deviation of the states. */
export interface PooledStates {
  readonly blocks: Floats;
  readonly groups: Floats;
}

/** Every layer of a readout before its activation. */
export interface ReadoutSteps {
  /** [blocks, H], [groups, H], [depths, H], [2·H] */
  readonly blocks: Floats;
  readonly groups: Floats;
  readonly tokens: Floats;
  readonly embedding: Floats;
}

/** The first depth, the last hidden one, the outputs'. */
export const endDepths = ({ depth }: GraphShape) => [Math.min(1, depth), Math.max(depth - 1, 0), depth];

export function readoutSteps(
  weights: ReadoutWeights,
  graph: GraphShape,
  pooled: PooledStates,
  width: number,
): ReadoutSteps {
  const depths = graph.depth + 1;
  const total = new Float64Array(depths * width);
  const blocks = linear(pooled.blocks, weights.block, 'float64');
  graph.blocks.forEach(({ target }, block) => {
    const { depth } = graph.groups[target];
    for (let k = 0; k < width; k++) total[depth * width + k] += silu(blocks[block * width + k]);
  });
  const groups = linear(pooled.groups, weights.group, 'float64');
  graph.groups.forEach(({ kind, depth }, group) => {
    if (isCarrier(kind)) return;
    for (let k = 0; k < width; k++) total[depth * width + k] += silu(groups[group * width + k]);
  });
  const tokens = linear(total, weights.token, 'float64');
  const activated = tokens.map(silu);
  const read = new Float64Array(4 * width);
  for (let i = 0; i < activated.length; i++) read[i % width] += activated[i] / depths;
  endDepths(graph).forEach((depth, place) => {
    read.set(activated.subarray(depth * width, (depth + 1) * width), (place + 1) * width);
  });
  return { blocks, groups, tokens, embedding: linear(read, weights.embedding, 'float64') };
}

function readOne(
  weights: ReadoutWeights,
  graph: GraphShape,
  pooled: PooledStates,
  width: number,
): Omit<ReadoutPart, 'source'> {
  const embedding = readoutSteps(weights, graph, pooled, width).embedding.map(silu);
  return { outputs: linear(embedding, weights.output, 'float64'), embedding };
}

/** Part of the readout: what it is of, what it adds to the outputs, and to the embedding. */
export interface ReadoutPart {
  readonly source: 'encodings' | 'last states' | 'global features';
  readonly outputs: Floats;
  readonly embedding: Floats;
}

/** All parts; the second and the third are not in every metanet. */
export function readoutParts(
  weights: GmnWeights,
  input: MetanetInput,
  before: PooledStates,
  after: PooledStates,
): ReadoutPart[] {
  const { graph } = input;
  const { width } = weights;
  const parts: ReadoutPart[] = [{ source: 'encodings', ...readOne(weights.before, graph, before, width) }];
  if (weights.after) parts.push({ source: 'last states', ...readOne(weights.after, graph, after, width) });
  if (weights.globalFeatures) {
    const { outputs, hidden } = runFeatureMlp(weights.globalFeatures, arrangement(input));
    parts.push({ source: 'global features', outputs, embedding: hidden });
  }
  return parts;
}

export function readOut(
  weights: GmnWeights,
  input: MetanetInput,
  before: PooledStates,
  after: PooledStates,
): MetanetOutput {
  const parts = readoutParts(weights, input, before, after);
  return {
    outputs: Float64Array.from(parts[0].outputs, (_, k) =>
      parts.reduce((total, { outputs }) => total + outputs[k], 0),
    ),
    embedding: Float64Array.from(parts.flatMap(({ embedding }) => [...embedding])),
  };
}

/** States of several networks that were run as one graph (joinInputs): the output of each. */
export function readOutEach(
  weights: GmnWeights,
  inputs: readonly MetanetInput[],
  before: PooledStates,
  after: PooledStates,
): MetanetOutput[] {
  const row = 2 * weights.width;
  let [block, group] = [0, 0];
  return inputs.map((input) => {
    const { graph } = input;
    const [blocks, groups] = [block + graph.blocks.length, group + graph.groups.length];
    const part = (states: PooledStates): PooledStates => ({
      blocks: states.blocks.subarray(block * row, blocks * row),
      groups: states.groups.subarray(group * row, groups * row),
    });
    const output = readOut(weights, input, part(before), part(after));
    [block, group] = [blocks, groups];
    return output;
  });
}
