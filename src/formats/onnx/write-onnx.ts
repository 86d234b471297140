/**
 * Writes ONNX: a graph of operators built node by node. Field numbers: onnx.proto3 (https://github.com/onnx/onnx).
 */
import { PbfWriter } from 'pbf';

type Attribute = number | string | readonly number[] | { readonly float: number };

interface Value {
  readonly name: string;
  readonly dims: readonly (number | string)[];
}

const FLOAT = 1;
const INT64 = 7;
const IR_VERSION = 8;

/** Attribute types of onnx.proto3. */
const ATTRIBUTE = { float: 1, int: 2, string: 3, ints: 7 } as const;

export class OnnxGraph {
  readonly #nodes: ((writer: PbfWriter) => void)[] = [];
  readonly #initializers: ((writer: PbfWriter) => void)[] = [];
  readonly #inputs: (Value & { type: number })[] = [];
  readonly #outputs: Value[] = [];
  #count = 0;

  constructor(
    readonly name: string,
    readonly opset = 18,
  ) {}

  #next(hint: string): string {
    return `${hint}_${this.#count++}`;
  }

  input(name: string, dims: readonly (number | string)[], type: 'float' | 'int64' = 'float'): string {
    this.#inputs.push({ name, dims, type: type === 'float' ? FLOAT : INT64 });
    return name;
  }

  output(value: string, name: string, dims: readonly (number | string)[]): void {
    this.#nodes.push(nodeWriter('Identity', [value], name, {}));
    this.#outputs.push({ name, dims });
  }

  /** A constant tensor of float32. */
  constant(values: ArrayLike<number>, dims: readonly number[], hint = 'constant'): string {
    const data = Float32Array.from(values);
    return this.#initializer(hint, dims, FLOAT, new Uint8Array(data.buffer));
  }

  integers(values: readonly number[], dims: readonly number[] = [values.length]): string {
    const data = BigInt64Array.from(values, BigInt);
    return this.#initializer('integers', dims, INT64, new Uint8Array(data.buffer));
  }

  #initializer(hint: string, dims: readonly number[], type: number, bytes: Uint8Array): string {
    const name = this.#next(hint);
    this.#initializers.push((writer) => {
      for (const dim of dims) writer.writeVarintField(1, dim);
      writer.writeVarintField(2, type);
      writer.writeStringField(8, name);
      writer.writeBytesField(9, bytes);
    });
    return name;
  }

  /** Adds an operator and returns the name of its output. */
  op(type: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    const output = this.#next(type);
    this.#nodes.push(nodeWriter(type, inputs, output, attributes));
    return output;
  }

  finish(metadata: Readonly<Record<string, string>> = {}): Uint8Array<ArrayBuffer> {
    const writer = new PbfWriter();
    writer.writeVarintField(1, IR_VERSION);
    writer.writeStringField(2, 'metanet-playground');
    writer.writeMessage(7, (_, graph) => this.#writeGraph(graph), undefined);
    writer.writeMessage(8, (_, opset) => opset.writeVarintField(2, this.opset), undefined);
    for (const [key, value] of Object.entries(metadata)) {
      writer.writeMessage(
        14,
        (_, entry) => {
          entry.writeStringField(1, key);
          entry.writeStringField(2, value);
        },
        undefined,
      );
    }
    return Uint8Array.from(writer.finish());
  }

  #writeGraph(writer: PbfWriter): void {
    const message = (tag: number, write: (writer: PbfWriter) => void) =>
      writer.writeMessage(tag, (_, nested) => write(nested), undefined);
    for (const node of this.#nodes) message(1, node);
    writer.writeStringField(2, this.name);
    for (const initializer of this.#initializers) message(5, initializer);
    for (const { name, dims, type } of this.#inputs) message(11, valueWriter(name, dims, type));
    for (const { name, dims } of this.#outputs) message(12, valueWriter(name, dims, FLOAT));
  }
}

function nodeWriter(
  type: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, Attribute>>,
): (writer: PbfWriter) => void {
  return (writer) => {
    for (const input of inputs) writer.writeStringField(1, input);
    writer.writeStringField(2, output);
    writer.writeStringField(3, output);
    writer.writeStringField(4, type);
    for (const [name, value] of Object.entries(attributes)) {
      writer.writeMessage(5, (_, attribute) => writeAttribute(attribute, name, value), undefined);
    }
  };
}

function writeAttribute(writer: PbfWriter, name: string, value: Attribute): void {
  writer.writeStringField(1, name);
  if (typeof value === 'number') {
    writer.writeVarintField(3, value);
    writer.writeVarintField(20, ATTRIBUTE.int);
  } else if (typeof value === 'string') {
    writer.writeBytesField(4, new TextEncoder().encode(value));
    writer.writeVarintField(20, ATTRIBUTE.string);
  } else if ('float' in value) {
    writer.writeFloatField(2, value.float);
    writer.writeVarintField(20, ATTRIBUTE.float);
  } else {
    for (const item of value) writer.writeVarintField(8, item);
    writer.writeVarintField(20, ATTRIBUTE.ints);
  }
}

function valueWriter(
  name: string,
  dims: readonly (number | string)[],
  type: number,
): (writer: PbfWriter) => void {
  return (writer) => {
    writer.writeStringField(1, name);
    // type.tensor_type.{elem_type, shape.dim.{dim_value, dim_param}}
    const nested = (to: PbfWriter, tag: number, write: (writer: PbfWriter) => void) =>
      to.writeMessage(tag, (_, inner) => write(inner), undefined);
    nested(writer, 2, (typeProto) =>
      nested(typeProto, 1, (tensor) => {
        tensor.writeVarintField(1, type);
        nested(tensor, 2, (shape) => {
          for (const dim of dims) {
            nested(shape, 1, (entry) => {
              if (typeof dim === 'number') entry.writeVarintField(1, dim);
              else entry.writeStringField(2, dim);
            });
          }
        });
      }),
    );
  };
}
