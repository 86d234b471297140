/**
 * Reads ONNX: the program and where every tensor lies. Weights are not read here, whatever the file's size.
 * Field numbers are those of onnx.proto3.
 */
import type { ByteSource } from '../byte-source';
import { FormatError } from '../format-error';
import type { Attribute, ModelFile, Operator, Program, ValueInfo } from '../model-file';
import type { StoredTensor } from '../tensor';
import { type ExternalFiles, readTensorProto, type TensorContext, tensorContext } from './tensor-proto';
import { appendNumbers, type ByteRange, type Field, readFields, readText } from './wire';

const MODEL = {
  irVersion: 1,
  producer: 2,
  producerVersion: 3,
  graph: 7,
  opset: 8,
  metadata: 14,
  functions: 25,
};
const GRAPH = { node: 1, initializer: 5, input: 11, output: 12, sparseInitializer: 15 };
const NODE = { input: 1, output: 2, name: 3, type: 4, attribute: 5, domain: 7 };
const ATTRIBUTE = { name: 1, float: 2, integer: 3, text: 4, tensor: 5, floats: 7, integers: 8 };

/** Opens an ONNX file. Throws FormatError. */
export async function readOnnx(source: ByteSource, externalFiles: ExternalFiles): Promise<ModelFile> {
  const warnings: string[] = [];
  const context = tensorContext(source, externalFiles, warnings);
  const { reader } = context;
  const fields = await readFields(reader, { start: 0, end: source.byteLength });
  const graph = fields.find((field) => field.number === MODEL.graph && field.isBytes);
  if (!graph) {
    throw new FormatError(
      'The file holds no graph',
      source.name,
      'It is not an ONNX model; open the .onnx file itself.',
    );
  }
  const texts = async (number: number) => {
    const field = fields.find((candidate) => candidate.number === number && candidate.isBytes);
    return field ? await readText(reader, field) : '';
  };
  const producer = `${await texts(MODEL.producer)} ${await texts(MODEL.producerVersion)}`.trim();
  if (fields.some((field) => field.number === MODEL.functions)) {
    warnings.push('The model defines functions of its own; operators that call them are not looked into.');
  }
  const metadata = new Map<string, string>();
  for (const field of fields.filter(({ number }) => number === MODEL.metadata)) {
    const [key, value] = await readPair(context, field);
    metadata.set(key, value);
  }
  const { program, tensors } = await readGraph(context, graph);
  if (context.missingFiles.size > 0) throw new MissingFilesError(source.name, [...context.missingFiles]);
  return {
    format: 'onnx',
    fileName: source.name,
    byteLength: source.byteLength,
    producer: producer || undefined,
    opset: await readOpset(context, fields),
    metadata,
    tensors,
    program,
    warnings,
  };
}

/** The model keeps weights in files that were not given. */
export class MissingFilesError extends FormatError {
  constructor(
    fileName: string,
    readonly missing: readonly string[],
  ) {
    const names = missing.map((name) => `"${name}"`).join(', ');
    super(
      `The model keeps its weights in ${missing.length === 1 ? 'another file' : 'other files'}: ${names}`,
      fileName,
      `Drop ${missing.length === 1 ? 'both files' : 'all files'} together.`,
    );
  }
}

async function readPair({ reader }: TensorContext, range: ByteRange): Promise<[string, string]> {
  const pair: [string, string] = ['', ''];
  for (const field of await readFields(reader, range)) {
    if (field.isBytes && (field.number === 1 || field.number === 2)) {
      pair[field.number - 1] = await readText(reader, field);
    }
  }
  return pair;
}

async function readOpset({ reader }: TensorContext, fields: Field[]): Promise<number | undefined> {
  for (const field of fields.filter(({ number, isBytes }) => number === MODEL.opset && isBytes)) {
    const entries = await readFields(reader, field);
    const domain = entries.find(({ number, isBytes }) => number === 1 && isBytes);
    const name = domain ? await readText(reader, domain) : '';
    if (name === '' || name === 'ai.onnx') return entries.find(({ number }) => number === 2)?.value;
  }
  return undefined;
}

async function readGraph(
  context: TensorContext,
  range: ByteRange,
): Promise<{ program: Program; tensors: Map<string, StoredTensor> }> {
  const tensors = new Map<string, StoredTensor>();
  const operators: Operator[] = [];
  const inputs: ValueInfo[] = [];
  const outputs: ValueInfo[] = [];
  for (const field of await readFields(context.reader, range)) {
    if (!field.isBytes) continue;
    if (field.number === GRAPH.node) operators.push(await readNode(context, field, operators.length));
    else if (field.number === GRAPH.input) inputs.push(await readValueInfo(context, field));
    else if (field.number === GRAPH.output) outputs.push(await readValueInfo(context, field));
    else if (field.number === GRAPH.initializer) {
      const tensor = await readTensorProto(context, field, `initializer ${tensors.size}`);
      if (tensor) tensors.set(tensor.name, tensor);
    } else if (field.number === GRAPH.sparseInitializer) {
      context.warnings.push('The model has sparse initializers, which are not read.');
    }
  }
  // Old files list every initializer among the inputs too.
  return {
    program: { inputs: inputs.filter(({ name }) => !tensors.has(name)), outputs, operators },
    tensors,
  };
}

async function readNode(context: TensorContext, range: ByteRange, index: number): Promise<Operator> {
  const { reader } = context;
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, Attribute>();
  let [name, type, domain] = ['', '', ''];
  for (const field of await readFields(reader, range)) {
    if (!field.isBytes) continue;
    if (field.number === NODE.input) inputs.push(await readText(reader, field));
    else if (field.number === NODE.output) outputs.push(await readText(reader, field));
    else if (field.number === NODE.name) name = await readText(reader, field);
    else if (field.number === NODE.type) type = await readText(reader, field);
    else if (field.number === NODE.domain) domain = await readText(reader, field);
    else if (field.number === NODE.attribute) {
      const [attributeName, attribute] = await readAttribute(context, field);
      attributes.set(attributeName, attribute);
    }
  }
  return {
    name: name || `${type} ${index}`,
    type,
    domain: domain === 'ai.onnx' ? '' : domain,
    inputs,
    outputs,
    attributes,
  };
}

async function readAttribute(context: TensorContext, range: ByteRange): Promise<[string, Attribute]> {
  const { reader } = context;
  let name = '';
  let attribute: Attribute = { kind: 'other' };
  const numbers: number[] = [];
  for (const field of await readFields(reader, range)) {
    if (field.number === ATTRIBUTE.name && field.isBytes) name = await readText(reader, field);
    else if (field.number === ATTRIBUTE.float || field.number === ATTRIBUTE.integer) {
      attribute = { kind: 'number', value: field.value };
    } else if (field.number === ATTRIBUTE.text && field.isBytes) {
      attribute = { kind: 'text', value: await readText(reader, field) };
    } else if (field.number === ATTRIBUTE.tensor && field.isBytes) {
      const tensor = await readTensorProto(context, field, `constant at byte ${range.start}`);
      if (tensor) attribute = { kind: 'tensor', value: tensor };
    } else if (field.number === ATTRIBUTE.integers) {
      await appendNumbers(reader, field, 'varint', numbers);
      attribute = { kind: 'numbers', value: numbers };
    } else if (field.number === ATTRIBUTE.floats) {
      await appendNumbers(reader, field, 'float', numbers);
      attribute = { kind: 'numbers', value: numbers };
    }
  }
  return [name, attribute];
}

/** ValueInfoProto → TypeProto (2) → Tensor (1) → shape (2) → dimensions (1): size (1) or name (2). */
async function readValueInfo({ reader }: TensorContext, range: ByteRange): Promise<ValueInfo> {
  const fields = await readFields(reader, range);
  const named = fields.find(({ number, isBytes }) => number === 1 && isBytes);
  const name = named ? await readText(reader, named) : '';
  const descend = async (from: readonly Field[], number: number) => {
    const field = from.find((candidate) => candidate.number === number && candidate.isBytes);
    return field ? await readFields(reader, field) : [];
  };
  const tensorType = await descend(await descend(fields, 2), 1);
  const elementType = tensorType.find(({ number }) => number === 1)?.value ?? 0;
  const shapeField = tensorType.find(({ number, isBytes }) => number === 2 && isBytes);
  if (!shapeField) return { name, shape: undefined, elementType };
  const shape: (number | string)[] = [];
  for (const dimension of await readFields(reader, shapeField)) {
    if (!dimension.isBytes) continue;
    const parts = await readFields(reader, dimension);
    const size = parts.find(({ number }) => number === 1);
    const label = parts.find(({ number, isBytes }) => number === 2 && isBytes);
    shape.push(size ? size.value : label ? await readText(reader, label) : '?');
  }
  return { name, shape, elementType };
}
