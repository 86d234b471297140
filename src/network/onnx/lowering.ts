/**
 * The state of lowering one ONNX program: what every name stands for so far, and the layers found.
 * Operators (./operators) read and extend it; ./run-program drives them in order.
 */
import type { StoredTensor } from '../../formats';
import type { Activation } from '../activation';
import { type Constant, tensorConstant } from '../constant';
import type { NotUnderstood } from '../network';
import { NetworkBuilder } from '../network-builder';
import type { OperatorCall } from './operator-call';
import type { AttentionScores } from './operators/attention';

/** A result of an operator that was not understood. */
export interface Unknown {
  readonly kind: 'unknown';
  readonly reason: string;
}

/** A list of values (ONNX sequences). */
export interface Sequence {
  readonly kind: 'sequence';
  readonly items: readonly Value[];
}

export type Known = Activation | Constant | AttentionScores | Sequence;
export type Value = Known | Unknown;

export type OperatorHandler = (call: OperatorCall) => readonly (Value | undefined)[];

export class Lowering extends NetworkBuilder {
  readonly values = new Map<string, Value>();
  readonly notUnderstood: NotUnderstood[] = [];
  readonly constants = new Set<string>();
  /** Tensors that stand in the program itself, not among its weights. */
  readonly writtenConstants = new Set<string>();
  readonly tensors = new Map<string, StoredTensor>();
  /** Products of queries and keys that no values have followed yet, by the name of what multiplied them. */
  readonly openScores = new Map<AttentionScores['queries'], { name: string; scores: AttentionScores }>();

  /**
   * `smallNumbers`: the elements of every tensor that is small enough to be computed with. `handlers`: what is known of
   * operators, by type, with the domain before it where it is not ONNX's own.
   */
  constructor(
    fileName: string,
    readonly smallNumbers: ReadonlyMap<StoredTensor, readonly number[]>,
    readonly handlers: ReadonlyMap<string, OperatorHandler>,
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
  markConstant({ view, joined }: Constant): void {
    if (view) this.constants.add(view.tensor.name);
    for (const piece of joined?.pieces ?? []) this.markConstant(piece);
  }
}
