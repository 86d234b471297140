/**
 * One node's update in one round as sums that one can follow, from a trace's numbers:
 *
 *   v_j[k] after = v_j[k] before + bias_k + Σ_m F[k,m]·σ(z_m)                       m: hidden units of the update
 *   z_m = bias_m + G_m·LN(v_j) + Σ_kinds Σ_i G_m,kind·h_i / (number of edges of the kind)
 *
 * The node hears means of messages, and z_m is linear in them: so every neighbour has a share in it, and shares add up.
 */
import type { GraphShape } from '../../graph';
import { silu } from '../linear-algebra';
import { KINDS } from './gmn';
import type { GmnTrace } from './trace';
import { type Hearing, hearingsOf, messagesOf } from './trace-messages';
import type { RoundWeights } from './weights';

/** What a hidden unit of the update adds to a channel. */
export interface UnitShare {
  readonly unit: number;
  readonly value: number;
}

export interface NodeUpdate {
  readonly channel: number;
  /** The state before the round and after it: both as the trace has them. */
  readonly before: number;
  readonly after: number;
  /** after = before + bias + Σ units */
  readonly bias: number;
  /** All hidden units, those that add or take most first. */
  readonly units: readonly UnitShare[];
}

/** A neighbour's share in a hidden unit. */
export interface HeardShare extends Hearing {
  readonly value: number;
}

/** What a node's edges of one kind say to a hidden unit. */
export interface Heard {
  readonly count: number;
  readonly total: number;
  /** The largest magnitudes first; undefined where the trace has no states of pairs. */
  readonly shares: readonly HeardShare[] | undefined;
}

export interface UnitSum {
  /** sum = bias + own + Σ heard.total */
  readonly bias: number;
  /** Of the node's own normed state. */
  readonly own: number;
  /** By kind: incoming weights, other incoming edges, outgoing edges. */
  readonly heard: readonly Heard[];
  readonly sum: number;
  /** σ(sum), and what the channel multiplies it with. */
  readonly activation: number;
  readonly weight: number;
}

const byMagnitude = (a: { readonly value: number }, b: { readonly value: number }) =>
  Math.abs(b.value) - Math.abs(a.value);

/** The channel of a node that a round changes most. */
export function largestChange({ nodes }: GmnTrace, width: number, node: number, round: number): number {
  const change = (k: number) => Math.abs(nodes[round + 1][node * width + k] - nodes[round][node * width + k]);
  let most = 0;
  for (let k = 1; k < width; k++) if (change(k) > change(most)) most = k;
  return most;
}

/** A row's product with some of the columns of a layer's output. */
function product(
  { weight, inputs }: RoundWeights['nodeHidden'],
  output: number,
  firstInput: number,
  x: ArrayLike<number>,
  firstX: number,
  length: number,
): number {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += weight[output * inputs + firstInput + k] * x[firstX + k];
  return sum;
}

/** A channel's way through a round, from all hidden units. */
export function nodeUpdate(
  { nodeHidden, nodeStep }: RoundWeights,
  { nodes, read }: GmnTrace,
  node: number,
  round: number,
  channel: number,
): NodeUpdate {
  const { inputs, outputs: width } = nodeHidden;
  const units = Array.from({ length: width }, (_, unit): UnitShare => {
    const sum =
      (nodeHidden.bias?.[unit] ?? 0) + product(nodeHidden, unit, 0, read[round], node * inputs, inputs);
    return { unit, value: nodeStep.weight[channel * width + unit] * silu(sum) };
  });
  const at = node * width + channel;
  return {
    channel,
    before: nodes[round][at],
    after: nodes[round + 1][at],
    bias: nodeStep.bias?.[channel] ?? 0,
    units: units.sort(byMagnitude),
  };
}

/** What a hidden unit of a node's update is made of, down to each neighbour. */
export function unitSum(
  weights: RoundWeights,
  graph: GraphShape,
  trace: GmnTrace,
  { node, round, channel }: { readonly node: number; readonly round: number; readonly channel: number },
  unit: number,
): UnitSum {
  const { nodeHidden, nodeStep } = weights;
  const { inputs, outputs: width } = nodeHidden;
  const read = trace.read[round];
  const part = (quarter: number) =>
    product(nodeHidden, unit, quarter * width, read, node * inputs + quarter * width, width);
  const hearings = hearingsOf(graph, node);
  const pairs = trace.pairs?.[round];
  const messages = pairs && messagesOf(weights, trace, pairs, round, node, hearings);
  const heard = Array.from({ length: KINDS }, (_, kind): Heard => {
    const count = hearings.reduce((total, hearing) => total + Number(hearing.kind === kind), 0);
    const shares =
      messages &&
      hearings.flatMap((hearing, row): HeardShare[] => {
        if (hearing.kind !== kind) return [];
        const value =
          product(nodeHidden, unit, (1 + kind) * width, messages, row * width, width) / Math.max(1, count);
        return [{ ...hearing, value }];
      });
    return { count, total: part(1 + kind), shares: shares?.sort(byMagnitude) };
  });
  const [bias, own] = [nodeHidden.bias?.[unit] ?? 0, part(0)];
  const sum = heard.reduce((total, { total: ofKind }) => total + ofKind, bias + own);
  return {
    ...{ bias, own, heard, sum },
    activation: silu(sum),
    weight: nodeStep.weight[channel * width + unit],
  };
}
