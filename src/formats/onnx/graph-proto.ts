/**
 * ONNX GraphProto, NodeProto, AttributeProto and FunctionProto as they stand in the file: names are those of the scope
 * they are written in, calls of functions are nodes. ./resolve makes a program of them.
 */
import { FormatError } from '../format-error';
import type { Attribute, ValueInfo } from '../model-file';
import type { StoredTensor } from '../tensor';
import { readSparseTensorProto } from './sparse-tensor';
import { readTensorProto, type TensorContext } from './tensor-proto';
import { readValueInfo } from './value-info';
import { appendNumbers, type ByteRange, type Field, readFields, readText, readTexts } from './wire';

const GRAPH = { node: 1, initializer: 5, input: 11, output: 12, sparseInitializer: 15 };
const NODE = { input: 1, output: 2, name: 3, type: 4, attribute: 5, domain: 7, overload: 8 };
const FUNCTION = { name: 1, input: 4, output: 5, node: 7, domain: 10, attribute: 11, overload: 13 };
const ATTRIBUTE = {
  ...{ name: 1, float: 2, integer: 3, text: 4, tensor: 5, graph: 6 },
  ...{ floats: 7, integers: 8, texts: 9, type: 20, reference: 21, sparseTensor: 22 },
};
/** AttributeProto.AttributeType. */
const TYPE = { float: 1, integer: 2, text: 3, floats: 6, integers: 7, texts: 8 };

/** Branches and loops within one another: no real model comes near. */
const MAX_NESTING = 32;
/** Operators, also after functions have been replaced by their bodies: ten times the largest models met. */
export const MAX_OPERATORS = 100_000;
/** What graphs list: each operator may come with a tensor and what is known of its output. */
const MAX_PARTS = 3 * MAX_OPERATORS;

/** Counts what all graphs and functions of a file list. */
export interface GraphContext extends TensorContext {
  partCount: number;
}

export interface RawGraph {
  readonly tensors: readonly StoredTensor[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly nodes: readonly RawNode[];
}

export interface RawNode {
  readonly name: string;
  readonly type: string;
  /** Empty for ONNX's own operators. */
  readonly domain: string;
  readonly overload: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, RawAttribute>;
}

export type RawAttribute =
  | Exclude<Attribute, { kind: 'program' }>
  | { kind: 'graph'; value: RawGraph }
  /** In a function: the attribute of this name that the call has. */
  | { kind: 'reference'; name: string };

export interface RawFunction {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** What attributes are where a call leaves them out. */
  readonly defaults: ReadonlyMap<string, RawAttribute>;
  readonly nodes: readonly RawNode[];
}

/** How a node names the function it calls. */
export const functionKey = (domain: string, type: string, overload: string) =>
  JSON.stringify([domain, type, overload]);

export async function readGraph(context: GraphContext, range: ByteRange, nesting = 0): Promise<RawGraph> {
  if (nesting > MAX_NESTING) {
    throw new FormatError(
      `Branches and loops are nested more than ${MAX_NESTING} deep`,
      `byte ${range.start} of ${context.reader.source.name}`,
      'The file is damaged or made to do harm; export the model again.',
    );
  }
  const tensors: StoredTensor[] = [];
  const nodes: RawNode[] = [];
  const inputs: ValueInfo[] = [];
  const outputs: ValueInfo[] = [];
  for (const field of await readParts(context, range)) {
    if (field.number === GRAPH.node) nodes.push(await readNode(context, field, nodes.length, nesting));
    else if (field.number === GRAPH.input) inputs.push(await readValueInfo(context, field));
    else if (field.number === GRAPH.output) outputs.push(await readValueInfo(context, field));
    else if (field.number === GRAPH.initializer) {
      const tensor = await readTensorProto(context, field, `initializer ${tensors.length}`);
      if (tensor) tensors.push(tensor);
    } else if (field.number === GRAPH.sparseInitializer) {
      tensors.push(await readSparseTensorProto(context, field, `initializer ${tensors.length}`));
    }
  }
  return { tensors, nodes, inputs, outputs };
}

/** What a graph or a function lists, none of it read yet. Throws where the file has more than any exporter writes. */
async function readParts(context: GraphContext, range: ByteRange) {
  const left = MAX_PARTS - context.partCount;
  const fields = await readFields(context.reader, range, left + 1);
  context.partCount += fields.length;
  if (fields.length <= left) return fields.filter(({ isBytes }) => isBytes);
  throw new FormatError(
    `The model has more than ${MAX_PARTS} operators, tensors, inputs and outputs`,
    `byte ${range.start} of ${context.reader.source.name}`,
    'The file is damaged or made to do harm; export the model again.',
  );
}

async function readNode(
  context: GraphContext,
  range: ByteRange,
  index: number,
  nesting: number,
): Promise<RawNode> {
  const { reader } = context;
  const attributes = new Map<string, RawAttribute>();
  const fields = (await readFields(reader, range)).filter(({ isBytes }) => isBytes);
  const named = fields.filter(({ number }) => number !== NODE.attribute);
  const texts = await readTexts(reader, named);
  for (const field of fields) {
    if (field.number !== NODE.attribute) continue;
    const [attributeName, attribute] = await readAttribute(context, field, nesting);
    attributes.set(attributeName, attribute);
  }
  const all = (number: number) => texts.filter((_, place) => named[place].number === number);
  const text = (number: number) => all(number).at(-1) ?? '';
  const type = text(NODE.type);
  return {
    ...{ name: text(NODE.name) || `${type} ${index}`, type },
    ...{ domain: shortDomain(text(NODE.domain)), overload: text(NODE.overload) },
    ...{ inputs: all(NODE.input), outputs: all(NODE.output), attributes },
  };
}

const shortDomain = (domain: string) => (domain === 'ai.onnx' ? '' : domain);

async function readAttribute(
  context: GraphContext,
  range: ByteRange,
  nesting: number,
): Promise<[string, RawAttribute]> {
  const { reader } = context;
  let name = '';
  let type = 0;
  let attribute: RawAttribute | undefined;
  const numbers: number[] = [];
  const texts: string[] = [];
  // Attributes are by far the most messages: waiting for what is there already would take half of the time.
  const fields = readFields(reader, range);
  for (const field of Array.isArray(fields) ? fields : await fields) {
    if (field.number === ATTRIBUTE.type) type = field.value;
    else if (field.number === ATTRIBUTE.float || field.number === ATTRIBUTE.integer) {
      attribute = { kind: 'number', value: field.value };
    } else if (field.number === ATTRIBUTE.integers || field.number === ATTRIBUTE.floats) {
      const encoding = field.number === ATTRIBUTE.floats ? 'float' : 'varint';
      const waiting = appendNumbers(reader, field, encoding, numbers);
      if (waiting) await waiting;
      attribute = { kind: 'numbers', value: numbers };
    } else if (!field.isBytes) continue;
    else if (field.number === ATTRIBUTE.name) {
      const text = readText(reader, field);
      name = typeof text === 'string' ? text : await text;
    } else if (field.number === ATTRIBUTE.text)
      attribute = { kind: 'text', value: await readText(reader, field) };
    else if (field.number === ATTRIBUTE.texts) {
      texts.push(await readText(reader, field));
      attribute = { kind: 'texts', value: texts };
    } else if (field.number === ATTRIBUTE.reference) {
      attribute = { kind: 'reference', name: await readText(reader, field) };
    } else if (field.number === ATTRIBUTE.graph) {
      attribute = { kind: 'graph', value: await readGraph(context, field, nesting + 1) };
    } else attribute = (await readTensorAttribute(context, field, range)) ?? attribute;
  }
  return [name, attribute ?? absentValue(type)];
}

async function readTensorAttribute(
  context: GraphContext,
  field: Field,
  { start }: ByteRange,
): Promise<RawAttribute | undefined> {
  const name = `constant at byte ${start}`;
  if (field.number === ATTRIBUTE.tensor) {
    const tensor = await readTensorProto(context, field, name);
    return tensor && { kind: 'tensor', value: tensor };
  }
  if (field.number !== ATTRIBUTE.sparseTensor) return undefined;
  return { kind: 'tensor', value: await readSparseTensorProto(context, field, name) };
}

/** Zeros, empty texts and empty lists may be left out of the file. */
function absentValue(type: number): RawAttribute {
  if (type === TYPE.float || type === TYPE.integer) return { kind: 'number', value: 0 };
  if (type === TYPE.floats || type === TYPE.integers) return { kind: 'numbers', value: [] };
  if (type === TYPE.text) return { kind: 'text', value: '' };
  return type === TYPE.texts ? { kind: 'texts', value: [] } : { kind: 'other' };
}

/** A function that the model defines, and the key that calls it. */
export async function readFunction(
  context: GraphContext,
  range: ByteRange,
): Promise<[key: string, body: RawFunction]> {
  const { reader } = context;
  const inputs: string[] = [];
  const outputs: string[] = [];
  const nodes: RawNode[] = [];
  const defaults = new Map<string, RawAttribute>();
  let [name, domain, overload] = ['', '', ''];
  for (const field of await readParts(context, range)) {
    if (field.number === FUNCTION.name) name = await readText(reader, field);
    else if (field.number === FUNCTION.domain) domain = await readText(reader, field);
    else if (field.number === FUNCTION.overload) overload = await readText(reader, field);
    else if (field.number === FUNCTION.input) inputs.push(await readText(reader, field));
    else if (field.number === FUNCTION.output) outputs.push(await readText(reader, field));
    else if (field.number === FUNCTION.node) nodes.push(await readNode(context, field, nodes.length, 0));
    else if (field.number === FUNCTION.attribute) {
      const [attributeName, attribute] = await readAttribute(context, field, 0);
      defaults.set(attributeName, attribute);
    }
  }
  return [functionKey(shortDomain(domain), name, overload), { inputs, outputs, defaults, nodes }];
}
