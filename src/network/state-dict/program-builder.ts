/**
 * Writes a program over the tensors of a state dict, operator by operator, in the words of ONNX: what a family knows of a
 * network is told in the same vocabulary as what an exporter knows, and is lowered by the same code.
 *
 * Values know their shapes, so that a family can ask how many channels or positions it has before it.
 */
import type { Attribute, Operator, Program, StoredTensor, ValueInfo } from '../../formats';

/** Version of ONNX's operator set that the programs are written in. */
export const OPSET = 23;

/** As long a sequence as a program that leaves the length open is given. */
const SEQUENCE_LENGTH = 16;

const FLOAT = 1;
const INT64 = 7;

export interface Value {
  readonly name: string;
  readonly shape: readonly number[];
}

type Input = Value | StoredTensor | undefined;
type Attributes = Readonly<Record<string, number | string | readonly number[]>>;

/** The names are a family's, the shapes are not. The message goes on after "its names are those of …, but ". */
export class MismatchError extends Error {}

export class ProgramBuilder {
  /** Tensors that some operator reads. */
  readonly read = new Set<StoredTensor>();
  /** What the file does not say and the family took for granted, in whole sentences. */
  readonly assumptions = new Set<string>();
  readonly #inputs: ValueInfo[] = [];
  readonly #outputs: ValueInfo[] = [];
  readonly #operators: Operator[] = [];
  #count = 0;

  /** `tensors`: all of the file, so that no value takes the name of one. */
  constructor(readonly tensors: ReadonlyMap<string, StoredTensor>) {}

  #freshName(): string {
    let name: string;
    do name = `value ${this.#count++}`;
    while (this.tensors.has(name));
    return name;
  }

  /** Features [1, channels], or a picture [1, channels, …sides]. */
  input(channels: number, sides: readonly number[] = []): Value {
    const shape = [1, channels, ...sides];
    return this.#addInput({ name: this.#freshName(), shape, elementType: FLOAT, channelAxis: 1 }, shape);
  }

  /** Ids of tokens, [1, length]. */
  ids(length = SEQUENCE_LENGTH): Value {
    const shape = [1, length];
    return this.#addInput({ name: this.#freshName(), shape, elementType: INT64 }, shape);
  }

  #addInput(info: ValueInfo, shape: readonly number[]): Value {
    this.#inputs.push(info);
    return { name: info.name, shape };
  }

  /** Adds an operator. `shape`: that of its result; `label`: what its layer is called if it makes one. */
  op(
    type: string,
    inputs: readonly Input[],
    shape: readonly number[],
    attributes: Attributes = {},
    label?: string,
  ): Value {
    return this.opWithResults(type, inputs, [shape], attributes, label)[0];
  }

  opWithResults(
    type: string,
    inputs: readonly Input[],
    shapes: readonly (readonly number[])[],
    attributes: Attributes = {},
    label?: string,
  ): Value[] {
    const results = shapes.map((shape) => ({ name: this.#freshName(), shape }));
    for (const input of inputs) if (input && 'storage' in input) this.read.add(input);
    this.#operators.push({
      name: label ?? results[0].name,
      type,
      domain: '',
      inputs: inputs.map((input) => input?.name ?? ''),
      outputs: results.map(({ name }) => name),
      attributes: new Map(Object.entries(attributes).map(([name, value]) => [name, attribute(value)])),
    });
    return results;
  }

  /** A whole number, or a list of them, that belongs to the program. */
  integers(value: number | readonly number[]): Value {
    const isList = typeof value !== 'number';
    return this.op('Constant', [], isList ? [value.length] : [], {
      [isList ? 'value_ints' : 'value_int']: value,
    });
  }

  output({ name, shape }: Value): void {
    this.#outputs.push({ name, shape, elementType: FLOAT });
  }

  assume(sentence: string): void {
    this.assumptions.add(sentence);
  }

  get program(): Program {
    return { inputs: this.#inputs, outputs: this.#outputs, operators: this.#operators };
  }
}

function attribute(value: number | string | readonly number[]): Attribute {
  if (typeof value === 'number') return { kind: 'number', value };
  return typeof value === 'string' ? { kind: 'text', value } : { kind: 'numbers', value };
}
