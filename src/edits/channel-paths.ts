/**
 * What happens to a layer's channels on the way to the weights that read them, followed through the program: by which operators
 * they are written, and which stand in between. A factor on a channel can be taken back by its readers only if all of these let
 * it through.
 */
import type { Operator, Program } from '../formats';

/** Whether f(c·x) = c·f(x): for every c > 0, or for c = −1. */
export type Factor = 'positive' | 'negative';

export interface ChannelPath {
  /** Names of the tensors that the channels are proportional to: a weight or a norm's scale, and all that is added. */
  readonly writers: ReadonlySet<string>;
  /** Names of the weights that read them. */
  readonly readers: ReadonlySet<string>;
}

/** Operators that only move numbers about, or add them up. */
const LINEAR = new Set([
  ...['Identity', 'Dropout', 'Cast', 'Transpose', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Concat'],
  ...['Split', 'Slice', 'Gather', 'Expand', 'Tile', 'AveragePool', 'GlobalAveragePool', 'ReduceMean'],
  ...['ReduceSum', 'Neg', 'DepthToSpace', 'SpaceToDepth', 'Pad', 'Resize', 'Upsample'],
]);
const PROPORTIONAL = new Set([
  'Relu',
  'LeakyRelu',
  'PRelu',
  'MaxPool',
  'GlobalMaxPool',
  'ReduceMax',
  'ReduceMin',
  'Abs',
]);
const ODD = new Set(['Tanh', 'Sin', 'Atan', 'Asinh', 'Sinh', 'Erf', 'Softsign']);
const OTHER_ACTIVATIONS = new Set([
  ...[
    'Sigmoid',
    'Elu',
    'Selu',
    'Celu',
    'Gelu',
    'HardSigmoid',
    'HardSwish',
    'Swish',
    'Mish',
    'Softplus',
    'Clip',
  ],
]);
const ELEMENTWISE = new Set([...LINEAR, ...PROPORTIONAL, ...ODD, ...OTHER_ACTIVATIONS]);
const NORMS = new Set([
  ...['BatchNormalization', 'LayerNormalization', 'GroupNormalization', 'InstanceNormalization'],
  ...['RMSNormalization', 'SimplifiedLayerNormalization'],
]);
/** Operators that multiply by a stored weight. */
const WEIGHTED = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);
/** Operators that look at shapes only. */
const SHAPES = new Set(['Shape', 'Size']);

/** Why a group's channels cannot be scaled; the message goes on after "it". */
export class ObstacleError extends Error {}

export class ChannelPaths {
  /** By value, the stored tensors that it is computed from, where it is computed from nothing else. */
  readonly #constants = new Map<string, ReadonlySet<string>>();
  readonly #readers = new Map<string, Operator[]>();
  readonly #outputs: ReadonlySet<string>;
  /** What bodies of branches and loops read. */
  readonly #hidden = new Set<string>();

  constructor(program: Program, tensorNames: Iterable<string>) {
    for (const name of tensorNames) this.#constants.set(name, new Set([name]));
    this.#outputs = new Set(program.outputs.map(({ name }) => name));
    for (const operator of program.operators) this.#note(operator);
  }

  #note(operator: Operator): void {
    const inputs = operator.inputs.filter(Boolean);
    for (const name of inputs) {
      const known = this.#readers.get(name);
      if (known) known.push(operator);
      else this.#readers.set(name, [operator]);
    }
    let isWhole = true;
    for (const attribute of operator.attributes.values()) {
      if (attribute.kind !== 'program') continue;
      isWhole = false;
      this.#hide(attribute.value);
    }
    if (!isWhole || !inputs.every((name) => this.#constants.has(name))) return;
    const sources = new Set(inputs.flatMap((name) => [...(this.#constants.get(name) ?? [])]));
    // A constant that the program holds is a tensor of the network under its own name.
    for (const output of operator.outputs) {
      if (!this.#constants.has(output))
        this.#constants.set(output, inputs.length ? sources : new Set([output]));
    }
  }

  /** Notes all that a body reads, and the bodies within it. */
  #hide({ operators }: Program): void {
    for (const { inputs, attributes } of operators) {
      for (const name of inputs) this.#hidden.add(name);
      for (const attribute of attributes.values())
        if (attribute.kind === 'program') this.#hide(attribute.value);
    }
  }

  #tensorsOf(name: string): readonly string[] {
    return [...(this.#constants.get(name) ?? [])];
  }

  /**
   * Follows what the operator with one of these weights writes. Throws ObstacleError where a factor cannot be taken back.
   */
  follow(weights: ReadonlySet<string>, factor: Factor): ChannelPath {
    const writers = [...weights].flatMap((weight) =>
      [...this.#operatorsOf(weight)].filter(
        ({ inputs }) => !inputs.every((name) => this.#constants.has(name)),
      ),
    );
    const [origin, ...others] = new Set(writers);
    if (!origin || others.length > 0)
      throw new ObstacleError('is written by several operators, or none that is known');
    if (!WEIGHTED.has(origin.type)) throw new ObstacleError(`is written by ${origin.type} "${origin.name}"`);
    const passing = new Set([...LINEAR, ...(factor === 'positive' ? PROPORTIONAL : ODD)]);
    let from = origin;
    // What is normalised is scaled behind the norm: before it, nothing would change.
    for (let norm = this.#onlyNorm(from); norm; norm = this.#onlyNorm(from)) from = norm;
    const path = { writers: new Set(this.#parametersOf(from)), readers: new Set<string>() };
    this.#walk(from, passing, path);
    return path;
  }

  /** Operators that read a stored tensor, as it is or turned round first. */
  #operatorsOf(tensor: string): Set<Operator> {
    const found = new Set<Operator>();
    for (const [name, sources] of this.#constants) {
      if (sources.has(tensor)) for (const reader of this.#readers.get(name) ?? []) found.add(reader);
    }
    return found;
  }

  /** Weight and bias, or scale and shift: not the statistics of a norm. */
  #parametersOf({ type, inputs }: Operator): string[] {
    const own = NORMS.has(type) ? inputs.slice(1, 3) : inputs;
    return own.flatMap((name) => this.#tensorsOf(name));
  }

  /** The norm that all that an operator writes goes to, if there is one. */
  #onlyNorm(from: Operator): Operator | undefined {
    const met = new Set<Operator>();
    const queue = [from.outputs[0]];
    for (const name of queue) {
      if (this.#outputs.has(name) || this.#hidden.has(name)) return undefined;
      for (const reader of this.#readers.get(name) ?? []) {
        if (NORMS.has(reader.type) && reader.inputs[0] === name) met.add(reader);
        else if (ELEMENTWISE.has(reader.type) || this.#isWithConstant(reader, name))
          queue.push(...fresh(reader, queue));
        else if (!SHAPES.has(reader.type)) return undefined;
      }
    }
    const [norm, ...others] = met;
    return others.length === 0 ? norm : undefined;
  }

  /** Adds, subtracts, multiplies or divides by something that is stored. */
  #isWithConstant({ type, inputs }: Operator, name: string): boolean {
    const other = inputs[0] === name ? inputs[1] : inputs[0];
    if (type === 'Div') return inputs[0] === name && this.#constants.has(other);
    return ['Add', 'Sub', 'Mul'].includes(type) && this.#constants.has(other);
  }

  #walk(
    from: Operator,
    passing: ReadonlySet<string>,
    path: { writers: Set<string>; readers: Set<string> },
  ): void {
    const queue = [from.outputs[0]];
    for (const name of queue) {
      if (this.#outputs.has(name)) throw new ObstacleError('is what the network puts out');
      if (this.#hidden.has(name)) throw new ObstacleError('is read within a branch or loop');
      for (const reader of this.#readers.get(name) ?? []) {
        if (SHAPES.has(reader.type)) continue;
        if (WEIGHTED.has(reader.type)) this.#meetWeight(reader, name, path);
        else if (this.#isWithConstant(reader, name)) {
          if (reader.type === 'Add' || reader.type === 'Sub') this.#meetBias(reader, path);
          queue.push(...fresh(reader, queue));
        } else if (passing.has(reader.type)) {
          checkPassing(reader, name);
          queue.push(...fresh(reader, queue));
        } else
          throw new ObstacleError(
            `is followed by ${reader.type} "${reader.name}", which ${whyNot(reader.type, passing)}`,
          );
      }
    }
  }

  #meetWeight(reader: Operator, name: string, { readers }: { readers: Set<string> }): void {
    const weights = reader.inputs.slice(0, 2).filter((input) => input !== name);
    const tensors = weights.flatMap((input) => this.#tensorsOf(input));
    if (tensors.length === 0)
      throw new ObstacleError(`is multiplied by another value in ${reader.type} "${reader.name}"`);
    for (const tensor of tensors) readers.add(tensor);
  }

  #meetBias({ inputs, name, type }: Operator, { writers }: { writers: Set<string> }): void {
    const tensors = inputs.flatMap((input) => this.#tensorsOf(input));
    if (tensors.length === 0) throw new ObstacleError(`has a constant added by ${type} "${name}"`);
    for (const tensor of tensors) writers.add(tensor);
  }
}

const fresh = ({ outputs }: Operator, queue: readonly string[]) =>
  outputs.filter((output) => output && !queue.includes(output));

function checkPassing({ type, name, inputs, attributes }: Operator, value: string): void {
  if (type !== 'Concat' && inputs[0] !== value) throw new ObstacleError(`steers ${type} "${name}"`);
  const filler = attributes.get('value');
  const hasFiller = inputs[2] !== undefined && inputs[2] !== '';
  if (type === 'Pad' && (hasFiller || (filler?.kind === 'number' && filler.value !== 0))) {
    throw new ObstacleError(`is padded by Pad "${name}" with a constant`);
  }
}

function whyNot(type: string, passing: ReadonlySet<string>): string {
  if (!ELEMENTWISE.has(type)) return 'does not let a factor through';
  return passing.has('Relu') ? 'is not proportional to what it is given' : 'is not odd: f(−x) is not −f(x)';
}
