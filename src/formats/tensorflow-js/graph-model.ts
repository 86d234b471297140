/**
 * A graph model's operators (TensorFlow's GraphDef in JSON) as a program in ONNX's vocabulary. Channels stay last between
 * operators, as TensorFlow has them.
 */
import { FormatError } from '../format-error';
import { isList, type Json } from '../keras/config';
import type { Program } from '../model-file';
import { type Flow, ProgramBuilder } from '../program-builder';
import { isFloatingPoint, readTensor, type StoredTensor } from '../tensor';
import { GraphCall, isTensor, NotTranslatedError, type Value } from './graph-call';
import { type GraphNode, readNode } from './graph-node';
import { GRAPH_OPERATORS } from './graph-operators';

const MAX_NODES = 100_000;
/** Shapes, axes and paddings are shorter. */
const MAX_KNOWN_ELEMENTS = 64;
const MAX_KNOWN_TENSORS = 20_000;

/** Domain of operators that have no translation. */
const OWN_DOMAIN = 'tensorflow';

export interface TranslatedGraph {
  readonly program: Program;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly warnings: readonly string[];
}

/** Translates a graph over its weights. Throws FormatError. */
export async function translateGraph(
  nodesJson: Json,
  weights: ReadonlyMap<string, StoredTensor>,
  fileName: string,
): Promise<TranslatedGraph> {
  const listed = isList(nodesJson) ? nodesJson : [];
  if (listed.length > MAX_NODES) throw badGraph(`The graph has ${listed.length} operators`, fileName);
  const nodes = new Map(listed.map(readNode).map((node) => [node.name, node]));
  const known = await readSmallNumbers(weights);
  const builder = new ProgramBuilder();
  const results = new Map<string, readonly Value[]>();
  const read = new Set<string>();
  const refused = new Map<string, string>();
  for (const node of inOrder(nodes, fileName)) {
    const inputs = node.inputs.flatMap(([name, result]) => results.get(name)?.[result] ?? []);
    for (const [name] of node.inputs) read.add(name);
    results.set(node.name, translateNode(node, inputs));
  }
  const ends = [...nodes.keys()].filter((name) => !read.has(name));
  const outputs = ends.flatMap((name) => results.get(name) ?? []).filter((value) => !isTensor(value));
  const warnings = [...refused].map(([op, reason]) => `The operator ${op} ${reason}.`);
  return { program: builder.finish(outputs as Flow[]), tensors: builder.tensors, warnings };

  function translateNode(node: GraphNode, inputs: readonly Value[]): readonly Value[] {
    const { name, op, attributes } = node;
    if (op === 'NoOp') return [];
    if (op === 'Const') {
      const tensor = weights.get(name);
      return tensor ? [tensor] : [];
    }
    if (op.startsWith('Placeholder') && inputs.length === 0) {
      const shape = attributes.shape('shape') ?? [null, null];
      const input = builder.addInput(name, shape, shape.length - 1);
      if (!/DT_(FLOAT|HALF|DOUBLE)/.test(attributes.type('dtype'))) builder.markIds(name);
      return [input];
    }
    // A weight under another name is the same weight.
    if (op === 'Identity' && inputs.length > 0 && isTensor(inputs[0])) return [inputs[0]];
    const call = new GraphCall(node, inputs, builder, known);
    try {
      const translation = GRAPH_OPERATORS.get(op);
      if (!translation) throw new NotTranslatedError('is not known');
      const made = translation(call);
      return 'rank' in made ? [made] : made;
    } catch (error) {
      if (!(error instanceof NotTranslatedError)) throw error;
      refused.set(op.slice(0, 80), error.message);
      const used = inputs.map((value) => (isTensor(value) ? builder.tensor(value) : value));
      return [builder.add(name, op, used, 2, {}, OWN_DOMAIN)];
    }
  }
}

function badGraph(what: string, fileName: string): FormatError {
  return new FormatError(what, fileName, 'The file is damaged; convert the model again.');
}

/** Reads shapes, axes and the like, so that they can be written into the program. */
async function readSmallNumbers(
  weights: ReadonlyMap<string, StoredTensor>,
): Promise<Map<StoredTensor, readonly number[]>> {
  const known = new Map<StoredTensor, readonly number[]>();
  for (const tensor of weights.values()) {
    const isSmall = tensor.elementCount <= MAX_KNOWN_ELEMENTS && known.size < MAX_KNOWN_TENSORS;
    if (isSmall && !isFloatingPoint(tensor.type)) known.set(tensor, [...(await readTensor(tensor))]);
  }
  return known;
}

/** Sorts operators so that each comes after those it reads, and otherwise leaves them as they are listed. */
function inOrder(nodes: ReadonlyMap<string, GraphNode>, fileName: string): GraphNode[] {
  const done = new Set<GraphNode>();
  const open = new Set<GraphNode>();
  for (const node of nodes.values()) {
    const stack = [node];
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const waiting = done.has(top)
        ? []
        : top.inputs.flatMap(([name]) => nodes.get(name) ?? []).filter((writer) => !done.has(writer));
      if (waiting.length === 0) {
        done.add(top);
        stack.pop();
        continue;
      }
      open.add(top);
      for (const writer of waiting) {
        if (open.has(writer))
          throw badGraph(`The operator "${top.name.slice(0, 80)}" reads its own result`, fileName);
        stack.push(writer);
      }
    }
  }
  return [...done];
}
