/**
 * The weights of a state dict as its layers use them. Some files hold them in another form: as small numbers beside a scale. What
 * they stand for takes their place before anything is inferred, and what only serves to work it out is no parameter.
 */
import type { StoredTensor } from '../../../formats';
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
  [/^(.*weight)_(scale|scale_inv|zero_point)$/, '$1'],
  [/^(.*\.)(SCB|weight_format|input_scale)$/, '$1weight'],
];

/** Throws StoredFormError for weights that cannot be made out. */
export function usedWeights(stored: Tensors): Weights {
  const tensors = new Map<string, StoredTensor>(
    [...stored].map(([name, tensor]) => [name, scaled(tensor, stored) ?? tensor]),
  );
  const isCompanion = (name: string) =>
    COMPANIONS.some(([pattern, weight]) => pattern.test(name) && tensors.has(name.replace(pattern, weight)));
  return { tensors, constants: new Set([...tensors.keys()].filter(isCompanion)) };
}
