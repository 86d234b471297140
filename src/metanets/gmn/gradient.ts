/**
 * The gradient of a GMN's prediction with respect to every weight of the input network, by reverse-mode differentiation: the
 * text of record, against which the kernels and PyTorch's autograd are judged.
 *
 * Differentiated is output 0, the logit of the predicted accuracy, by the raw value on each edge: as it stands in the file,
 * before the factor √fan-in and the compression, which belong to the metanet. Where a tensor lies on several blocks, each
 * edge has its own partial derivative. Edges without a parameter (residuals, gates, heads) have one too.
 *
 * The prediction has kinks where a largest magnitude changes place, of a kernel or, among the global features, of a tensor (so do the
 * largest and smallest numbers of all tensors), and where it is zero: there the gradient is that of the first, and 0 at zero.
 */
import { EDGE_INPUTS } from '../edge-inputs';
import { encodeNodes, encodePairs, pairInputs } from '../encoder';
import type { MetanetInput } from '../input';
import { type Floats, type Precision, zeros } from '../linear-algebra';
import { pairsOf } from '../pairs';
import { messagePassing, poolStates } from './gmn';
import { addGlobalGradient } from './gradient-global';
import { encoderGradient, valueGradient } from './gradient-inputs';
import { addPoolGradient, readOutGradient } from './gradient-readout';
import { roundGradient, type States } from './gradient-round';
import { readOut } from './readout';
import type { GmnWeights } from './weights';

export interface GmnGradient {
  /** What was differentiated: the logit of the predicted accuracy. */
  readonly logit: number;
  /** Per block ∂logit/∂value of every edge, [edgeCount]. */
  readonly values: readonly Floats[];
}

/** Gradient of a metanet's prediction for one input network. */
export function gmnGradient(
  weights: GmnWeights,
  input: MetanetInput,
  precision: Precision = 'float32',
): GmnGradient {
  const { graph } = input;
  const { width, rounds } = weights;
  const pairs = pairsOf(graph.blocks);

  const x = pairInputs(input, precision);
  const e = encodePairs(x, input, weights.edgeEncoder, precision);
  const v = encodeNodes(input, weights.nodeEncoder, precision);
  const pooled = poolStates(graph, v, e, width);
  // States before each round.
  const before: States[] = [];
  for (const round of rounds) {
    before.push({ v: v.slice(), e: e.slice() });
    messagePassing(graph, v, e, width, round, precision);
  }
  const pooledAfter = poolStates(graph, v, e, width);
  const ofPools = readOutGradient(weights, graph, pooled, pooledAfter);
  const d: States = { v: zeros(v.length, precision), e: zeros(e.length, precision) };
  if (ofPools.after) {
    addPoolGradient(d.e, e, pairs, ofPools.after.blocks, width);
    addPoolGradient(d.v, v, graph.groups, ofPools.after.groups, width);
  }
  for (let round = rounds.length - 1; round >= 0; round--) {
    roundGradient(graph, before[round], d, width, rounds[round], precision);
  }
  // The nodes' own encodings read no weight: their gradient ends here.
  addPoolGradient(d.e, before[0]?.e ?? e, pairs, ofPools.before.blocks, width);
  const inputs = encoderGradient(d.e, x, input, weights.edgeEncoder, precision);
  const [logit] = readOut(weights, input, pooled, pooledAfter).outputs;
  const values = graph.blocks.map((block, index) => {
    const first = block.firstPair * EDGE_INPUTS;
    const own = inputs.subarray(first, first + block.pairCount * EDGE_INPUTS);
    return valueGradient(block, input.values[index], input.scales[index], own, precision);
  });
  addGlobalGradient(weights, input, values);
  return { logit, values };
}
