/** Every layer of Keras that is understood, by class. What is not here is reported by name. */
import { ACTIVATIONS } from './activations';
import { ATTENTION } from './attention';
import { CODE } from './code';
import type { Translation } from './layer';
import { LINEAR } from './linear';
import { MERGING } from './merging';
import { MOVING } from './moving';
import { NORMS } from './norms';
import { OPERATIONS as OPERATION_LIST, TENSORFLOW_LAYERS } from './operations';
import { POOLING } from './pooling';
import { RECURRENT } from './recurrent';
import { WRAPPERS } from './wrappers';

export const LAYERS: ReadonlyMap<string, Translation> = new Map([
  ...ACTIVATIONS,
  ...ATTENTION,
  ...CODE,
  ...LINEAR,
  ...MERGING,
  ...MOVING,
  ...NORMS,
  ...POOLING,
  ...RECURRENT,
  ...TENSORFLOW_LAYERS,
  ...WRAPPERS,
]);

/** Operations that stand in a model without being layers (keras.ops, and TensorFlow's in Keras 2). */
export const OPERATIONS: ReadonlyMap<string, Translation> = new Map(OPERATION_LIST);
