/**
 * The parameter graph: neurons and channels are nodes, parameters are edges (Lim et al., ICLR 2024).
 *
 * Nodes of one layer output are consecutive (a node group); the parameters of one tensor between two groups are an edge
 * block. There are no index lists: an edge's ends, and where its value lies in the file, follow from its number.
 *
 * Edge number within a block, for target t, source s (both counted within their groups) and tap p:
 *   dense     (t · sources + s) · taps + p
 *   grouped   (t · sourcesPerGroup + s mod sourcesPerGroup) · taps + p, for s and t in the same part
 *   diagonal  t · taps + p, with s = t
 */
import type { StoredTensor } from '../formats';
import type { NormKind } from '../network';

/** The order of both lists is part of what every checkpoint was trained on (metanets/facts): new kinds go to the end. */
export const NODE_KINDS = [
  'input',
  'neuron',
  'channel',
  'feature',
  'queryKey',
  'value',
  'head',
  'bias',
  'normScale',
  'normShift',
  'normMean',
  'normVariance',
  'scale',
  'row',
] as const;

export type NodeKind = (typeof NODE_KINDS)[number];

const CARRIERS: ReadonlySet<NodeKind> = new Set([
  'bias',
  'normScale',
  'normShift',
  'normMean',
  'normVariance',
  'scale',
  'head',
]);

/** Nodes that stand for no neuron: they carry the parameters of biases, norms and heads. */
export const isCarrier = (kind: NodeKind) => CARRIERS.has(kind);

export const EDGE_KINDS = [
  'linearWeight',
  'convWeight',
  'bias',
  'normScale',
  'normShift',
  'normMean',
  'normVariance',
  'scale',
  'residual',
  'gate',
  'query',
  'key',
  'value',
  'queryBias',
  'keyBias',
  'valueBias',
  'head',
  'embedding',
  'recurrentInput',
  'recurrentHidden',
] as const;

export type EdgeKind = (typeof EDGE_KINDS)[number];

export interface NodeGroup {
  readonly kind: NodeKind;
  /** Name of the layer that the nodes belong to. */
  readonly name: string;
  readonly first: number;
  readonly count: number;
  /** The order of the nodes means something (network inputs and outputs, rows of a table): no symmetry permutes them. */
  readonly isOrdered: boolean;
  /**
   * Runs of so many nodes keep their order within and may move as wholes (dimensions that are rotated, head by head): 1
   * where any node may move, all nodes where none may.
   */
  readonly orderedRun: number;
  readonly isInput: boolean;
  readonly isOutput: boolean;
  /** Layers with weights between the network's input and these nodes, along the longest path. */
  readonly depth: number;
  readonly activation: string;
  readonly norm: NormKind | 'none';
  readonly pool: 'none' | 'max' | 'average';
  readonly globalPool: 'none' | 'max' | 'average';
  readonly positions: number;
}

export type Pattern = 'dense' | 'grouped' | 'diagonal';

/** Where values lie: rows[t] + columns[s] + taps[p], in elements of the tensor. */
export interface TensorValues {
  readonly kind: 'tensor';
  readonly tensor: StoredTensor;
  readonly rows: Int32Array;
  readonly columns: Int32Array;
  readonly taps: Int32Array;
}

/** A block without its values: all that drawing, and a metanet that is given the values apart, need to know. */
export interface BlockShape {
  readonly kind: EdgeKind;
  readonly name: string;
  /** Indices into `groups`. */
  readonly source: number;
  readonly target: number;
  readonly pattern: Pattern;
  /** Parts of a grouped block; 1 otherwise. */
  readonly groups: number;
  readonly taps: number;
  /** Extent of the taps along each spatial axis; [] for a single tap. */
  readonly tapShape: readonly number[];
  readonly stride: number;
  /** The tensor that holds the parameters; undefined for constants (residuals, gates, head membership). */
  readonly tensorName: string | undefined;
  /** Edges (one per parameter) before this block, and in it. */
  readonly firstEdge: number;
  readonly edgeCount: number;
  /** Pairs of nodes before this block, and in it: edges counted without their taps. */
  readonly firstPair: number;
  readonly pairCount: number;
  /** The layer that these parameters belong to. */
  readonly layer: number;
}

export interface EdgeBlock extends BlockShape {
  readonly values: TensorValues | { readonly kind: 'constant'; readonly value: number };
}

export interface UnplacedTensor {
  readonly name: string;
  readonly elementCount: number;
  readonly reason: string;
}

/** A graph without its values; plain data that can be sent between threads. */
export interface GraphShape {
  readonly groups: readonly NodeGroup[];
  readonly blocks: readonly BlockShape[];
  readonly nodeCount: number;
  readonly edgeCount: number;
  readonly pairCount: number;
  /** Deepest `depth` of any group. */
  readonly depth: number;
  readonly parameters: { readonly placed: number; readonly all: number };
  readonly unplaced: readonly UnplacedTensor[];
  /** Pairs of groups whose parameters are the same tensor, so that they may only be permuted together. */
  readonly ties: readonly (readonly [number, number])[];
  /** The connections were guessed from names and shapes. */
  readonly isInferred: boolean;
}

export interface ParameterGraph extends GraphShape {
  readonly blocks: readonly EdgeBlock[];
}

/** Source nodes that each target of a block meets. */
export function sourcesPerTarget(block: BlockShape, groups: readonly NodeGroup[]): number {
  return block.pattern === 'diagonal' ? 1 : groups[block.source].count / block.groups;
}

/** Target nodes that each source of a block meets. */
export function targetsPerSource(block: BlockShape, groups: readonly NodeGroup[]): number {
  return block.pattern === 'diagonal' ? 1 : groups[block.target].count / block.groups;
}

/** The graph without its values. */
export function shapeOfGraph(graph: ParameterGraph): GraphShape {
  return { ...graph, blocks: graph.blocks.map(({ values: _, ...shape }) => shape) };
}

const WEIGHTS: ReadonlySet<EdgeKind> = new Set([
  'linearWeight',
  'convWeight',
  'query',
  'key',
  'value',
  'embedding',
  'recurrentInput',
  'recurrentHidden',
]);

/** Weights between neurons, as against biases, norms, residuals. */
export const isWeightBlock = ({ kind }: Pick<BlockShape, 'kind'>) => WEIGHTS.has(kind);
