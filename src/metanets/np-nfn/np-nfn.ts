/**
 * Neural functional network for node permutations (NP-NFN: Zhou et al., "Permutation Equivariant Neural Functionals",
 * NeurIPS 2023) on the parameter graph: the text of record.
 *
 * e: states of pairs of nodes [pairs, H]; they start as encodings of the pairs (../encoder), plus P·o_i, the place of an
 * ordered source (the paper's NP-PosEmb). In every layer, for the pair of source i and target j in block b, of kind κ,
 *
 *   e_ij = ReLU( D·e_ij + R·e_b*j + C·e_bi* + A·e_b** + N·e_*** + S·n_i + T·n_j + β_κ )
 *   n_i  = [mean over weights into i, over other edges into i, over edges out of i]
 *
 * where * is a mean: over the row, the column, the block, all blocks of the network. n_i and n_j are the paper's means over
 * the rows and columns of neighbouring layers, and over biases: blocks that share the source or the target nodes. At last
 *
 *   z = ReLU(Q·ReLU(P·mean over blocks of e_b**))        outputs = O·z                        (P, Q with biases)
 *
 * The paper gives every layer of the input network weights of its own and so serves one architecture; it also pools every
 * tensor apart. Here layers share their weights, and tensors are averaged, so that any network can be read.
 */
import { type GraphShape, isWeightBlock } from '../../graph';
import { encodePairs, pairInputs } from '../encoder';
import { toldKind } from '../facts';
import type { MetanetInput } from '../input';
import { type Floats, linear, type Precision, relu, zeros } from '../linear-algebra';
import { type MetanetOutput, outputOf } from '../output';
import { forEachPair } from '../pairs';
import type { NfLayerWeights, NpNfnWeights } from './weights';

/** n: [nodes, 3·H] */
function meansAroundNodes(e: Floats, graph: GraphShape, width: number): Float64Array {
  const sums = new Float64Array(graph.nodeCount * 3 * width);
  const counts = new Float64Array(graph.nodeCount * 3);
  for (const block of graph.blocks) {
    const into = isWeightBlock(block) ? 0 : 1;
    forEachPair(block, graph, (pair, source, target) => {
      for (const place of [target * 3 + into, source * 3 + 2]) {
        counts[place]++;
        for (let k = 0; k < width; k++) sums[place * width + k] += e[pair * width + k];
      }
    });
  }
  return sums.map((sum, i) => sum / Math.max(1, counts[Math.floor(i / width)]));
}

/** e_b**: [blocks, H] */
function blockMeans(e: Floats, { blocks }: GraphShape, width: number): Float64Array {
  const means = new Float64Array(blocks.length * width);
  blocks.forEach(({ firstPair, pairCount }, block) => {
    for (let i = firstPair * width; i < (firstPair + pairCount) * width; i++)
      means[block * width + (i % width)] += e[i] / pairCount;
  });
  return means;
}

/** Mean of the rows: [rows, H] to [H]. */
function meanOfRows(rows: Float64Array, width: number): Float64Array {
  const mean = new Float64Array(width);
  rows.forEach((value, i) => {
    mean[i % width] += (value * width) / rows.length;
  });
  return mean;
}

/** The equivariant linear map. */
function nfLayer(e: Floats, graph: GraphShape, weights: NfLayerWeights, precision: Precision): Floats {
  const width = weights.own.outputs;
  const around = meansAroundNodes(e, graph, width);
  const ofSource = linear(around, weights.source, precision);
  const ofTarget = linear(around, weights.target, precision);
  const means = blockMeans(e, graph, width);
  const ofBlock = linear(means, weights.block, precision);
  const ofNetwork = linear(meanOfRows(means, width), weights.network, precision);
  const y = linear(e, weights.own, precision);

  graph.blocks.forEach((block, index) => {
    const [sources, targets] = [graph.groups[block.source], graph.groups[block.target]];
    const rows = new Float64Array(targets.count * width);
    const columns = new Float64Array(sources.count * width);
    forEachPair(block, graph, (pair, source, target) => {
      for (let k = 0; k < width; k++) {
        const state = e[pair * width + k];
        rows[(target - targets.first) * width + k] += (state * targets.count) / block.pairCount;
        columns[(source - sources.first) * width + k] += (state * sources.count) / block.pairCount;
      }
    });
    const ofRow = linear(rows, weights.row, precision);
    const ofColumn = linear(columns, weights.column, precision);
    const kind = toldKind(block.kind);
    const shared = Float64Array.from(
      { length: width },
      (_, k) =>
        ofBlock[index * width + k] + ofNetwork[k] + weights.kind.weight[k * weights.kind.inputs + kind],
    );
    forEachPair(block, graph, (pair, source, target) => {
      for (let k = 0; k < width; k++) {
        y[pair * width + k] +=
          ofRow[(target - targets.first) * width + k] +
          ofColumn[(source - sources.first) * width + k] +
          ofSource[source * width + k] +
          ofTarget[target * width + k] +
          shared[k];
      }
    });
  });
  return y;
}

/** From the mean over blocks of the final e_b**, [H], to the outputs. */
export function readOut({ hidden, output }: NpNfnWeights, mean: Floats): MetanetOutput {
  let embedding = mean;
  for (const layer of hidden) embedding = linear(embedding, layer, 'float64').map(relu);
  return outputOf(embedding, output);
}

/** Runs the metanet on one input network. */
export function runNpNfn(
  weights: NpNfnWeights,
  input: MetanetInput,
  { precision = 'float32' }: { precision?: Precision } = {},
): MetanetOutput {
  const { graph } = input;
  const { width, encoder, position, layers } = weights;
  let e = encodePairs(pairInputs(input, precision), input, encoder, precision);
  const order = zeros(input.order.length, precision);
  order.set(input.order);
  const places = linear(order, position, precision);
  for (const block of graph.blocks) {
    forEachPair(block, graph, (pair, source) => {
      for (let k = 0; k < width; k++) e[pair * width + k] += places[source * width + k];
    });
  }
  for (const layer of layers) e = nfLayer(e, graph, layer, precision).map(relu);
  return readOut(weights, meanOfRows(blockMeans(e, graph, width), width));
}
