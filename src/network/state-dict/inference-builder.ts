/**
 * The program that a family writes over the tensors of a state dict, and what it had to take for granted. What a family
 * knows of a network is told in the same vocabulary as what an exporter knows, and is lowered by the same code.
 *
 * Values know their shapes, so that a family can ask how many channels or positions it has before it.
 */
import { type Attributes, type Flow, type Program, ProgramBuilder, type StoredTensor } from '../../formats';
import {
  ACTIVATION_OPTIONS,
  type ActivationType,
  activationNamed,
  nameOfActivation,
} from './activation-types';
import type { Choices } from './choices';
import { type Settings, statedActivation } from './settings';

/** Version of ONNX's operator set that the programs are written in. */
export const OPSET = 23;

/** As long a sequence as a program that leaves the length open is given. */
const SEQUENCE_LENGTH = 16;

export interface Value extends Flow {
  readonly shape: readonly number[];
}

type Input = Value | StoredTensor | undefined;

/** The names are a family's, the shapes are not. The message goes on after "its names are those of …, but ". */
export class MismatchError extends Error {}

export class InferenceBuilder {
  /** What the file does not say and the family took for granted, in whole sentences. */
  readonly assumptions = new Set<string>();
  /** Of every value, by its name. */
  readonly shapes = new Map<string, readonly number[]>();
  readonly #builder: ProgramBuilder;
  readonly #outputs: Value[] = [];

  #hiddenActivation: ActivationType | undefined;
  #endsWith: 'Softmax' | undefined;

  /** `tensors`: all of the file, so that no value takes the name of one. */
  constructor(
    tensors: ReadonlyMap<string, StoredTensor>,
    /** What the configuration beside the file says. */
    readonly settings: Settings,
    /** What a person may correct. */
    readonly choices: Choices,
    /** What usually follows hidden layers. */
    readonly usualActivation: ActivationType,
  ) {
    this.#builder = new ProgramBuilder((name) => tensors.has(name));
  }

  /** What follows hidden layers: as the configuration says, or a person, or as is usual. */
  get hiddenActivation(): ActivationType {
    this.#hiddenActivation ??= statedActivation(this.settings) ?? this.#chooseActivation();
    return this.#hiddenActivation;
  }

  #chooseActivation(): ActivationType {
    const { value, label } = nameOfActivation(this.usualActivation);
    if (!this.choices.isCorrected('activation'))
      this.assume(`${label} follows every hidden layer: the file does not say which activation does`);
    const chosen = this.choices.option(
      'activation',
      'Activation after hidden layers',
      value,
      ACTIVATION_OPTIONS,
    );
    return activationNamed(chosen) ?? this.usualActivation;
  }

  /** Features [1, channels], or a picture [1, channels, …sides]. */
  input(channels: number, sides: readonly number[] = []): Value {
    return this.#addInput([1, channels, ...sides]);
  }

  /** Ids of tokens, [1, length]. */
  ids(length = SEQUENCE_LENGTH): Value {
    const ids = this.#addInput([1, length]);
    this.#builder.markIds(ids.name);
    return ids;
  }

  #addInput(shape: readonly number[]): Value {
    return { ...this.#builder.addInput(this.#builder.newName('input'), shape, 1), shape };
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
    label = type,
  ): Value[] {
    const ranks = shapes.map(({ length }) => length);
    const results = this.#builder.addMany(label, type, inputs, ranks, attributes);
    results.forEach(({ name }, index) => {
      this.shapes.set(name, shapes[index]);
    });
    return results.map((result, index) => ({ ...result, shape: shapes[index] }));
  }

  /** A whole number, or a list of them, that belongs to the program. */
  integers(value: number | readonly number[]): Value {
    const shape = typeof value === 'number' ? [] : [value.length];
    return { ...this.#builder.constant(value), shape };
  }

  output(value: Value): void {
    this.#outputs.push(this.#endsWith ? this.op(this.#endsWith, [value], value.shape) : value);
  }

  /** What follows every output, for families that end with more than a layer. */
  endWith(type: 'Softmax'): void {
    this.#endsWith = type;
  }

  assume(sentence: string): void {
    this.assumptions.add(sentence);
  }

  /** True if some operator reads the tensor. */
  reads({ name }: StoredTensor): boolean {
    return this.#builder.tensors.has(name);
  }

  get program(): Program {
    return this.#builder.finish(this.#outputs);
  }
}
