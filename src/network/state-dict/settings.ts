/**
 * What a configuration beside the file says that the tensors do not: number of heads, activation, whether tables are shared.
 */
import type { ActivationType } from './layers';

export type Settings = ReadonlyMap<string, unknown>;

/** The first of `keys` that is a positive whole number. */
export function count(settings: Settings, ...keys: readonly string[]): number | undefined {
  return keys
    .map((key) => settings.get(key))
    .find((value): value is number => Number.isSafeInteger(value) && (value as number) > 0);
}

function text(settings: Settings, ...keys: readonly string[]): string | undefined {
  return keys.map((key) => settings.get(key)).find((value): value is string => typeof value === 'string');
}

export function flag(settings: Settings, key: string): boolean | undefined {
  const value = settings.get(key);
  return typeof value === 'boolean' ? value : undefined;
}

/** Activation functions as configurations call them. */
const ACTIVATIONS: ReadonlyMap<string, ActivationType> = new Map([
  ['relu', 'Relu'],
  ['relu6', 'Clip'],
  ['leaky_relu', 'LeakyRelu'],
  ['elu', 'Elu'],
  ['selu', 'Selu'],
  ['gelu', 'Gelu'],
  ['gelu_new', 'Gelu'],
  ['gelu_fast', 'Gelu'],
  ['gelu_pytorch_tanh', 'Gelu'],
  ['silu', 'Swish'],
  ['swish', 'Swish'],
  ['mish', 'Mish'],
  ['hard_swish', 'HardSwish'],
  ['sigmoid', 'Sigmoid'],
  ['tanh', 'Tanh'],
  ['sine', 'Sin'],
]);

/** The activation of hidden layers, where the configuration has one that is known. */
export const activationType = (settings: Settings): ActivationType | undefined =>
  ACTIVATIONS.get(text(settings, 'hidden_act', 'activation_function') ?? '');
