/**
 * The program of an inferred network with the numbers that names and shapes do not tell: what norms add to variances, the scale
 * and mask of attention, the speeds of rotary positions, the bounds of activations. Who is connected with whom does not depend
 * on them, what the network computes does. They are the configuration's, or those that the family's library has.
 */
import type { Attribute, Operator, Program, StoredTensor } from '../../formats';
import { BERT } from './families/bert';
import { TIMM_CONVNEXT, TORCHVISION_CONVNEXT } from './families/convnext';
import { GGUF_BERT, GGUF_GPT2, GGUF_LLAMA } from './families/gguf';
import { GPT2 } from './families/gpt2';
import { LLAMA } from './families/llama';
import { MOBILENET_V3 } from './families/mobilenet';
import { HUGGINGFACE_VIT, TIMM_VIT, TORCHVISION_VIT } from './families/vit';
import type { Family } from './family';
import { flag, type Settings } from './settings';

interface Numerics {
  /** What norms add to a variance, where it is not ONNX's 1e-5. */
  readonly epsilon?: number;
  /** A token reads those before it only. */
  readonly isCausal?: boolean;
  /** GELU by its approximation with tanh. */
  readonly hasShortGelu?: boolean;
}

const TRANSFORMER: Numerics = { epsilon: 1e-12 };
const VISION: Numerics = { epsilon: 1e-6 };
const GENERATIVE: Numerics = { isCausal: true, hasShortGelu: true };

const OF_FAMILIES = new Map<string, Numerics>([
  ...[TORCHVISION_CONVNEXT, TIMM_CONVNEXT, TORCHVISION_VIT, TIMM_VIT].map(
    ({ name }) => [name, VISION] as const,
  ),
  ...[BERT, GGUF_BERT, HUGGINGFACE_VIT].map(({ name }) => [name, TRANSFORMER] as const),
  ...[GPT2, GGUF_GPT2].map(({ name }) => [name, GENERATIVE] as const),
  ...[LLAMA, GGUF_LLAMA].map(({ name }) => [name, { epsilon: 1e-6, isCausal: true }] as const),
  [MOBILENET_V3.name, { epsilon: 1e-3 }],
  ['Keras’s ResNet', { epsilon: 1.001e-5 }],
  ['Keras’s DenseNet', { epsilon: 1.001e-5 }],
  ['Keras’s MobileNetV2', { epsilon: 1e-3 }],
  ['Keras’s EfficientNet', { epsilon: 1e-3 }],
]);

/** SIREN's ω₀: what its authors multiply by before every sine. */
const SINE_FREQUENCY = 30;
const ROPE_THETA = 10_000;
/** What is added to the score of a token that is not to be read. */
const MASKED = -1e9;
/** The sum of DeiT's two heads, whose mean it puts out. */
const DISTILLED_HEADS = 'heads.add';
const SHORT_GELU = /^gelu_(new|fast|pytorch_tanh)$/;

interface Rotation {
  readonly theta: number;
  /** Neighbouring dimensions turn into one another, not halves of a head. */
  readonly isInterleaved: boolean;
}

function stated({ name }: Family, settings: Settings): Numerics & Rotation {
  const own = OF_FAMILIES.get(name) ?? {};
  const number = (...keys: string[]) =>
    keys.map((key) => settings.get(key)).find((value): value is number => typeof value === 'number');
  const activation = settings.get('hidden_act') ?? settings.get('activation_function');
  const rope = settings.get('rope_parameters') as { rope_theta?: unknown } | null | undefined;
  const theta = number('rope_theta') ?? rope?.rope_theta;
  return {
    epsilon: number('layer_norm_eps', 'layer_norm_epsilon', 'rms_norm_eps') ?? own.epsilon,
    isCausal: own.isCausal,
    hasShortGelu: typeof activation === 'string' ? SHORT_GELU.test(activation) : own.hasShortGelu,
    theta: typeof theta === 'number' ? theta : ROPE_THETA,
    isInterleaved: flag(settings, 'rope_interleave') === true,
  };
}

/** `shapes`: of the values of the program, by name. */
export function withNumerics(
  program: Program,
  shapes: ReadonlyMap<string, readonly number[]>,
  family: Family,
  settings: Settings,
): Program {
  return new Completion(program, shapes, stated(family, settings)).make();
}

class Completion {
  readonly #operators: Operator[] = [];
  readonly #writers: ReadonlyMap<string, Operator>;
  /** What looks rows up: whole numbers. */
  readonly #indices: ReadonlySet<string>;

  constructor(
    readonly program: Program,
    readonly shapes: ReadonlyMap<string, readonly number[]>,
    readonly numerics: ReturnType<typeof stated>,
  ) {
    this.#writers = new Map(
      program.operators.flatMap((one) => one.outputs.map((name) => [name, one] as const)),
    );
    this.#indices = new Set(
      program.operators.flatMap(({ type, inputs }) => (type === 'Gather' ? inputs.slice(1, 2) : [])),
    );
  }

  make(): Program {
    for (const operator of this.program.operators) this.#operators.push(this.#complete(operator));
    const outputs = this.program.outputs.map((output) => ({
      ...output,
      shape: this.shapes.get(output.name),
    }));
    return { ...this.program, outputs, operators: this.#operators };
  }

  /** An operator with its numbers; what it reads besides is added before it. */
  #complete(operator: Operator): Operator {
    const { epsilon, hasShortGelu } = this.numerics;
    switch (operator.type) {
      case 'BatchNormalization':
      case 'LayerNormalization':
      case 'RMSNormalization':
      case 'GroupNormalization':
        return epsilon === undefined ? operator : withNumber(operator, 'epsilon', epsilon);
      case 'Clip':
        return withNumber(withNumber(operator, 'min', 0), 'max', 6);
      case 'HardSigmoid':
        return withNumber(operator, 'alpha', 1 / 6);
      case 'Gelu':
        return hasShortGelu
          ? withAttribute(operator, 'approximate', { kind: 'text', value: 'tanh' })
          : operator;
      case 'Add':
        return operator.name === DISTILLED_HEADS ? this.#halved(operator) : operator;
      case 'Sin':
        return this.#scaled(operator, SINE_FREQUENCY);
      case 'Softmax':
        return this.#attention(operator);
      case 'RotaryEmbedding':
        return this.#rotary(operator);
      case 'Constant':
        return this.#index(operator);
      default:
        return operator;
    }
  }

  #halved(operator: Operator): Operator {
    const [output] = operator.outputs;
    const sum = `${output} (sum)`;
    this.#operators.push({ ...operator, outputs: [sum] });
    const half: Operator = { ...operator, type: 'Identity', name: `${operator.name} (mean)`, inputs: [sum] };
    return this.#scaled(half, 0.5);
  }

  /** Of the input of an operator, `factor` times. */
  #scaled(operator: Operator, factor: number): Operator {
    const [input] = operator.inputs;
    return this.#after(operator, 'Mul', input, { kind: 'number', value: factor }, 'value_float');
  }

  #after(operator: Operator, type: string, input: string, value: Attribute, key: string): Operator {
    const [output] = operator.outputs;
    const constant = `${output} (${type} by)`;
    const result = `${output} (${type})`;
    const name = `${operator.name} (${type})`;
    const common = { name, domain: '' };
    this.#operators.push(
      { ...common, type: 'Constant', inputs: [], outputs: [constant], attributes: new Map([[key, value]]) },
      { ...common, type, inputs: [input, constant], outputs: [result], attributes: new Map() },
    );
    return { ...operator, inputs: [result, ...operator.inputs.slice(1)] };
  }

  /** Scores of attention are divided by the root of a head's size, and masked where a token does not read later ones. */
  #attention(operator: Operator): Operator {
    const product = this.#writers.get(operator.inputs[0]);
    const size = product && this.shapes.get(product.inputs[0])?.at(-1);
    const length = this.shapes.get(operator.inputs[0])?.at(-1);
    if (product?.type !== 'MatMul' || size === undefined || length === undefined) return operator;
    const scaled = this.#scaled(operator, size ** -0.5);
    if (!this.numerics.isCausal) return scaled;
    const mask = Float32Array.from({ length: length * length }, (_, place) =>
      place % length > Math.floor(place / length) ? MASKED : 0,
    );
    const value: Attribute = { kind: 'tensor', value: tensor([1, 1, length, length], mask) };
    return this.#after(scaled, 'Add', scaled.inputs[0], value, 'value');
  }

  /** The two dimensions of pair p of a head, half a head apart or neighbours, turn by position · θ^(−2p / size). */
  #rotary(operator: Operator): Operator {
    const [, , length = 0, size = 0] = this.shapes.get(operator.inputs[0]) ?? [];
    const half = size / 2;
    const angles = Float64Array.from(
      { length: length * half },
      (_, place) => Math.floor(place / half) * this.numerics.theta ** (-(place % half) / half),
    );
    const tables = (['cos', 'sin'] as const).map((turn) => {
      const output = `${operator.outputs[0]} (${turn})`;
      const value: Attribute = {
        kind: 'tensor',
        value: tensor([1, length, half], Float32Array.from(angles, Math[turn])),
      };
      this.#operators.push({
        ...{
          name: `${operator.name} (${turn})`,
          type: 'Constant',
          domain: '',
          inputs: [],
          outputs: [output],
        },
        attributes: new Map([['value', value]]),
      });
      return output;
    });
    const turned = { ...operator, inputs: [operator.inputs[0], ...tables] };
    return this.numerics.isInterleaved ? withNumber(turned, 'interleaved', 1) : turned;
  }

  #index(operator: Operator): Operator {
    const value = operator.attributes.get('value_float');
    const isIndex = value !== undefined && operator.outputs.some((name) => this.#indices.has(name));
    return isIndex ? { ...operator, attributes: new Map([['value_int', value]]) } : operator;
  }
}

const withAttribute = (operator: Operator, key: string, value: Attribute): Operator => ({
  ...operator,
  attributes: new Map([...operator.attributes, [key, value]]),
});

const withNumber = (operator: Operator, key: string, value: number) =>
  withAttribute(operator, key, { kind: 'number', value });

const tensor = (shape: readonly number[], values: Float32Array): StoredTensor => ({
  ...{ name: '', shape, type: 'float32', elementCount: values.length },
  storage: { kind: 'numbers', values },
});
