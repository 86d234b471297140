/**
 * For the tests: a model's program written out as ONNX and run in ONNX Runtime. What was put into ONNX's words must compute
 * what the original does. Not part of the page.
 */
import * as ort from 'onnxruntime-web';
import { PbfWriter } from 'pbf';
import type { Attribute, ModelFile, Operator } from '../model-file';
import { readTensor, type StoredTensor } from '../tensor';

export interface Stored {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** Elements of tensors that stand in for the file's own. */
export type Replaced = ReadonlyMap<string, Float32Array>;

const OPSET = 20;
const FLOAT = 1;
const INT64 = 7;
const BOOL = 9;
/** TFLite counts in 32 bits, ONNX in 64. */
const INT32 = 6;

const FLOAT_ATTRIBUTES = new Set(['alpha', 'beta', 'bias', 'epsilon', 'value_float']);

type Write = (writer: PbfWriter) => void;

const nested = (writer: PbfWriter, field: number, write: Write) =>
  writer.writeMessage(field, (_, inner) => write(inner), undefined);

function writeAttribute(writer: PbfWriter, name: string, attribute: Attribute): void {
  writer.writeStringField(1, name);
  if (attribute.kind === 'text') {
    writer.writeBytesField(4, new TextEncoder().encode(attribute.value));
    writer.writeVarintField(20, 3);
  } else if (attribute.kind === 'texts') {
    for (const value of attribute.value) writer.writeBytesField(9, new TextEncoder().encode(value));
    writer.writeVarintField(20, 8);
  } else if (attribute.kind === 'numbers' && name === 'value_floats') {
    for (const value of attribute.value) writer.writeFloatField(7, value);
    writer.writeVarintField(20, 6);
  } else if (attribute.kind === 'numbers') {
    for (const value of attribute.value) writer.writeVarintField(8, value);
    writer.writeVarintField(20, 7);
  } else if (attribute.kind === 'number' && FLOAT_ATTRIBUTES.has(name)) {
    writer.writeFloatField(2, attribute.value);
    writer.writeVarintField(20, 1);
  } else if (attribute.kind === 'number') {
    writer.writeVarintField(3, name === 'to' && attribute.value === INT32 ? INT64 : attribute.value);
    writer.writeVarintField(20, 2);
  }
}

function writeOperator(writer: PbfWriter, { type, domain, inputs, outputs, attributes }: Operator): void {
  for (const input of inputs) writer.writeStringField(1, input);
  for (const output of outputs) writer.writeStringField(2, output);
  writer.writeStringField(4, type);
  writer.writeStringField(7, domain);
  for (const [key, attribute] of attributes)
    nested(writer, 5, (inner) => writeAttribute(inner, key, attribute));
}

function writeTensor(writer: PbfWriter, { name, shape, type }: StoredTensor, values: Float32Array): void {
  for (const size of shape) writer.writeVarintField(1, size);
  const isReal = type.includes('float');
  writer.writeVarintField(2, isReal ? FLOAT : type === 'bool' ? BOOL : INT64);
  writer.writeStringField(8, name);
  const bytes = isReal
    ? values
    : type === 'bool'
      ? Uint8Array.from(values)
      : BigInt64Array.from(values, BigInt);
  writer.writeBytesField(9, new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

function writeValue(writer: PbfWriter, name: string, type: number, shape?: readonly number[]): void {
  writer.writeStringField(1, name);
  nested(writer, 2, (typeWriter) =>
    nested(typeWriter, 1, (tensor) => {
      tensor.writeVarintField(1, type);
      if (!shape) return;
      nested(tensor, 2, (sizes) => {
        for (const size of shape) nested(sizes, 1, (entry) => entry.writeVarintField(1, size));
      });
    }),
  );
}

/** The program of `model` as an ONNX file, for inputs of these shapes. */
async function toOnnx(model: ModelFile, inputs: readonly Stored[], replaced: Replaced): Promise<Uint8Array> {
  const { program } = model;
  if (!program) throw new Error('The model has no program.');
  const values = new Map<StoredTensor, Float32Array>();
  for (const tensor of model.tensors.values())
    values.set(tensor, replaced.get(tensor.name) ?? (await readTensor(tensor)));
  const writer = new PbfWriter();
  writer.writeVarintField(1, 9);
  nested(writer, 8, (opset) => opset.writeVarintField(2, OPSET));
  nested(writer, 7, (graph) => {
    for (const operator of program.operators) nested(graph, 1, (inner) => writeOperator(inner, operator));
    graph.writeStringField(2, 'translated');
    for (const [tensor, elements] of values)
      nested(graph, 5, (inner) => writeTensor(inner, tensor, elements));
    program.inputs.forEach(({ name, elementType }, index) => {
      nested(graph, 11, (inner) => writeValue(inner, name, elementType, inputs[index].shape));
    });
    for (const { name, elementType } of program.outputs)
      nested(graph, 12, (inner) => writeValue(inner, name, elementType));
  });
  return Uint8Array.from(writer.finish());
}

/** Results of the model's program, output by output. */
export async function runProgram(
  model: ModelFile,
  inputs: readonly Stored[],
  replaced: Replaced = new Map(),
): Promise<Float32Array[]> {
  const bytes = await toOnnx(model, inputs, replaced);
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ['wasm'],
    logSeverityLevel: 3,
  });
  const feeds = Object.fromEntries(
    inputs.map(({ shape, values }, index) => {
      const isIds = model.program?.inputs[index].elementType === INT64;
      const tensor = isIds
        ? new ort.Tensor('int64', BigInt64Array.from(values, BigInt), shape)
        : new ort.Tensor('float32', Float32Array.from(values), shape);
      return [session.inputNames[index], tensor];
    }),
  );
  const results = await session.run(feeds);
  const outputs = session.outputNames.map((name) => results[name].data as Float32Array);
  await session.release();
  return outputs;
}
