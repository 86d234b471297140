/** Builds an ONNX graph operator by operator. */
import {
  modelFile,
  type Node,
  type NodeAttribute,
  nodeMessage,
  type Part,
  tensorMessage,
  valueMessage,
} from './messages';

const FLOAT = 1;
const INT64 = 7;
const IR_VERSION = 8;

export class OnnxGraph {
  readonly #nodes: Part[][] = [];
  readonly #initializers: Part[][] = [];
  readonly #inputs: Part[][] = [];
  readonly #outputs: Part[][] = [];
  #count = 0;

  constructor(
    readonly name: string,
    readonly opset = 18,
  ) {}

  #next(hint: string): string {
    return `${hint}_${this.#count++}`;
  }

  input(name: string, dims: readonly (number | string)[], type: 'float' | 'int64' = 'float'): string {
    this.#inputs.push(valueMessage(name, type === 'float' ? FLOAT : INT64, dims));
    return name;
  }

  output(value: string, name: string, dims: readonly (number | string)[]): void {
    this.#add({ type: 'Identity', name, inputs: [value], outputs: [name], attributes: new Map() });
    this.#outputs.push(valueMessage(name, FLOAT, dims));
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
    this.#initializers.push(tensorMessage(name, dims, type, bytes));
    return name;
  }

  /** Adds an operator and returns the name of its output. */
  op(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, NodeAttribute>> = {},
  ): string {
    const output = this.#next(type);
    this.#add({
      type,
      name: output,
      inputs,
      outputs: [output],
      attributes: new Map(Object.entries(attributes)),
    });
    return output;
  }

  #add(node: Node): void {
    this.#nodes.push(nodeMessage(node));
  }

  finish(): Uint8Array<ArrayBuffer> {
    return modelFile({
      irVersion: IR_VERSION,
      opsets: new Map([['', this.opset]]),
      metadata: new Map(),
      graph: {
        name: this.name,
        nodes: this.#nodes,
        initializers: this.#initializers,
        inputs: this.#inputs,
        outputs: this.#outputs,
      },
    });
  }
}
