/** Weights in a form that is known and cannot be undone. */
import type { StoredTensor } from '../../../formats';

/** The message is a sentence without its full stop. */
export class StoredFormError extends Error {}

/** By name, in the order of the file. */
export type Tensors = ReadonlyMap<string, StoredTensor>;
