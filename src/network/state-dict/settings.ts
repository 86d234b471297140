/**
 * What a configuration beside the file says that the tensors do not: number of heads, activation, whether tables are shared.
 */
import { type ActivationType, activationNamed } from './activation-types';

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

/** The activation of hidden layers, where the configuration has one that is known. */
export const statedActivation = (settings: Settings): ActivationType | undefined =>
  activationNamed(text(settings, 'hidden_act', 'activation_function', 'hidden_activation') ?? '');
