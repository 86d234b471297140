/**
 * The graph metanetwork (Lim et al., "Graph Metanetworks for Processing Diverse Neural Architectures", ICLR 2024), in the
 * form that the engine is built for: the text of record, against which every kernel and the PyTorch model are judged.
 *
 * v: node states [nodes, H], e: states of pairs of nodes [pairs, H]; σ = SiLU; LN = LayerNorm without bias.
 *
 * They start as encodings of the pairs and nodes (../encoder). In every round
 *
 *   h_ij  = σ(C·LN(e_ij) + A·LN(v_i) + B·LN(v_j))         i the source, j the target
 *   e_ij += E·h_ij
 *   v_j  += F·σ(G·[LN(v_j), w_j, r_j, s_j])               w, r: means of h over incoming weights and over the other
 *                                                         incoming edges; s: mean over outgoing edges
 *
 * Biases, norms and residuals have a mean of their own (r): averaged together with a hundred weights they would not be
 * heard. What differs from the paper besides: an edge is a pair of nodes with its whole kernel, as coefficients (../edge-inputs), where
 * the paper has one for each parameter; nodes and edges carry facts of their layers; one hidden state serves the edge's step and both
 * its messages; messages go backwards too. The readout (./readout) stands on the states before the first round and after the last, and on the graph's global
 * features (u in the equations of graph networks, Battaglia et al., 2018, which the paper takes up), where the metanet reads them.
 */
import { type BlockShape, type GraphShape, isWeightBlock } from '../../graph';
import { encodeNodes, encodePairs, pairInputs } from '../encoder';
import type { MetanetInput } from '../input';
import { type Floats, layerNorm, linear, type Precision, silu, zeros } from '../linear-algebra';
import type { MetanetOutput } from '../output';
import { forEachPair, pairsOf } from '../pairs';
import { type PooledStates, readOut } from './readout';
import type { GmnWeights, RoundWeights } from './weights';

export interface GmnOutput extends MetanetOutput {
  /** Final node states [nodes, H]. */
  readonly nodes: Floats;
}

export interface GmnOptions {
  readonly precision?: Precision;
  /** Called between steps with the share that is done; may throw to stop. */
  readonly onProgress?: (share: number) => void;
}

/** A round's messages before their activation, and what nodes read of them. */
export interface Messages {
  /** [pairs, H]: C·LN(e_ij) + A·LN(v_i) + B·LN(v_j). */
  readonly z: Floats;
  /** [pairs, H]: σ(z). */
  readonly hidden: Floats;
  /** [nodes, 4·H]: LN(v), mean over incoming weights, mean over other incoming edges, mean over outgoing edges. */
  readonly read: Float64Array;
  /** [nodes, KINDS]: edges of each kind. */
  readonly counts: Float64Array;
}

/** Kinds of edges that a node hears apart: incoming weights, other incoming edges, outgoing edges. */
export const KINDS = 3;
export const incomingKind = (block: BlockShape) => (isWeightBlock(block) ? 0 : 1);
export const OUTGOING = 2;

export function sendMessages(
  graph: GraphShape,
  v: Floats,
  e: Floats,
  width: number,
  weights: RoundWeights,
  precision: Precision,
): Messages {
  const normed = layerNorm(v, weights.nodeNorm, width, precision);
  const fromSource = linear(normed, weights.source, precision);
  const fromTarget = linear(normed, weights.target, precision);
  const z = linear(layerNorm(e, weights.edgeNorm, width, precision), weights.edge, precision);
  const hidden = zeros(z.length, precision);

  const read = new Float64Array(graph.nodeCount * 4 * width);
  const counts = new Float64Array(graph.nodeCount * KINDS);
  for (const block of graph.blocks) {
    const incoming = incomingKind(block);
    forEachPair(block, graph, (pair, source, target) => {
      counts[target * KINDS + incoming]++;
      counts[source * KINDS + OUTGOING]++;
      for (let k = 0; k < width; k++) {
        const at = pair * width + k;
        z[at] += fromSource[source * width + k] + fromTarget[target * width + k];
        hidden[at] = silu(z[at]);
        read[(target * 4 + 1 + incoming) * width + k] += hidden[at];
        read[(source * 4 + 1 + OUTGOING) * width + k] += hidden[at];
      }
    });
  }
  for (let node = 0; node < graph.nodeCount; node++) {
    for (let k = 0; k < width; k++) read[node * 4 * width + k] = normed[node * width + k];
    for (let kind = 0; kind < KINDS; kind++) {
      const count = Math.max(1, counts[node * KINDS + kind]);
      for (let k = 0; k < width; k++) read[(node * 4 + 1 + kind) * width + k] /= count;
    }
  }
  return { z, hidden, read, counts };
}

/** One round, in place. Returns what nodes have read (Messages.read). */
export function messagePassing(
  graph: GraphShape,
  v: Floats,
  e: Floats,
  width: number,
  weights: RoundWeights,
  precision: Precision,
): Float64Array {
  const { hidden, read } = sendMessages(graph, v, e, width, weights, precision);
  const edgeSteps = linear(hidden, weights.edgeStep, precision);
  for (let i = 0; i < e.length; i++) e[i] += edgeSteps[i];
  const nodeSteps = linear(
    linear(read, weights.nodeHidden, precision).map(silu),
    weights.nodeStep,
    precision,
  );
  for (let i = 0; i < v.length; i++) v[i] += nodeSteps[i];
  return read;
}

/** Mean and standard deviation (ε under the root) of the rows of each segment: [segments, 2·width]. */
export const DEVIATION_EPSILON = 1e-4;

function pool(
  states: Floats,
  segments: readonly { first: number; count: number }[],
  width: number,
): Float64Array {
  const pooled = new Float64Array(segments.length * 2 * width);
  segments.forEach(({ first, count }, segment) => {
    for (let k = 0; k < width; k++) {
      let [mean, variance] = [0, 0];
      for (let row = first; row < first + count; row++) mean += states[row * width + k] / count;
      for (let row = first; row < first + count; row++)
        variance += (states[row * width + k] - mean) ** 2 / count;
      pooled[segment * 2 * width + k] = mean;
      pooled[(segment * 2 + 1) * width + k] = Math.sqrt(variance + DEVIATION_EPSILON);
    }
  });
  return pooled;
}

/** Mean and deviation of the states of every block and group. */
export const poolStates = (graph: GraphShape, v: Floats, e: Floats, width: number): PooledStates => ({
  blocks: pool(e, pairsOf(graph.blocks), width),
  groups: pool(v, graph.groups, width),
});

/** Runs the metanet on one input network. */
export function runGmn(weights: GmnWeights, input: MetanetInput, options: GmnOptions = {}): GmnOutput {
  const { graph } = input;
  const { width, rounds } = weights;
  const { precision = 'float32', onProgress } = options;
  const steps = rounds.length + 2;

  const x = pairInputs(input, precision);
  onProgress?.(1 / steps);
  const e = encodePairs(x, input, weights.edgeEncoder, precision);
  const v = encodeNodes(input, weights.nodeEncoder, precision);
  const pooled = () => poolStates(graph, v, e, width);
  const before = pooled();
  rounds.forEach((round, index) => {
    onProgress?.((index + 2) / steps);
    messagePassing(graph, v, e, width, round, precision);
  });
  return { ...readOut(weights, input, before, pooled()), nodes: v };
}
