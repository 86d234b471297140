/**
 * Reads ONNX: the program and where every tensor lies. Weights are not read here, whatever the file's size.
 * Field numbers are those of onnx.proto3.
 */
import type { ByteSource } from '../byte-source';
import { FormatError } from '../format-error';
import type { ModelFile } from '../model-file';
import type { ExternalFiles } from './external-data';
import { foreignModel } from './foreign-models';
import { type GraphContext, type RawFunction, readFunction, readGraph } from './graph-proto';
import { resolveModel } from './resolve';
import { type TensorContext, tensorContext } from './tensor-proto';
import { type ByteRange, type Field, readFields, readText } from './wire';

const MODEL = {
  irVersion: 1,
  producer: 2,
  producerVersion: 3,
  graph: 7,
  opset: 8,
  metadata: 14,
  training: 20,
  functions: 25,
};
/** Opens an ONNX file. Throws FormatError. */
export async function readOnnx(source: ByteSource, externalFiles: ExternalFiles): Promise<ModelFile> {
  const warnings: string[] = [];
  const context: GraphContext = { ...tensorContext(source, externalFiles), partCount: 0 };
  const { reader } = context;
  const fields = await readFields(reader, { start: 0, end: source.byteLength });
  const graph = fields.find((field) => field.number === MODEL.graph && field.isBytes);
  if (!graph) {
    const foreign = foreignModel(fields);
    throw new FormatError(
      foreign?.what ?? 'The file holds no graph',
      source.name,
      foreign?.advice ?? 'It is not an ONNX model; open the .onnx file itself.',
    );
  }
  const texts = async (number: number) => {
    const field = fields.find((candidate) => candidate.number === number && candidate.isBytes);
    return field ? await readText(reader, field) : '';
  };
  const producer = `${await texts(MODEL.producer)} ${await texts(MODEL.producerVersion)}`.trim();
  if (fields.some((field) => field.number === MODEL.training)) {
    warnings.push('The file also says how to go on training the model; that part is not read.');
  }
  const metadata = new Map<string, string>();
  for (const field of fields.filter(({ number }) => number === MODEL.metadata)) {
    const [key, value] = await readPair(context, field);
    metadata.set(key, value);
  }
  const functions = new Map<string, RawFunction>();
  for (const field of fields.filter(({ number, isBytes }) => number === MODEL.functions && isBytes)) {
    const [key, body] = await readFunction(context, field);
    functions.set(key, body);
  }
  const raw = await readGraph(context, graph);
  if (context.missingFiles.size > 0) throw new MissingFilesError(source.name, [...context.missingFiles]);
  const { program, tensors } = resolveModel(raw, functions, source.name);
  return {
    format: 'onnx',
    fileName: source.name,
    byteLength: source.byteLength,
    source,
    producer: producer || undefined,
    opset: await readOpset(context, fields),
    metadata,
    tensors,
    program,
    warnings: [...warnings, ...context.refused.warnings],
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
