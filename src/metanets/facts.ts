/**
 * What a metanet is told about a layer besides its weights: kind, place, widths, kernel, stride, activation, norm, pooling.
 * Every node of a group, and every edge of a block, gets the same facts: nothing here tells two hidden nodes apart.
 * Logarithms are scaled so that common values lie within about ±1.
 */
import {
  type BlockShape,
  EDGE_KINDS,
  type EdgeKind,
  type GraphShape,
  isWeightBlock,
  NODE_KINDS,
  type NodeGroup,
  sourcesPerTarget,
  targetsPerSource,
} from '../graph';

/** Activation functions that act alike share a place. */
const ACTIVATIONS: readonly (readonly string[])[] = [
  ['none'],
  ['relu', 'relu6'],
  ['leakyRelu'],
  ['elu', 'selu'],
  ['gelu'],
  ['silu', 'mish', 'hardSwish'],
  ['tanh', 'softsign'],
  ['sigmoid', 'hardSigmoid'],
  ['softmax'],
];

/**
 * The kinds of edges that metanets are told of, as long a list as every checkpoint was trained with. Weights of recurrent
 * layers are younger: they count as linear ones.
 */
export const TOLD_EDGE_KINDS = EDGE_KINDS.slice(0, EDGE_KINDS.indexOf('embedding') + 1);

const ACTS_LIKE: Partial<Record<EdgeKind, EdgeKind>> = {
  recurrentInput: 'linearWeight',
  recurrentHidden: 'linearWeight',
};

/** Place of a kind of edge among those that metanets are told of. */
export const toldKind = (kind: EdgeKind) => TOLD_EDGE_KINDS.indexOf(ACTS_LIKE[kind] ?? kind);

const NORMS = ['batch', 'layer', 'group', 'instance', 'rms'] as const;

const oneHot = (options: readonly string[], choice: string) =>
  options.map((option) => Number(option === choice));

/** Facts of the layer that a group of nodes is the output of. */
function layerFacts(group: NodeGroup, graph: GraphShape, fanIn: number): number[] {
  const fromEnd = graph.depth - group.depth;
  return [
    Math.log1p(group.depth) / 2,
    Math.log1p(fromEnd) / 2,
    group.depth / Math.max(1, graph.depth),
    Number(group.depth === 1),
    Number(fromEnd === 1),
    Number(group.isOutput),
    Math.log2(group.count) / 8,
    Math.log2(Math.max(1, group.positions)) / 10,
    Math.log2(Math.max(1, fanIn)) / 10,
    ...ACTIVATIONS.map((names) => Number(names.includes(group.activation))),
    ...oneHot(NORMS, group.norm),
    Number(group.pool === 'max'),
    Number(group.pool === 'average'),
    Number(group.globalPool === 'max'),
    Number(group.globalPool === 'average'),
  ];
}

const LAYER_FACTS = 9 + ACTIVATIONS.length + NORMS.length + 4;

/** Length of `nodeFacts` and `edgeFacts`. */
export const NODE_FACTS = NODE_KINDS.length + LAYER_FACTS;
export const EDGE_FACTS = TOLD_EDGE_KINDS.length + LAYER_FACTS + 6;

/** 'queryKey' to 'query key'. */
const words = (kind: string) => kind.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const LAYER_LABELS: readonly string[] = [
  ...['such depth', 'such depth', 'such depth', 'its first layer', 'its last hidden layer', 'its outputs'],
  ...['such width', 'such large pictures', 'such fan-in'],
  ...ACTIVATIONS.map(([name]) => `activation ${words(name)}`),
  ...NORMS.map((name) => `${name} norm`),
  ...['max pooling', 'average pooling', 'global max pooling', 'global average pooling'],
];

/** What each fact is about, in words that follow "no network of the zoo has". */
export const NODE_FACT_LABELS: readonly string[] = [
  ...NODE_KINDS.map((kind) => `${words(kind)} nodes`),
  ...LAYER_LABELS,
];
export const EDGE_FACT_LABELS: readonly string[] = [
  ...TOLD_EDGE_KINDS.map((kind) => `${words(kind)} edges`),
  ...LAYER_LABELS,
  ...['such kernels', 'such strides', 'such fan-in', 'such fan-out', 'diagonal blocks', 'grouped weights'],
];

/** Kinds of edges in a graph that no network of the zoo can have, in words. */
export const untoldKinds = ({ blocks }: GraphShape) =>
  [...new Set(blocks.map(({ kind }) => kind))]
    .filter((kind) => !TOLD_EDGE_KINDS.includes(kind))
    .map((kind) => `${words(kind)} edges`);

/** Weights into each node: inputs times taps, summed over the blocks that feed the group. */
export function fanIns(graph: GraphShape): number[] {
  const fanIn = graph.groups.map(() => 0);
  for (const block of graph.blocks) {
    if (isWeightBlock(block)) fanIn[block.target] += sourcesPerTarget(block, graph.groups) * block.taps;
  }
  return fanIn;
}

/** [groups, NODE_FACTS], row-major. */
export function nodeFacts(graph: GraphShape): Float32Array {
  const fanIn = fanIns(graph);
  return Float32Array.from(
    graph.groups.flatMap((group, index) => [
      ...oneHot(NODE_KINDS, group.kind),
      ...layerFacts(group, graph, fanIn[index]),
    ]),
  );
}

/** [blocks, EDGE_FACTS], row-major. An edge belongs to the layer it leads to. */
export function edgeFacts(graph: GraphShape): Float32Array {
  const fanIn = fanIns(graph);
  return Float32Array.from(
    graph.blocks.flatMap((block: BlockShape) => [
      ...TOLD_EDGE_KINDS.map((_, place) => Number(place === toldKind(block.kind))),
      ...layerFacts(graph.groups[block.target], graph, fanIn[block.target]),
      Math.log2(block.taps) / 6,
      Math.log2(Math.max(1, block.stride)),
      Math.log2(sourcesPerTarget(block, graph.groups)) / 8,
      Math.log2(targetsPerSource(block, graph.groups)) / 8,
      Number(block.pattern === 'diagonal'),
      Number(block.pattern === 'grouped'),
    ]),
  );
}
