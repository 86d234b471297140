/**
 * Which rows of numbers a network has: a row for every weight tensor, for every two of which one reads what the other writes, for
 * every vector, and for every vector and tensor that writes, or reads, the neurons it belongs to. Its graph alone decides that.
 */
import { type GraphShape, isWeightBlock, sourcesPerTarget } from '../../graph';
import { holdsParameters } from '../parameters';
import { isGramFormed } from './gram';
import { matrixShape, type WeightsShape } from './weights';

/** Tensors and vectors with fewer numbers say little. */
const LEAST_WEIGHTS = 64;
const LEAST_OF_VECTOR = 4;

/** The end of a tensor at which neurons stand: its targets, which it writes, or its sources, which it reads. */
export type End = 'target' | 'source';

/** Blocks are named by their index in the graph. */
export interface TensorRow extends WeightsShape {
  readonly block: number;
  /** Blocks before it that write what it reads, each of which makes a pair with it: the Gram matrices of both are formed. */
  readonly writers: readonly number[];
}

export interface BesideRow {
  readonly vector: number;
  readonly tensor: number;
}

export interface ArrangementRows {
  readonly tensors: readonly TensorRow[];
  readonly vectors: readonly number[];
  readonly besideWriters: readonly BesideRow[];
  readonly besideReaders: readonly BesideRow[];
}

/** Pairs are in the order of their readers. */
export function arrangementRows(graph: GraphShape): ArrangementRows {
  const { blocks } = graph;
  const indices = [...blocks.keys()];
  const vectors = indices.filter((index) => {
    const block = blocks[index];
    return !isWeightBlock(block) && holdsParameters(block) && block.edgeCount >= LEAST_OF_VECTOR;
  });
  const tensors: TensorRow[] = [];
  for (const block of indices) {
    if (!isWeightBlock(blocks[block]) || blocks[block].edgeCount < LEAST_WEIGHTS) continue;
    const shape = weightsShape(graph, block);
    const before = tensors.filter((tensor) => blocks[tensor.block].target === blocks[block].source);
    const writers = isCompared(shape, 'source')
      ? before.filter((writer) => isCompared(writer, 'target')).map((writer) => writer.block)
      : [];
    tensors.push({ ...shape, block, writers });
  }
  /** Every vector beside every tensor there is by its group; some vectors belong to a part of it. */
  const beside = (end: End) =>
    vectors.flatMap((vector) =>
      tensors
        .filter(({ block }) => blocks[block][end] === blocks[vector].target)
        .filter((tensor) => end === 'target' || tensor.isWhole)
        .filter((tensor) => matrixShape(tensor, end).rows === blocks[vector].edgeCount)
        .map((tensor) => ({ vector, tensor: tensor.block })),
    );
  return { tensors, vectors, besideWriters: beside('target'), besideReaders: beside('source') };
}

function weightsShape({ blocks, groups }: GraphShape, index: number): WeightsShape {
  const block = blocks[index];
  const sources = sourcesPerTarget(block, groups);
  return { targets: block.pairCount / sources, sources, taps: block.taps, isWhole: block.groups === 1 };
}

/** Its Gram matrix over the neurons at this end is formed. */
const isCompared = (tensor: WeightsShape, end: End) =>
  tensor.isWhole && isGramFormed(matrixShape(tensor, end));
