/**
 * The state of lowering one ONNX program: what every name stands for so far, and the layers found.
 * Operators (./operators) read and extend it; ./lower-onnx drives them in order.
 */
import type { Attribute, Operator, StoredTensor } from '../../formats';
import { type Activation, NotUnderstoodError } from '../activation';
import { type Constant, numbersOf, tensorConstant } from '../constant';
import type { NotUnderstood } from '../network';
import { NetworkBuilder } from '../network-builder';
import type { AttentionScores } from './operators/attention';

/** A result of an operator that was not understood. */
export interface Unknown {
  readonly kind: 'unknown';
  readonly reason: string;
}

export type Value = Activation | Constant | AttentionScores | Unknown;

export class Lowering extends NetworkBuilder {
  readonly values = new Map<string, Value>();
  readonly notUnderstood: NotUnderstood[] = [];
  readonly constants = new Set<string>();
  readonly tensors = new Map<string, StoredTensor>();

  /** `smallNumbers`: the elements of every tensor that is small enough to be computed with. */
  constructor(
    fileName: string,
    readonly smallNumbers: ReadonlyMap<StoredTensor, readonly number[]>,
  ) {
    super(fileName);
  }

  /** Makes a tensor known; `numbers` if it is small enough to be computed with. */
  addTensor(name: string, tensor: StoredTensor, numbers?: readonly number[]): Constant {
    const named = tensor.name === name ? tensor : { ...tensor, name };
    this.tensors.set(name, named);
    const constant = tensorConstant(named, numbers);
    this.values.set(name, constant);
    return constant;
  }

  /** A tensor whose values belong to the computation (an epsilon, a scale factor), not to what was learned. */
  markConstant(constant: Constant): void {
    if (constant.view) this.constants.add(constant.view.tensor.name);
  }
}

/** One operator with its inputs looked up. Axes and attributes come with ONNX's defaults. */
export class OperatorCall {
  constructor(
    readonly lowering: Lowering,
    readonly operator: Operator,
    readonly opset: number,
  ) {}

  get inputCount(): number {
    return this.operator.inputs.length;
  }

  has(index: number): boolean {
    return Boolean(this.operator.inputs[index]);
  }

  input(index: number): Activation | Constant | AttentionScores {
    const name = this.operator.inputs[index];
    const value = name ? this.lowering.values.get(name) : undefined;
    if (!value) throw new NotUnderstoodError(`reads "${name ?? ''}", which nothing writes`);
    if (value.kind === 'unknown') throw new UnknownInputError(value.reason);
    return value;
  }

  activation(index: number): Activation {
    const value = this.input(index);
    if (value.kind === 'activation') return value;
    if (value.kind === 'constant') throw new NotUnderstoodError(`takes a constant where data is expected`);
    throw new NotUnderstoodError('takes attention scores where channels are expected');
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

  numberList(name: string): readonly number[] | undefined {
    const attribute = this.#attribute(name);
    return attribute?.kind === 'numbers' ? attribute.value : undefined;
  }

  text(name: string): string {
    const attribute = this.#attribute(name);
    return attribute?.kind === 'text' ? attribute.value : '';
  }

  /** Axes as an attribute (old operator sets) or as an input (new ones). */
  axes(inputIndex: number): readonly number[] | undefined {
    return this.numberList('axes') ?? (this.has(inputIndex) ? this.numbers(inputIndex) : undefined);
  }

  /** A name for the layer that a parameter makes: the parameter's own, without its last part, unless it is made up. */
  layerName(constant: Constant | undefined): string {
    const name = constant?.view?.tensor.name ?? '';
    const isMadeUp = name === '' || /^(onnx::|_|\/|\d|initializer |constant at |val_)/.test(name);
    const chosen = isMadeUp
      ? this.operator.name.replace(/\/(MatMul|Gemm|Conv|Gather|Add|Mul)(_\d+)?$/, '')
      : name;
    return (
      chosen.replace(/^\//, '').replace(/[._/](weight|weights|kernel|bias|gamma|scale|w|W)(:0|_0)?$/, '') ||
      chosen
    );
  }
}

/** The operator only fails because of one before it, which has been reported. */
export class UnknownInputError extends NotUnderstoodError {}

export function normaliseAxis(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (positive < 0 || positive >= rank) throw new NotUnderstoodError(`names axis ${axis} of ${rank}`);
  return positive;
}
