/** NP-NFN on the GPU, step by step as in its plain twin (src/metanets/np-nfn/np-nfn.ts), where the formulas stand. */
import { type GraphShape, isWeightBlock } from '../../graph';
import { toldKind } from '../../metanets/facts';
import type { MetanetInput } from '../../metanets/input';
import { readOut } from '../../metanets/np-nfn/np-nfn';
import type { NfLayerWeights, NpNfnWeights } from '../../metanets/np-nfn/weights';
import { ORDER_FEATURES } from '../../metanets/order';
import type { MetanetOutput } from '../../metanets/output';
import { forEachPair } from '../../metanets/pairs';
import { encodablePairs, encode } from './encode';
import { interleaved, rowLists } from './row-lists';
import { columnsOf, type GpuLists, joinedRows, sideBySide, type Table, type TensorOps } from './tensor-ops';

/**
 * The pairs by what means are taken over. Lines are the rows and columns of all blocks: for each block its targets' rows, then
 * its sources' columns. The rows of a block are equally long, so a block's mean is the mean of theirs.
 */
interface PairLists {
  readonly ofLines: GpuLists;
  /** Three lists a node: weights into it, other edges into it, edges out of it. */
  readonly ofNodes: GpuLists;
  /** Those lines of each block that are rows. */
  readonly rowsOfBlocks: GpuLists;
  readonly allBlocks: GpuLists;
  /** [blocks, 2]: the block, and the one network. */
  readonly blocks: GPUBuffer;
  /** [pairs, 3]: row, column and block. */
  readonly places: GPUBuffer;
  /** [lines] */
  readonly nodesOfLines: GPUBuffer;
  /** [pairs] */
  readonly sources: GPUBuffer;
}

function listPairs(ops: TensorOps, graph: GraphShape): PairLists {
  const { blocks, groups, pairCount, nodeCount } = graph;
  const perPair = () => new Uint32Array(pairCount);
  const [row, column, blockOf] = [perPair(), perPair(), perPair()];
  const [sources, into, outOf] = [perPair(), perPair(), perPair()];
  const nodesOfLines: number[] = [];
  const starts = [0];
  const rows: number[] = [];
  blocks.forEach((block, index) => {
    const [from, to] = [groups[block.source], groups[block.target]];
    const [firstRow, firstColumn] = [nodesOfLines.length, nodesOfLines.length + to.count];
    for (let t = 0; t < to.count; t++) rows.push(firstRow + t);
    starts.push(rows.length);
    for (let t = 0; t < to.count; t++) nodesOfLines.push(to.first + t);
    for (let s = 0; s < from.count; s++) nodesOfLines.push(from.first + s);
    forEachPair(block, graph, (pair, source, target) => {
      row[pair] = firstRow + target - to.first;
      column[pair] = firstColumn + source - from.first;
      blockOf[pair] = index;
      sources[pair] = source;
      into[pair] = target * 3 + (isWeightBlock(block) ? 0 : 1);
      outOf[pair] = source * 3 + 2;
    });
  });
  return {
    ofLines: ops.uploadLists(rowLists(nodesOfLines.length, row, column)),
    ofNodes: ops.uploadLists(rowLists(3 * nodeCount, into, outOf)),
    rowsOfBlocks: ops.uploadLists({ starts: Uint32Array.from(starts), rows: Uint32Array.from(rows) }),
    allBlocks: ops.uploadLists(rowLists(1, new Uint32Array(blocks.length))),
    blocks: ops.uploadIndices('blocks', interleaved([...blocks.keys()], new Uint32Array(blocks.length))),
    places: ops.uploadIndices('places of pairs', interleaved(row, column, blockOf)),
    nodesOfLines: ops.uploadIndices('nodes of lines', Uint32Array.from(nodesOfLines)),
    sources: ops.uploadIndices('sources', sources),
  };
}

/** β_κ of every block: [blocks, H]. */
function kindRows(
  { blocks }: GraphShape,
  { kind: { weight, inputs, outputs } }: NfLayerWeights,
): Float32Array {
  return Float32Array.from(
    blocks.flatMap(({ kind }) =>
      Array.from({ length: outputs }, (_, k) => weight[k * inputs + toldKind(kind)]),
    ),
  );
}

/** e over rows and columns, over blocks, over the network. */
function meansOf(ops: TensorOps, e: Table, width: number, lists: PairLists) {
  const lines = ops.means(e, width, lists.ofLines);
  const blocks = ops.means(lines, width, lists.rowsOfBlocks);
  return { lines, blocks, network: ops.means(blocks, width, lists.allBlocks) };
}

/** ReLU of the equivariant linear map. */
function nfLayer(
  ops: TensorOps,
  e: Table,
  graph: GraphShape,
  lists: PairLists,
  weights: NfLayerWeights,
): Table {
  const width = weights.own.outputs;
  const means = meansOf(ops, e, width, lists);
  const around = ops.means(e, width, lists.ofNodes);
  const ofNodes = ops.linear(joinedRows(around, 3), sideBySide(weights.target, weights.source));
  // A row says what belongs to its target, a column what belongs to its source.
  const ofLines = ops.linear(means.lines, sideBySide(weights.row, weights.column), {
    gather: { indices: lists.nodesOfLines, tables: [ofNodes] },
  });
  const ofKinds = ops.upload('kinds', kindRows(graph, weights), width);
  const ofNetwork = ops.linear(means.network, weights.network);
  const ofBlocks = ops.linear(means.blocks, weights.block, {
    gather: { indices: lists.blocks, tables: [ofKinds, ofNetwork] },
  });
  const y = ops.linear(e, weights.own, {
    activation: 'relu',
    gather: { indices: lists.places, tables: [ofLines, columnsOf(ofLines, width), ofBlocks] },
  });
  ops.release(...Object.values(means), around, ofNodes, ofLines, ofNetwork, ofBlocks);
  return y;
}

/** Runs the metanet on one input network; the mean of the final states comes back. Throws GraphTooLargeError. */
export async function runNpNfnOnGpu(
  ops: TensorOps,
  weights: NpNfnWeights,
  input: MetanetInput,
): Promise<MetanetOutput> {
  const { graph } = input;
  const { width, encoder, position, layers } = weights;
  const lists = listPairs(ops, graph);
  const places = ops.linear(ops.upload('order features', input.order, ORDER_FEATURES), position);
  let e = encode(ops, encodablePairs(ops, input), encoder, {
    gather: { indices: lists.sources, tables: [places] },
  });
  for (const layer of layers) {
    const before = e;
    e = nfLayer(ops, before, graph, lists, layer);
    ops.release(before);
  }
  return readOut(weights, await ops.read(meansOf(ops, e, width, lists).network));
}
