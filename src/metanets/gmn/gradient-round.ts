/**
 * One round of messages backwards (./gmn: messagePassing), with a gradient written d:
 *
 *   [dn_j, dw_j, dr_j, ds_j] = Gᵀ(σ′ · Fᵀ dv_j)             what the node's step says of LN(v) and of the three means
 *   dz_ij = σ′(z_ij) · (Eᵀ de_ij + dw_j or dr_j + ds_i)     each divided by the number of edges that it is the mean over
 *   de_ij += ∂LN(e_ij)ᵀ Cᵀ dz_ij
 *   dv_j  += ∂LN(v_j)ᵀ (dn_j + Aᵀ Σ_outgoing dz + Bᵀ Σ_incoming dz)
 */
import type { GraphShape } from '../../graph';
import { type Floats, linear, type Precision } from '../linear-algebra';
import { forEachPair } from '../pairs';
import { incomingKind, KINDS, OUTGOING, sendMessages } from './gmn';
import { backwards, layerNormGradient, sideBySide, siluGradient, siluSlope } from './gradient-algebra';
import type { RoundWeights } from './weights';

/** States, or their gradients: nodes' [nodes, H] and pairs' [pairs, H]. */
export interface States {
  readonly v: Floats;
  readonly e: Floats;
}

/**
 * What a node's step says of all that it read: [nodes, 4·H], from the gradient dv of its state after the round. Of each mean it
 * is what every single edge gets of it. `counts` [nodes, KINDS].
 */
export function readGradient(
  dv: Floats,
  read: Floats,
  counts: Float64Array,
  width: number,
  weights: RoundWeights,
  precision: Precision,
): Floats {
  const hidden = linear(read, weights.nodeHidden, precision);
  const ofHidden = siluGradient(linear(dv, backwards(weights.nodeStep), precision), hidden);
  const ofRead = linear(ofHidden, backwards(weights.nodeHidden), precision);
  for (let row = 0; row < counts.length; row++) {
    const [count, at] = [Math.max(1, counts[row]), (row + Math.floor(row / KINDS) + 1) * width];
    for (let k = 0; k < width; k++) ofRead[at + k] /= count;
  }
  return ofRead;
}

/** Takes dv to the states `v` before the round, in place. `sums` [nodes, KINDS, H] of dz over each kind of edges. */
export function addNodeGradient(
  dv: Floats,
  v: Floats,
  ofRead: Floats,
  sums: Floats,
  weights: RoundWeights,
  precision: Precision,
): void {
  const [target, source] = [backwards(weights.target), backwards(weights.source)];
  const ofNormed = linear(sums, sideBySide([target, target, source]), precision);
  const width = target.outputs;
  for (let i = 0; i < ofNormed.length; i++)
    ofNormed[i] += ofRead[Math.floor(i / width) * 4 * width + (i % width)];
  add(dv, layerNormGradient(ofNormed, v, weights.nodeNorm, width, precision));
}

/** Takes the gradients `d` of the states after a round to those of the states before it, in place. */
export function roundGradient(
  graph: GraphShape,
  before: States,
  d: States,
  width: number,
  weights: RoundWeights,
  precision: Precision,
): void {
  const { z, read, counts } = sendMessages(graph, before.v, before.e, width, weights, precision);
  const ofRead = readGradient(d.v, read, counts, width, weights, precision);
  const dz = linear(d.e, backwards(weights.edgeStep), precision);
  const sums = new Float64Array(graph.nodeCount * KINDS * width);
  for (const block of graph.blocks) {
    const incoming = incomingKind(block);
    forEachPair(block, graph, (pair, source, target) => {
      for (let k = 0; k < width; k++) {
        const at = pair * width + k;
        dz[at] +=
          ofRead[(target * 4 + 1 + incoming) * width + k] + ofRead[(source * 4 + 1 + OUTGOING) * width + k];
        dz[at] *= siluSlope(z[at]);
        sums[(target * KINDS + incoming) * width + k] += dz[at];
        sums[(source * KINDS + OUTGOING) * width + k] += dz[at];
      }
    });
  }
  const ofNormed = linear(dz, backwards(weights.edge), precision);
  add(d.e, layerNormGradient(ofNormed, before.e, weights.edgeNorm, width, precision));
  addNodeGradient(d.v, before.v, ofRead, sums, weights, precision);
}

function add(to: Floats, more: Floats): void {
  for (let i = 0; i < to.length; i++) to[i] += more[i];
}
