/** One operator with its inputs looked up, and what its handler needs to add nodes for it. */
import type { Operator } from '../../../formats';
import { NotUnderstoodError } from '../../../network/activation';
import type { ComputationGraphBuilder } from '../computation-graph';
import { type NodeTensor, type NumberTensor, nodeTensor, type Tensor } from './tensors';

export type OperatorHandler = (call: OperatorCall) => Tensor | readonly Tensor[];

export class OperatorCall {
  constructor(
    readonly builder: ComputationGraphBuilder,
    readonly operator: Operator,
    /** Undefined for optional inputs that are left out. */
    readonly inputs: readonly (Tensor | undefined)[],
    /** Of ONNX's operator set. */
    readonly version: number,
    /** True where the values at an input were made for this operator alone. */
    readonly isOnlyReader: (index: number) => boolean,
    /** Elements of the tensor that an attribute holds. */
    readonly tensorAttribute: (name: string) => NumberTensor | undefined,
  ) {}

  /** `reason` follows the operator's name: "divides by an activation". */
  refuse(reason: string): never {
    throw new NotUnderstoodError(reason);
  }

  has(index: number): boolean {
    return this.inputs[index] !== undefined;
  }

  tensor(index: number): Tensor {
    return this.inputs[index] ?? this.refuse(`lacks input ${index + 1}`);
  }

  /** The input as nodes; known numbers become nodes that hold them. */
  nodes(index: number): NodeTensor {
    return this.asNodes(this.tensor(index));
  }

  asNodes(tensor: Tensor): NodeTensor {
    if (tensor.kind === 'nodes') return tensor;
    return nodeTensor(
      tensor.shape,
      Int32Array.from(tensor.numbers, (number) => this.builder.addNode(number)),
    );
  }

  /** Every node at an input is a sum that only this operator reads: it may be changed instead of followed by another. */
  mayChange(index: number): boolean {
    const tensor = this.inputs[index];
    if (tensor?.kind !== 'nodes' || !this.isOnlyReader(index)) return false;
    return tensor.nodes.every((node) => this.builder.isLinear(node));
  }

  constant(index: number): NumberTensor {
    const tensor = this.tensor(index);
    if (tensor.kind === 'numbers') return tensor;
    return this.refuse(
      `computes "${this.operator.inputs[index]}" from the data, where a constant is expected`,
    );
  }

  /** The numbers at an optional input. */
  numbersAt(index: number): number[] | undefined {
    return this.has(index) ? [...this.constant(index).numbers] : undefined;
  }

  /** One number per channel. */
  perChannel(index: number, channels: number): Float64Array {
    const { numbers } = this.constant(index);
    if (numbers.length !== channels) this.refuse(`has ${numbers.length} parameters for ${channels} channels`);
    return numbers;
  }

  number(name: string, fallback: number): number {
    const attribute = this.operator.attributes.get(name);
    return attribute?.kind === 'number' ? attribute.value : fallback;
  }

  numbers(name: string): readonly number[] | undefined {
    const attribute = this.operator.attributes.get(name);
    return attribute?.kind === 'numbers' ? attribute.value : undefined;
  }

  text(name: string): string {
    const attribute = this.operator.attributes.get(name);
    return attribute?.kind === 'text' ? attribute.value : '';
  }

  axis(axis: number, rank: number): number {
    const positive = axis < 0 ? axis + rank : axis;
    return Number.isInteger(positive) && positive >= 0 && positive < rank
      ? positive
      : this.refuse(`names axis ${axis} of ${rank}`);
  }

  /** Axes as an attribute (old operator sets) or as an input (new ones), none given: undefined. */
  axes(inputIndex: number, rank: number): readonly number[] | undefined {
    const axes = this.numbers('axes') ?? this.numbersAt(inputIndex);
    return axes?.map((axis) => this.axis(axis, rank));
  }
}
