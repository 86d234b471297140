/**
 * The messages that reach one node in one round, computed again from a trace's states: h_ij = σ(C·LN(e_ij) + A·LN(v_i) + B·LN(v_j)).
 */
import { type GraphShape, sourcesPerTarget } from '../../graph';
import { type Floats, layerNorm, linear, silu } from '../linear-algebra';
import { incomingKind, OUTGOING } from './gmn';
import type { GmnTrace } from './trace';
import type { RoundWeights } from './weights';

/** One edge of a node, as the node hears it. */
export interface Hearing {
  /** The pair's number in the graph, its other node, and the kind of edge that it is to this one (KINDS in ./gmn). */
  readonly pair: number;
  readonly neighbour: number;
  readonly kind: number;
}

/** All edges of a node: into it, then out of it, block by block. */
export function hearingsOf({ groups, blocks }: GraphShape, node: number): Hearing[] {
  const own = groups.findIndex(({ first, count }) => node >= first && node < first + count);
  const place = node - groups[own].first;
  const hearings: Hearing[] = [];
  for (const block of blocks) {
    const [source, target] = [groups[block.source], groups[block.target]];
    const perTarget = sourcesPerTarget(block, groups);
    const targetsPerPart = target.count / block.groups;
    const isDiagonal = block.pattern === 'diagonal';
    if (block.target === own) {
      const first = isDiagonal ? place : Math.floor(place / targetsPerPart) * perTarget;
      for (let k = 0; k < perTarget; k++) {
        const pair = block.firstPair + place * perTarget + k;
        hearings.push({ pair, neighbour: source.first + first + k, kind: incomingKind(block) });
      }
    }
    if (block.source !== own) continue;
    const first = isDiagonal ? place : Math.floor(place / perTarget) * targetsPerPart;
    for (let t = first; t < first + (isDiagonal ? 1 : targetsPerPart); t++) {
      const pair = block.firstPair + (isDiagonal ? t : t * perTarget + (place % perTarget));
      hearings.push({ pair, neighbour: target.first + t, kind: OUTGOING });
    }
  }
  return hearings;
}

/** The messages of some of a node's edges: [hearings, H]. `pairs`: the states of all pairs before the round. */
export function messagesOf(
  weights: RoundWeights,
  { read }: GmnTrace,
  pairs: Floats,
  round: number,
  node: number,
  hearings: readonly Hearing[],
): Floats {
  const { outputs: width } = weights.edge;
  const states = new Float64Array(hearings.length * width);
  const [sources, targets] = [new Float64Array(states.length), new Float64Array(states.length)];
  const normed = (of: number) => read[round].subarray(of * 4 * width, (of * 4 + 1) * width);
  hearings.forEach(({ pair, neighbour, kind }, row) => {
    const isOutgoing = kind === OUTGOING;
    states.set(pairs.subarray(pair * width, (pair + 1) * width), row * width);
    sources.set(normed(isOutgoing ? node : neighbour), row * width);
    targets.set(normed(isOutgoing ? neighbour : node), row * width);
  });
  const z = linear(layerNorm(states, weights.edgeNorm, width, 'float64'), weights.edge, 'float64');
  const fromSource = linear(sources, weights.source, 'float64');
  const fromTarget = linear(targets, weights.target, 'float64');
  return z.map((value, i) => silu(value + fromSource[i] + fromTarget[i]));
}
