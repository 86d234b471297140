/**
 * One TensorFlow Lite operator while it is put into ONNX's words, and the ONNX operators written so far. Constants that
 * ONNX wants as inputs (axes, shapes) become Constant operators.
 */
import type { Operator } from '../model-file';
import { type Attributes, attributeMap } from '../program-builder';
import { isFloatingPoint, readTensor } from '../tensor';
import type { Table } from './flatbuffer';
import { FUSED } from './schema';
import type { Tensor, UniqueNames } from './tensors';

/** An operator that is known, in a form that ONNX's operators cannot say. The message goes on after "it". */
export class UntranslatableError extends Error {}

/** The operators of a program whose values keep the names that the file gives them. */
export class OperatorList {
  readonly operators: Operator[] = [];

  constructor(readonly names: UniqueNames) {}

  add(
    name: string,
    type: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Attributes = {},
    domain = '',
  ): void {
    this.operators.push({ name, type, domain, inputs, outputs, attributes: attributeMap(attributes) });
  }

  /** A name for what stands between the steps that an operator is taken apart into. */
  fresh(hint: string): string {
    return this.names.next(`${hint} (step)`);
  }
}

/** Constants of shapes and axes are no longer than this. */
const MAX_INTEGERS = 1024;

/** ONNX's operator for each fused activation function. */
const FUSED_OPERATORS = new Map<string, readonly [type: string, least?: number, most?: number]>([
  ['RELU', ['Relu']],
  ['RELU_N1_TO_1', ['Clip', -1, 1]],
  ['RELU6', ['Clip', 0, 6]],
  ['TANH', ['Tanh']],
]);

const MAX_SIZE = 65_536;

/** A number of positions that an operator names. */
export function checkedSize(size: number): number {
  if (!(Number.isInteger(size) && size >= 1 && size <= MAX_SIZE)) {
    throw new UntranslatableError(`names a size of ${size}`);
  }
  return size;
}

export class TfliteCall {
  /** The first result names the operator. */
  readonly name: string;

  constructor(
    readonly builder: OperatorList,
    readonly type: string,
    readonly inputs: readonly (Tensor | undefined)[],
    readonly outputs: readonly Tensor[],
    readonly options: Table | undefined,
  ) {
    // Of a value that was fused, the first name: "Relu;BiasAdd;Conv2D".
    this.name = outputs[0]?.name.split(';', 1)[0] || type;
  }

  has(index: number): boolean {
    return this.inputs[index] !== undefined;
  }

  tensor(index: number): Tensor {
    const tensor = this.inputs[index];
    if (!tensor) throw new UntranslatableError(`has no input ${index}`);
    return tensor;
  }

  input(index: number): string {
    return this.tensor(index).name;
  }

  shape(index: number): readonly number[] {
    return this.tensor(index).shape;
  }

  get output(): Tensor {
    const [first] = this.outputs;
    if (!first) throw new UntranslatableError('has no output');
    return first;
  }

  /** The integers of a constant input. */
  async integers(index: number): Promise<number[]> {
    const { stored, name } = this.tensor(index);
    if (!stored)
      throw new UntranslatableError(`computes "${name}" while it runs, where a constant is expected`);
    if (isFloatingPoint(stored.type))
      throw new UntranslatableError(`takes "${name}", which holds no integers`);
    if (stored.elementCount > MAX_INTEGERS)
      throw new UntranslatableError(`takes "${name}", which is too long`);
    return [...(await readTensor(stored))];
  }

  /** Fields of the options; without options, the schema's defaults. */
  int32(field: number, fallback = 0): number {
    return this.options?.int32(field, fallback) ?? fallback;
  }

  int8(field: number): number {
    return this.options?.int8(field) ?? 0;
  }

  float32(field: number): number {
    return this.options?.float32(field) ?? 0;
  }

  flag(field: number): boolean {
    return this.options?.flag(field) ?? false;
  }

  /** A stride, dilation, window or block. */
  size(field: number): number {
    return checkedSize(this.int32(field, 1));
  }

  /** Adds an ONNX operator whose result is read by others of this call. */
  add(type: string, inputs: readonly string[], attributes?: Attributes): string {
    const output = this.builder.fresh(this.name);
    this.builder.add(this.name, type, inputs, [output], attributes);
    return output;
  }

  /** A list of integers as an input. */
  list(values: readonly number[]): string {
    return this.add('Constant', [], { value_ints: values });
  }

  scalar(value: number): string {
    return this.add('Constant', [], { value_float: value });
  }

  clip(value: string, least: number, most: number): readonly string[] {
    return [value, this.scalar(least), this.scalar(most)];
  }

  /** Adds the ONNX operator whose result is the call's. `fused`: number of the activation function that follows it. */
  write(type: string, inputs: readonly string[], attributes?: Attributes, fused = 0): void {
    const name = FUSED[fused];
    const { builder, output } = this;
    if (name === 'none') {
      builder.add(this.name, type, inputs, [output.name], attributes);
      return;
    }
    const activation = FUSED_OPERATORS.get(name ?? '');
    if (!activation) {
      throw new UntranslatableError(`is followed by the activation function ${name ?? `number ${fused}`}`);
    }
    const [activationType, least, most] = activation;
    const value = this.add(type, inputs, attributes);
    const read = least === undefined || most === undefined ? [value] : this.clip(value, least, most);
    builder.add(this.name, activationType, read, [output.name]);
  }

  transpose(value: string, permutation: readonly number[]): string {
    return this.add('Transpose', [value], { perm: permutation });
  }

  /** [batch, …positions, channels] → [batch, channels, …positions]. */
  channelsFirst(value: string, rank: number): string {
    const positions = Array.from({ length: rank - 2 }, (_, axis) => axis + 1);
    return this.transpose(value, [0, rank - 1, ...positions]);
  }

  /** Writes a result that lies as [batch, channels, …positions] where TensorFlow has the channels last. */
  writeChannelsLast(value: string, rank: number, fused = 0): void {
    const positions = Array.from({ length: rank - 2 }, (_, axis) => axis + 2);
    this.write('Transpose', [value], { perm: [0, ...positions, 1] }, fused);
  }
}
