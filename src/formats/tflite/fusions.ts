/**
 * Functions that TensorFlow Lite has no operator for and converters write in pieces: found by their structure and put
 * together again, so that they are seen for what they are.
 */
import { readTensor } from '../tensor';
import type { OperatorEntry } from './model';
import type { OperatorGraph } from './operator-graph';
import type { TfliteCall } from './program';
import type { Tensor } from './tensors';

/** What stands for an operator, and for the others that only serve it. */
export interface Fusion {
  readonly absorbed: ReadonlySet<OperatorEntry>;
  write(call: TfliteCall): void;
}

type Find = (graph: OperatorGraph, operator: OperatorEntry) => Promise<Fusion | undefined>;

const SELU_SCALE = 1.0507;
const ELU_PARTS = new Set(['EXP', 'GREATER', 'MUL', 'SUB']);

async function scalarOf(tensor: Tensor | undefined): Promise<number | undefined> {
  const stored = tensor?.stored;
  return stored?.elementCount === 1 ? (await readTensor(stored))[0] : undefined;
}

/** Both inputs of an operator that does not mind their order. */
const inEitherOrder = ({ inputs: [a, b] }: OperatorEntry): [number, number][] => [
  [a, b],
  [b, a],
];

/** x > 0 ? x : eˣ − 1, with a scale before both (Selu) or without (Elu). */
const findElu: Find = async (graph, operator) => {
  const { tensors } = graph.subgraph;
  const [condition, positive, negative] = operator.inputs;
  const comparison = graph.writer(condition, 'GREATER');
  if (!comparison || (await scalarOf(tensors[comparison.inputs[1]])) !== 0) return undefined;
  const [data] = comparison.inputs;
  // Within the negative branch: a product perhaps, a difference, the exponential.
  let branch = graph.writer(negative, 'MUL', 'SUB');
  if (branch?.type === 'MUL') {
    branch = graph.writer(branch.inputs[0], 'SUB') ?? graph.writer(branch.inputs[1], 'SUB');
  }
  const exponential = graph.writer(branch?.inputs[0], 'EXP');
  if (exponential?.inputs[0] !== data) return undefined;
  const absorbed = servants(graph, operator, data, ELU_PARTS, []);
  if (!absorbed) return undefined;
  if (positive === data) return { absorbed, write: (call) => call.write('Elu', [tensors[data].name]) };
  const scaling = graph.writer(positive, 'MUL');
  for (const [value, factor] of scaling ? inEitherOrder(scaling) : []) {
    const scale = await scalarOf(tensors[factor]);
    if (value === data && scale !== undefined && Math.abs(scale - SELU_SCALE) < 1e-3) {
      return { absorbed, write: (call) => call.write('Selu', [tensors[data].name]) };
    }
  }
  return undefined;
};

const LAYER_NORM_PARTS = new Set([
  'ADD',
  'MEAN',
  'MUL',
  'NEG',
  'RSQRT',
  'SQUARE',
  'SQUARED_DIFFERENCE',
  'SUB',
]);

/** Keras' layer norm: x·s + (β − mean(x)·s), where s = γ / √(variance + ε). */
const findLayerNorm: Find = async (graph, operator) => {
  const { tensors } = graph.subgraph;
  for (const [product, rest] of inEitherOrder(operator)) {
    const scaled = graph.writer(product, 'MUL');
    const shift = graph.writer(rest, 'SUB', 'ADD');
    if (!scaled || !shift) continue;
    for (const [data, scale] of inEitherOrder(scaled)) {
      const gamma = await gammaOf(graph, scale);
      const isVector = (index: number) => (tensors[index]?.stored?.elementCount ?? 0) > 1;
      const beta = shift.inputs.slice(0, 2).find(isVector);
      if (!gamma || beta === undefined) continue;
      const absorbed = servants(graph, operator, data, LAYER_NORM_PARTS, [gamma.vector, beta]);
      if (!absorbed || !(await isOverLastAxis(graph, absorbed, data))) continue;
      const inputs = [data, gamma.vector, beta].map((index) => tensors[index].name);
      const attributes = { axis: -1, epsilon: gamma.epsilon };
      return {
        absorbed,
        write: (call) => call.write('LayerNormalization', inputs, attributes, call.int8(0)),
      };
    }
  }
  return undefined;
};

/** γ and ε of γ / √(variance + ε). */
async function gammaOf(
  graph: OperatorGraph,
  scale: number,
): Promise<{ vector: number; epsilon: number } | undefined> {
  const { tensors } = graph.subgraph;
  const product = graph.writer(scale, 'MUL');
  for (const [root, vector] of product ? inEitherOrder(product) : []) {
    const sum = graph.writer(graph.writer(root, 'RSQRT')?.inputs[0], 'ADD');
    if (!sum || !tensors[vector]?.stored) continue;
    const epsilon = (await scalarOf(tensors[sum.inputs[1]])) ?? (await scalarOf(tensors[sum.inputs[0]]));
    if (epsilon !== undefined) return { vector, epsilon };
  }
  return undefined;
}

const MAX_SERVANTS = 24;
/** Of the operators that functions are written in. */
const MAX_INPUTS = 3;

/**
 * The operators between `data` and `root`, if all are of `types`, nobody else reads what they write, and they have no
 * parameters but `vectors`.
 */
function servants(
  graph: OperatorGraph,
  root: OperatorEntry,
  data: number,
  types: ReadonlySet<string>,
  vectors: readonly number[],
): Set<OperatorEntry> | undefined {
  const { tensors } = graph.subgraph;
  const found = new Set<OperatorEntry>([root]);
  for (const operator of found) {
    if (found.size > MAX_SERVANTS || operator.inputs.length > MAX_INPUTS) return undefined;
    for (const input of operator.inputs) {
      const { stored, isReal } = tensors[input] ?? {};
      if (stored && isReal && stored.elementCount > 1 && !vectors.includes(input)) return undefined;
      const writer = input === data ? undefined : graph.writer(input);
      if (writer) found.add(writer);
    }
  }
  const served = new Set(found);
  served.delete(root);
  for (const { type, outputs } of served) {
    if (!types.has(type) || !outputs.every((output) => graph.isReadOnlyBy(output, found))) return undefined;
  }
  return served;
}

/** True if every mean among the operators is one over the last axis of `data`, and there is one. */
async function isOverLastAxis(
  graph: OperatorGraph,
  operators: ReadonlySet<OperatorEntry>,
  data: number,
): Promise<boolean> {
  const { tensors } = graph.subgraph;
  const last = tensors[data].shape.length - 1;
  const means = [...operators].filter(({ type }) => type === 'MEAN');
  for (const { inputs } of means) {
    const axis = await scalarOf(tensors[inputs[1]]);
    if (axis !== last && axis !== -1) return false;
  }
  return means.length > 0;
}

const FINDERS = new Map<string, Find>([
  ['SELECT', findElu],
  ['SELECT_V2', findElu],
  ['ADD', findLayerNorm],
]);

/** Every operator of a subgraph that something else stands for. */
export async function findFusions(graph: OperatorGraph): Promise<Map<OperatorEntry, Fusion>> {
  const fusions = new Map<OperatorEntry, Fusion>();
  for (const operator of graph.subgraph.operators) {
    const fusion = await FINDERS.get(operator.type)?.(graph, operator);
    if (fusion) fusions.set(operator, fusion);
  }
  return fusions;
}
