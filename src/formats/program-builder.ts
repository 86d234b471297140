/**
 * Writes a program operator by operator, in ONNX's vocabulary: for formats whose layers are put into other words, and for
 * state dicts whose layers are inferred. The one lowering then reads them all.
 */
import type { Attribute, Operator, Program, ValueInfo } from './model-file';
import type { StoredTensor } from './tensor';

/** A value on its way through the network: what its result is called, and its number of axes. */
export interface Flow {
  readonly name: string;
  readonly rank: number;
}

/** What an operator reads: a value, a stored tensor, either by its name, or nothing where an input is left out. */
export type Input = Flow | StoredTensor | string | undefined;

/** Attributes as they are written in a translation. */
export type Attributes = Readonly<
  Record<string, number | string | readonly number[] | readonly string[] | undefined>
>;

/** ONNX's numbers for element types. */
const FLOAT = 1;
const INT64 = 7;

/** Operators between an input and the table that it looks up: a reshape, a slice, a cast. */
const MAX_STEPS_TO_IDS = 4;

const isNumbers = (list: readonly (number | string)[]): list is readonly number[] =>
  typeof list[0] !== 'string';

function attributeOf(value: NonNullable<Attributes[string]>): Attribute {
  if (typeof value === 'number') return { kind: 'number', value };
  if (typeof value === 'string') return { kind: 'text', value };
  return isNumbers(value) ? { kind: 'numbers', value } : { kind: 'texts', value: value as readonly string[] };
}

/** Attributes as a program holds them; those that are undefined are left out. */
export function attributeMap(attributes: Attributes): Map<string, Attribute> {
  return new Map(
    Object.entries(attributes).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, attributeOf(value)] as const],
    ),
  );
}

export class ProgramBuilder {
  readonly operators: Operator[] = [];
  readonly inputs: ValueInfo[] = [];
  /** Stored tensors that operators read, by name. */
  readonly tensors = new Map<string, StoredTensor>();
  /** What could not be put into ONNX's words, in whole sentences. */
  readonly warnings: string[] = [];
  #values = 0;

  /** `isTaken`: names that values may not have. */
  constructor(readonly isTaken: (name: string) => boolean = () => false) {}

  /** A name that no tensor and no other value has. */
  newName(hint: string): string {
    let name: string;
    do name = `${hint}:${++this.#values}`;
    while (this.isTaken(name));
    return name;
  }

  /** Adds an operator with one result of `rank` axes. `name`: what its layer is called if it makes one. */
  add(
    name: string,
    type: string,
    inputs: readonly Input[],
    rank: number,
    attributes: Attributes = {},
    domain = '',
  ): Flow {
    return this.addMany(name, type, inputs, [rank], attributes, domain)[0];
  }

  /** Adds an operator with several results. */
  addMany(
    name: string,
    type: string,
    inputs: readonly Input[],
    ranks: readonly number[],
    attributes: Attributes = {},
    domain = '',
  ): Flow[] {
    const results = ranks.map((rank): Flow => ({ name: this.newName(name), rank }));
    this.operators.push({
      name,
      type,
      domain,
      inputs: inputs.map((input) => this.#nameOf(input)),
      outputs: results.map((result) => result.name),
      attributes: attributeMap(attributes),
    });
    return results;
  }

  #nameOf(input: Input): string {
    if (input === undefined || typeof input === 'string') return input ?? '';
    return 'storage' in input ? this.tensor(input) : input.name;
  }

  /** A number, or a list of whole numbers, that belongs to the program. */
  constant(value: number | readonly number[]): Flow {
    const attributes: Attributes = typeof value === 'number' ? { value_float: value } : { value_ints: value };
    return this.add('constant', 'Constant', [], typeof value === 'number' ? 0 : 1, attributes);
  }

  /** Makes a tensor of the file known; a layer that is called twice names it twice. */
  tensor(tensor: StoredTensor): string {
    this.tensors.set(tensor.name, tensor);
    return tensor.name;
  }

  /** An input of real numbers; null for sizes that are open. */
  addInput(name: string, shape: readonly (number | null)[], channelAxis: number): Flow {
    const sizes = shape.map((size, axis) => size ?? (axis === 0 ? 'batch' : `size ${axis}`));
    this.inputs.push({ name, shape: sizes, elementType: FLOAT, channelAxis });
    return { name, rank: shape.length };
  }

  /** What `name` comes from turns out to be ids: the input that it is, or is cut out of. */
  markIds(name: string): void {
    let origin: string | undefined = name;
    for (let steps = 0; origin !== undefined && steps < MAX_STEPS_TO_IDS; steps++) {
      const index = this.inputs.findIndex((input) => input.name === origin);
      if (index >= 0) {
        this.inputs[index] = { ...this.inputs[index], elementType: INT64, channelAxis: undefined };
        return;
      }
      [origin] = this.operators.find(({ outputs }) => outputs.includes(origin ?? ''))?.inputs ?? [];
    }
  }

  finish(outputs: readonly Flow[]): Program {
    return {
      inputs: this.inputs,
      outputs: outputs.map(({ name }) => ({ name, shape: undefined, elementType: FLOAT })),
      operators: this.operators,
    };
  }
}
