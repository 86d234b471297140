/**
 * ONNX's messages as bytes. Field numbers: onnx.proto3 (https://github.com/onnx/onnx). What may be large (tensors, and what
 * holds them) is a list of parts that are joined once; the rest is written by pbf.
 */
import { PbfWriter } from 'pbf';
import type { ElementType } from '../tensor';
import { ELEMENT_TYPES } from './tensor-proto';
import { CHANNELS } from './value-info';

export type Part = Uint8Array;

/** Attribute types of onnx.proto3. */
const ATTRIBUTE = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7, strings: 8 } as const;

/** An attribute as a node holds it. Numbers by themselves are integers, as most of ONNX's are. */
export type NodeAttribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly texts: readonly string[] }
  | { readonly tensor: readonly Part[] };

export interface Node {
  readonly type: string;
  readonly domain?: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, NodeAttribute>;
}

export function encodeMessage(write: (writer: PbfWriter) => void): Part {
  const writer = new PbfWriter();
  write(writer);
  return Uint8Array.from(writer.finish());
}

export const byteLengthOfParts = (parts: readonly Part[]) =>
  parts.reduce((total, { byteLength }) => total + byteLength, 0);

/** A field that holds a message or bytes: what goes before them, and they. */
export function field(number: number, parts: readonly Part[]): Part[] {
  const head = encodeMessage((writer) => {
    writer.writeVarint(number * 8 + 2);
    writer.writeVarint(byteLengthOfParts(parts));
  });
  return [head, ...parts];
}

export function joinParts(parts: readonly Part[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(byteLengthOfParts(parts));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.byteLength;
  }
  return joined;
}

/** ONNX's number for an element type. */
export function dataTypeOf(type: ElementType): number {
  for (const [number, name] of ELEMENT_TYPES) if (name === type) return number;
  throw new Error(`ONNX has no number for ${type}.`);
}

/** TensorProto; `bytes` are its elements, little-endian. */
export function tensorMessage(
  name: string,
  shape: readonly number[],
  dataType: number,
  bytes: Uint8Array,
): Part[] {
  const head = encodeMessage((writer) => {
    for (const size of shape) writer.writeVarintField(1, size);
    writer.writeVarintField(2, dataType);
    writer.writeStringField(8, name);
  });
  return [head, ...field(9, [bytes])];
}

/** NodeProto. */
export function nodeMessage({ type, domain = '', name, inputs, outputs, attributes }: Node): Part[] {
  const head = encodeMessage((writer) => {
    for (const input of inputs) writer.writeStringField(1, input);
    for (const output of outputs) writer.writeStringField(2, output);
    writer.writeStringField(3, name);
    writer.writeStringField(4, type);
    if (domain) writer.writeStringField(7, domain);
  });
  return [head, ...[...attributes].flatMap(([key, value]) => field(5, attributeMessage(key, value)))];
}

function attributeMessage(name: string, value: NodeAttribute): Part[] {
  if (typeof value === 'object' && 'tensor' in value) {
    const head = encodeMessage((writer) => writer.writeStringField(1, name));
    const type = encodeMessage((writer) => writer.writeVarintField(20, ATTRIBUTE.tensor));
    return [head, ...field(5, value.tensor), type];
  }
  return [encodeMessage((writer) => writeAttribute(writer, name, value))];
}

function writeAttribute(
  writer: PbfWriter,
  name: string,
  value: Exclude<NodeAttribute, { tensor: readonly Part[] }>,
): void {
  writer.writeStringField(1, name);
  const text = (number: number, content: string) =>
    writer.writeBytesField(number, new TextEncoder().encode(content));
  if (typeof value === 'number') {
    writer.writeVarintField(3, value);
    writer.writeVarintField(20, ATTRIBUTE.int);
  } else if (typeof value === 'string') {
    text(4, value);
    writer.writeVarintField(20, ATTRIBUTE.string);
  } else if ('float' in value) {
    writer.writeFloatField(2, value.float);
    writer.writeVarintField(20, ATTRIBUTE.float);
  } else if ('floats' in value) {
    for (const item of value.floats) writer.writeFloatField(7, item);
    writer.writeVarintField(20, ATTRIBUTE.floats);
  } else if ('texts' in value) {
    for (const item of value.texts) text(9, item);
    writer.writeVarintField(20, ATTRIBUTE.strings);
  } else {
    for (const item of value) writer.writeVarintField(8, item);
    writer.writeVarintField(20, ATTRIBUTE.ints);
  }
}

/**
 * ValueInfoProto. Sizes are numbers, or names of sizes that are only known when the network runs; `channelAxis`: which of them
 * counts the channels, where that is known.
 */
export function valueMessage(
  name: string,
  elementType: number,
  shape: readonly (number | string)[] | undefined,
  channelAxis?: number,
): Part[] {
  // type.tensor_type.{elem_type, shape.dim.{dim_value, dim_param, denotation}}
  const dimension = (size: number | string, axis: number) =>
    encodeMessage((writer) => {
      if (typeof size === 'string') writer.writeStringField(2, size);
      else if (size > 0) writer.writeVarintField(1, size);
      if (axis === channelAxis) writer.writeStringField(3, CHANNELS);
    });
  const element = encodeMessage((writer) => writer.writeVarintField(1, elementType));
  const sizes =
    shape &&
    field(
      2,
      shape.flatMap((size, axis) => field(1, [dimension(size, axis)])),
    );
  const head = encodeMessage((writer) => writer.writeStringField(1, name));
  return [head, ...field(2, field(1, [element, ...(sizes ?? [])]))];
}

export interface Graph {
  readonly name: string;
  /** The messages of each, in order. */
  readonly nodes: readonly (readonly Part[])[];
  readonly initializers: readonly (readonly Part[])[];
  readonly inputs: readonly (readonly Part[])[];
  readonly outputs: readonly (readonly Part[])[];
}

export interface Model {
  readonly irVersion: number;
  /** Versions of operator sets by domain; ONNX's own is "". */
  readonly opsets: ReadonlyMap<string, number>;
  readonly metadata: ReadonlyMap<string, string>;
  readonly graph: Graph;
}

/** ModelProto: a whole file. */
export function modelFile({ irVersion, opsets, metadata, graph }: Model): Uint8Array<ArrayBuffer> {
  const head = encodeMessage((writer) => {
    writer.writeVarintField(1, irVersion);
    writer.writeStringField(2, 'metanet-playground');
  });
  const all = (number: number, messages: readonly (readonly Part[])[]) =>
    messages.flatMap((message) => field(number, message));
  const graphParts = [
    ...all(1, graph.nodes),
    encodeMessage((writer) => writer.writeStringField(2, graph.name)),
    ...all(5, graph.initializers),
    ...all(11, graph.inputs),
    ...all(12, graph.outputs),
  ];
  return joinParts([
    head,
    ...field(7, graphParts),
    ...[...opsets].flatMap(([domain, version]) => field(8, [opsetMessage(domain, version)])),
    ...[...metadata].flatMap(([key, value]) => field(14, [entryMessage(key, value)])),
  ]);
}

const opsetMessage = (domain: string, version: number) =>
  encodeMessage((writer) => {
    if (domain) writer.writeStringField(1, domain);
    writer.writeVarintField(2, version);
  });

const entryMessage = (key: string, value: string) =>
  encodeMessage((writer) => {
    writer.writeStringField(1, key);
    writer.writeStringField(2, value);
  });
