/**
 * The weights of a state dict as its layers use them. Some files hold them in another form: as small numbers beside a scale, as
 * directions beside lengths. What they stand for takes their place before anything is inferred, and what only serves to work
 * it out is no parameter.
 */
import type { StoredTensor } from '../../../formats';
import { computed, refuseUnknownForms } from './computed';
import { scaled } from './scaled';
import type { Tensors } from './stored-form-error';

export { StoredFormError } from './stored-form-error';

export interface Weights {
  readonly tensors: Tensors;
  /** Names of those that are constants of the forms. */
  readonly constants: ReadonlySet<string>;
}

/** What stands beside a weight and belongs to it: the pattern of its name, and the weight's name. */
const COMPANIONS: readonly (readonly [RegExp, string])[] = [
  [/^(.*(?:weight|bias)\w*)_(scale|scale_inv|zero_point|u|v|mask)$/, '$1'],
  [/^(.*\.)(SCB|weight_format|(input|output|k|v)_scale)$/, '$1weight'],
  [/^(.*)parametrizations\.(\w+)\.0\._[uv]$/, '$1$2'],
];

/** Throws StoredFormError for weights that cannot be made out. */
export function usedWeights(stored: Tensors): Weights {
  const tensors = new Map<string, StoredTensor>();
  const replaced = new Set<string>();
  for (const tensor of stored.values()) {
    const made = computed(tensor, stored);
    const weight = made?.weight ?? scaled(tensor, stored) ?? tensor;
    tensors.set(weight.name, weight);
    for (const name of made?.replaces ?? []) replaced.add(name);
  }
  for (const name of replaced) tensors.delete(name);
  refuseUnknownForms(tensors);
  const isCompanion = (name: string) =>
    COMPANIONS.some(([pattern, weight]) => pattern.test(name) && tensors.has(name.replace(pattern, weight)));
  return { tensors, constants: new Set([...tensors.keys()].filter(isCompanion)) };
}
