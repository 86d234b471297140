/** One operator with its inputs looked up. Axes and attributes come with ONNX's defaults. */
import type { Attribute, Operator, Program } from '../../formats';
import { type Activation, NotUnderstoodError } from '../activation';
import { type Constant, numbersOf } from '../constant';
import type { Known, Lowering, Value } from './lowering';

/** The operator only fails because of one before it, which has been reported. */
export class UnknownInputError extends NotUnderstoodError {}

type Attributes = Readonly<Record<string, number | string | readonly number[] | undefined>>;

export class OperatorCall {
  constructor(
    readonly lowering: Lowering,
    readonly operator: Operator,
    /** Undefined for optional inputs that are left out. */
    readonly inputs: readonly (Value | undefined)[],
  ) {}

  /** The results of another operator on the same layer: a fused operator is the same as a few plain ones. */
  run(
    type: string,
    inputs: readonly (Value | undefined)[],
    attributes: Attributes = {},
  ): readonly (Value | undefined)[] {
    const entries = Object.entries(attributes).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, attributeOf(value)] as const],
    );
    const operator = { ...this.operator, outputs: [], attributes: new Map(entries) };
    return new OperatorCall(this.lowering, operator, this.inputs).delegate(type, inputs);
  }

  /** Another operator with this one's attributes. */
  delegate(type: string, inputs: readonly (Value | undefined)[]): readonly (Value | undefined)[] {
    const handler = this.lowering.handlers.get(type);
    if (!handler) throw new NotUnderstoodError(`is made of ${type}, which is not read yet`);
    const names = { inputs: inputs.map(() => ''), outputs: this.operator.outputs };
    return handler(new OperatorCall(this.lowering, { ...this.operator, ...names, type, domain: '' }, inputs));
  }

  /** The first result of another operator. */
  apply(type: string, inputs: readonly (Value | undefined)[], attributes: Attributes = {}): Known {
    const [result] = this.run(type, inputs, attributes);
    if (!result || result.kind === 'unknown')
      throw new NotUnderstoodError(`is made of ${type}, without result`);
    return result;
  }

  /** The same call, as if of another operator: a fused operator's names for what its parts do. */
  as(type: string): OperatorCall {
    return new OperatorCall(this.lowering, { ...this.operator, type }, this.inputs);
  }

  /** The same call of other values. */
  with(inputs: readonly (Value | undefined)[]): OperatorCall {
    return new OperatorCall(this.lowering, { ...this.operator, inputs: inputs.map(() => '') }, inputs);
  }

  has(index: number): boolean {
    return this.inputs[index] !== undefined;
  }

  input(index: number): Known {
    const value = this.inputs[index];
    const name = this.operator.inputs[index] ?? '';
    if (!value) throw new NotUnderstoodError(`reads "${name}", which nothing writes`);
    if (value.kind === 'unknown') throw new UnknownInputError(value.reason);
    return value;
  }

  /** An optional input. */
  maybe(index: number): Known | undefined {
    return this.has(index) ? this.input(index) : undefined;
  }

  activation(index: number): Activation {
    const value = this.input(index);
    if (value.kind === 'activation') return value;
    if (value.kind === 'constant') throw new NotUnderstoodError(`takes a constant where data is expected`);
    const what = value.kind === 'scores' ? 'attention scores' : 'a list';
    throw new NotUnderstoodError(`takes ${what} where channels are expected`);
  }

  constant(index: number): Constant {
    const value = this.input(index);
    if (value.kind === 'constant') return value;
    throw new NotUnderstoodError(
      `computes "${this.operator.inputs[index]}" while it runs, where a constant is expected`,
    );
  }

  /** A small constant that belongs to the computation. */
  numbers(index: number): readonly number[] {
    const constant = this.constant(index);
    this.lowering.markConstant(constant);
    return numbersOf(constant);
  }

  #attribute(name: string): Attribute | undefined {
    return this.operator.attributes.get(name);
  }

  number(name: string, fallback: number): number {
    const attribute = this.#attribute(name);
    return attribute?.kind === 'number' ? attribute.value : fallback;
  }

  /** How many of something: a whole number of at least one. */
  count(name: string, fallback: number): number {
    const count = this.number(name, fallback);
    if (!Number.isSafeInteger(count) || count < 1) throw new NotUnderstoodError(`has a ${name} of ${count}`);
    return count;
  }

  numberList(name: string): readonly number[] | undefined {
    const attribute = this.#attribute(name);
    return attribute?.kind === 'numbers' ? attribute.value : undefined;
  }

  text(name: string): string {
    const attribute = this.#attribute(name);
    return attribute?.kind === 'text' ? attribute.value : '';
  }

  texts(name: string): readonly string[] {
    const attribute = this.#attribute(name);
    return attribute?.kind === 'texts' ? attribute.value : [];
  }

  program(name: string): Program {
    const attribute = this.#attribute(name);
    if (attribute?.kind === 'program') return attribute.value;
    throw new NotUnderstoodError(`has no ${name}`);
  }

  /** Axes as an attribute (old operator sets) or as an input (new ones). */
  axes(inputIndex: number): readonly number[] | undefined {
    return this.numberList('axes') ?? (this.has(inputIndex) ? this.numbers(inputIndex) : undefined);
  }

  /** A name for the layer that a parameter makes: the parameter's own, without its last part, unless it is made up. */
  layerName(constant?: Constant): string {
    const name = constant?.view?.tensor.name ?? '';
    const isMadeUp =
      name === '' ||
      /^(onnx::|_|\/|\d|initializer |constant at |val_|arith\.constant|tfl\.pseudo_|tensor \d)/.test(name);
    const chosen = isMadeUp
      ? this.operator.name.replace(/\/(MatMul|Gemm|Conv|Gather|Add|Mul)(_\d+)?$/, '')
      : name;
    return chosen.replace(/^\//, '').replace(LAST_PART, '') || chosen;
  }
}

function attributeOf(value: number | string | readonly number[]): Attribute {
  if (typeof value === 'number') return { kind: 'number', value };
  return typeof value === 'string' ? { kind: 'text', value } : { kind: 'numbers', value };
}

/** What exporters call the parameters of a layer. */
const LAST_PART =
  /([._/](weight|weights|kernel|bias|alpha|beta|gamma|scale|w|W)|[./](\w+_kernel|embeddings))(:0|_0)?$/;

export function normaliseAxis(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (!(Number.isInteger(positive) && positive >= 0 && positive < rank))
    throw new NotUnderstoodError(`names axis ${axis} of ${rank}`);
  return positive;
}
