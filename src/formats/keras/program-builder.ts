/** Collects the operators that layers are translated into, in ONNX's vocabulary, and the tensors that they read. */
import type { Attribute, Operator, Program, ValueInfo } from '../model-file';
import type { StoredTensor } from '../tensor';

/** A value on its way through the network: what its result is called, and its number of axes. */
export interface Flow {
  readonly name: string;
  readonly rank: number;
}

/** Attributes as they are written in a translation. */
export type Attributes = Readonly<
  Record<string, number | string | readonly number[] | readonly string[] | undefined>
>;

/** Domain of what has no counterpart in ONNX: nothing reads it, and it is reported by its name. */
export const KERAS_DOMAIN = 'keras';

function attributeOf(value: NonNullable<Attributes[string]>): Attribute {
  if (typeof value === 'number') return { kind: 'number', value };
  if (typeof value === 'string') return { kind: 'text', value };
  const isNumbers = (list: readonly (number | string)[]): list is readonly number[] =>
    typeof list[0] !== 'string';
  return isNumbers(value) ? { kind: 'numbers', value } : { kind: 'texts', value: value as readonly string[] };
}

/** Operators between an input and the table that it looks up: a reshape, a slice, a cast. */
const MAX_STEPS_TO_IDS = 4;

export class ProgramBuilder {
  readonly operators: Operator[] = [];
  readonly inputs: ValueInfo[] = [];
  readonly tensors = new Map<string, StoredTensor>();
  readonly warnings: string[] = [];
  #values = 0;

  /** A name that no tensor has. */
  newName(hint: string): string {
    this.#values++;
    return `${hint}:${this.#values}`;
  }

  /** Adds an operator with one result of `rank` axes. */
  add(
    name: string,
    type: string,
    inputs: readonly (Flow | string)[],
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
    inputs: readonly (Flow | string)[],
    ranks: readonly number[],
    attributes: Attributes = {},
    domain = '',
  ): Flow[] {
    const results = ranks.map((rank): Flow => ({ name: this.newName(name), rank }));
    this.operators.push({
      name,
      type,
      domain,
      inputs: inputs.map((input) => (typeof input === 'string' ? input : input.name)),
      outputs: results.map((result) => result.name),
      attributes: new Map(
        Object.entries(attributes).flatMap(([key, value]) =>
          value === undefined ? [] : [[key, attributeOf(value)] as const],
        ),
      ),
    });
    return results;
  }

  /** A number, or a list of them, that belongs to the program. */
  constant(value: number | readonly number[]): string {
    const attributes: Attributes = typeof value === 'number' ? { value_float: value } : { value_ints: value };
    return this.add('constant', 'Constant', [], typeof value === 'number' ? 0 : 1, attributes).name;
  }

  /** Makes a tensor of the file known; a layer that is called twice names it twice. */
  tensor(tensor: StoredTensor): string {
    this.tensors.set(tensor.name, tensor);
    return tensor.name;
  }

  /** ONNX's numbers for element types: 1 for floating-point numbers, 7 for integers. */
  addInput(hint: string, shape: readonly (number | null)[], channelAxis: number): Flow {
    const sizes = shape.map((size, axis) => size ?? (axis === 0 ? 'batch' : `size ${axis}`));
    this.inputs.push({ name: hint, shape: sizes, elementType: 1, channelAxis });
    return { name: hint, rank: shape.length };
  }

  /** What `name` comes from turns out to be ids: the input that it is, or is cut out of. */
  markIds(name: string): void {
    let origin: string | undefined = name;
    for (let steps = 0; origin !== undefined && steps < MAX_STEPS_TO_IDS; steps++) {
      const index = this.inputs.findIndex((input) => input.name === origin);
      if (index >= 0) {
        this.inputs[index] = { ...this.inputs[index], elementType: 7, channelAxis: undefined };
        return;
      }
      [origin] = this.operators.find(({ outputs }) => outputs.includes(origin ?? ''))?.inputs ?? [];
    }
  }

  finish(outputs: readonly Flow[]): Program {
    return {
      inputs: this.inputs,
      outputs: outputs.map(({ name }) => ({ name, shape: undefined, elementType: 1 })),
      operators: this.operators,
    };
  }
}
