/** The nonlinearities that nodes of a computation graph may have, by the ONNX operators that apply them. */
import type { Pointwise } from './perceptron';

export interface Nonlinearity {
  /** Unique, with its parameters: "leakyRelu(0.01)". */
  readonly name: string;
  readonly apply: Pointwise;
  /** A place where the function is finite and its value a float32. */
  readonly rest: number;
}

const nonlinearity = (name: string, apply: Pointwise, rest = 0): Nonlinearity => ({ name, apply, rest });

export const IDENTITY = nonlinearity('identity', (x) => x);
export const RELU = nonlinearity('relu', (x) => Math.max(0, x));
export const SQUARE = nonlinearity('square', (x) => x * x);
export const RECIPROCAL = nonlinearity('reciprocal', (x) => 1 / x, 1);
export const SQRT = nonlinearity('sqrt', Math.sqrt);
export const EXP = nonlinearity('exp', Math.exp);
export const LOG = nonlinearity('log', Math.log, 1);

/** Terms of the series of erf: enough for float64 up to the end of its range. */
const ERF_TERMS = 120;
/** Beyond it erf is ±1 in float64. */
const ERF_END = 6;

/** erf x = 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (1·3·…·(2n+1)), a sum of terms of one sign. */
export function erf(x: number): number {
  if (Math.abs(x) > ERF_END) return Math.sign(x);
  let [term, sum] = [x, x];
  for (let n = 1; n < ERF_TERMS; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
    if (Math.abs(term) < Math.abs(sum) * Number.EPSILON) break;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

const sigmoid: Pointwise = (x) => 1 / (1 + Math.exp(-x));
const softplus: Pointwise = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const elu = (x: number, alpha: number) => (x > 0 ? x : alpha * Math.expm1(x));
const exactGelu: Pointwise = (x) => 0.5 * x * (1 + erf(x / Math.SQRT2));
const tanhGelu: Pointwise = (x) =>
  0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

/** Far enough to the left for softplus to be 0. */
const LEFT_OF_SOFTPLUS = -1024;

export interface FunctionAttributes {
  number(name: string, fallback: number): number;
  text(name: string): string;
}

/** What ONNX calls its pointwise operators, with the defaults of their attributes. */
export const POINTWISE_OPERATORS: ReadonlyMap<string, (attributes: FunctionAttributes) => Nonlinearity> =
  new Map<string, (attributes: FunctionAttributes) => Nonlinearity>([
    ['Relu', () => RELU],
    ['Exp', () => EXP],
    ['Log', () => LOG],
    ['Sqrt', () => SQRT],
    ['Reciprocal', () => RECIPROCAL],
    ['Abs', () => nonlinearity('abs', Math.abs)],
    ['Sin', () => nonlinearity('sin', Math.sin)],
    ['Cos', () => nonlinearity('cos', Math.cos)],
    ['Tanh', () => nonlinearity('tanh', Math.tanh)],
    ['Sigmoid', () => nonlinearity('sigmoid', sigmoid)],
    ['Erf', () => nonlinearity('erf', erf)],
    ['Softplus', () => nonlinearity('softplus', softplus, LEFT_OF_SOFTPLUS)],
    ['Softsign', () => nonlinearity('softsign', (x) => x / (1 + Math.abs(x)))],
    ['Mish', () => nonlinearity('mish', (x) => x * Math.tanh(softplus(x)))],
    ['HardSwish', () => nonlinearity('hardSwish', (x) => x * Math.min(Math.max(x / 6 + 0.5, 0), 1))],
    ['Swish', (given) => swish(given.number('alpha', 1))],
    ['LeakyRelu', (given) => leakyRelu(given.number('alpha', 0.01))],
    ['Elu', (given) => eluOf(given.number('alpha', 1))],
    ['Celu', (given) => celu(given.number('alpha', 1))],
    ['Selu', (given) => selu(given.number('alpha', 1.67326324), given.number('gamma', 1.05070102))],
    ['HardSigmoid', (given) => hardSigmoid(given.number('alpha', 0.2), given.number('beta', 0.5))],
    [
      'Gelu',
      (given) =>
        given.text('approximate') === 'tanh'
          ? nonlinearity('gelu(tanh)', tanhGelu)
          : nonlinearity('gelu', exactGelu),
    ],
  ]);

const swish = (alpha: number) => nonlinearity(`swish(${alpha})`, (x) => x * sigmoid(alpha * x));
const leakyRelu = (slope: number) => nonlinearity(`leakyRelu(${slope})`, (x) => (x < 0 ? slope * x : x));
const eluOf = (alpha: number) => nonlinearity(`elu(${alpha})`, (x) => elu(x, alpha));
const celu = (alpha: number) => nonlinearity(`celu(${alpha})`, (x) => elu(x / alpha, 1) * alpha);
const selu = (alpha: number, gamma: number) =>
  nonlinearity(`selu(${alpha},${gamma})`, (x) => gamma * elu(x, alpha));

function hardSigmoid(slope: number, offset: number): Nonlinearity {
  const apply = (x: number) => Math.min(Math.max(slope * x + offset, 0), 1);
  // Left of where a positive slope begins.
  const rest = slope > 0 ? -Math.ceil(Math.abs(offset / slope)) : 0;
  return nonlinearity(`hardSigmoid(${slope},${offset})`, apply, rest);
}

export function clip(low: number, high: number): Nonlinearity {
  const apply = (x: number) => Math.min(Math.max(x, low), high);
  return nonlinearity(`clip(${low},${high})`, apply, Math.min(Math.max(0, low), high));
}

export const power = (exponent: number) => nonlinearity(`power(${exponent})`, (x) => x ** exponent, 1);
