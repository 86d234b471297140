/** A node in words: for the tooltip, the inspector's heading and the screen reader. */
import { type EdgeKind, isCarrier, type NodeKind } from '../../graph';
import { formatValue } from '../format';
import { pairPlaces, type Scene } from './scene';

const KIND_WORDS: Readonly<Record<NodeKind, string>> = {
  input: 'input',
  neuron: 'neuron',
  channel: 'channel',
  feature: 'feature',
  queryKey: 'query/key dimension',
  value: 'value dimension',
  head: 'head',
  bias: 'bias',
  normScale: 'norm scale γ',
  normShift: 'norm shift β',
  normMean: 'running mean μ',
  normVariance: 'running variance σ²',
  scale: 'scale',
  row: 'row',
};

export const kindWord = (kind: NodeKind) => KIND_WORDS[kind];

const EDGE_WORDS: Readonly<Record<EdgeKind, string>> = {
  linearWeight: 'weights',
  convWeight: 'kernels',
  bias: 'bias',
  normScale: 'norm scale γ',
  normShift: 'norm shift β',
  normMean: 'running mean μ',
  normVariance: 'running variance σ²',
  scale: 'scale',
  residual: 'residual sum',
  gate: 'gate',
  query: 'query weights',
  key: 'key weights',
  value: 'value weights',
  queryBias: 'query bias',
  keyBias: 'key bias',
  valueBias: 'value bias',
  head: 'head',
  embedding: 'embedding',
  recurrentInput: 'recurrent input weights',
  recurrentHidden: 'recurrent weights',
};

export const edgeWord = (kind: EdgeKind) => EDGE_WORDS[kind];

export interface NodeWords {
  readonly title: string;
  readonly detail: string;
}

/** A connection in words: what it leads from and to, and how strong it is. */
export function describeEdge({ graph, pictures }: Scene, number: number, pair: number): NodeWords {
  const block = graph.blocks[number];
  const { source, target } = pairPlaces(graph, block, pair);
  const [from, to] = [graph.groups[block.source], graph.groups[block.target]];
  const picture = pictures[number];
  const strength = picture?.strengths[picture.pairs.indexOf(pair)];
  return {
    title: `${from.name} ${source + 1} → ${to.name} ${target + 1}`,
    detail: `${edgeWord(block.kind)}${strength === undefined ? '' : ` ${formatValue(strength)}`}${block.taps > 1 ? ` over ${block.tapShape.join('×')}` : ''}`,
  };
}

export function describeNode(scene: Scene, node: number): NodeWords {
  const { graph, groupOf, pictures } = scene;
  const own = groupOf[node];
  const { name, kind, count, first, activation, isOutput } = graph.groups[own];
  const place = node - first;
  const title =
    isCarrier(kind) && count === 1
      ? `${name}: ${kindWord(kind)}`
      : `${name}: ${kindWord(kind)} ${place + 1} of ${count}`;
  let strongest: { strength: number; other: string } | undefined;
  graph.blocks.forEach((block, number) => {
    const picture = pictures[number];
    if (block.target !== own || !picture || isCarrier(graph.groups[block.source].kind)) return;
    for (let entry = 0; entry < picture.pairs.length; entry++) {
      const { source, target } = pairPlaces(graph, block, picture.pairs[entry]);
      if (target !== place) continue;
      const strength = picture.strengths[entry];
      if (strongest && Math.abs(strength) <= Math.abs(strongest.strength)) continue;
      strongest = { strength, other: `${graph.groups[block.source].name} ${source + 1}` };
    }
  });
  const parts = [
    isOutput
      ? 'network output'
      : activation !== 'none' && !isCarrier(kind)
        ? `followed by ${activation}`
        : '',
    strongest ? `strongest input ${formatValue(strongest.strength)} from ${strongest.other}` : '',
  ];
  return { title, detail: parts.filter(Boolean).join(' · ') };
}
