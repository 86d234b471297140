/**
 * Concat: values behind one another along an axis, whatever they are.
 */
import { hasChannels, isShared, NotUnderstoodError, sharedActivation } from '../../activation';
import { joinConstants } from '../../constant';
import { concat } from '../../rearranging';
import type { Value } from '../lowering';
import { normaliseAxis, type OperatorCall } from '../operator-call';
import { joinClassToken, joinFeatures } from './embedding';
import { meetScores } from './head-meetings';
import { type Movable, movable, shapeOfMovable } from './moving';

export function concatOperator(call: OperatorCall): Value[] {
  const values = call.inputs.map((_, index) => movable(call, index));
  if (values.length === 0) throw new NotUnderstoodError('joins nothing');
  const axis = normaliseAxis(call.number('axis', 1), shapeOfMovable(values[0]).length);
  return [joinValues(call, values, axis)];
}

export function joinValues(call: OperatorCall, all: readonly Movable[], axis: number): Value {
  // Empty parts: a cache before the first token.
  const filled = all.filter((value) => shapeOfMovable(value)[axis] > 0);
  const values = filled.length > 0 ? filled : all.slice(0, 1);
  const [scores] = values.filter((value) => value.kind === 'scores');
  if (scores)
    return values.reduce<typeof scores>((joined, value) => meetScores(call, joined, value, 'Add'), scores);
  const activations = values.filter((value) => value.kind === 'activation');
  const constants = values.filter((value) => value.kind === 'constant');
  if (constants.length === 0) {
    const channelwise = activations.some(({ axes }) => hasChannels(axes[axis]));
    const mixed = activations.some(isShared) && !activations.every(isShared);
    return mixed && channelwise ? joinFeatures(call, activations, axis) : concat(activations, axis);
  }
  if (activations.length === 0) {
    return joinConstants(constants, axis);
  }
  if (activations.every(isShared)) {
    for (const constant of constants) call.lowering.markConstant(constant);
    const sizes = values.map((value) => shapeOfMovable(value));
    const joined = sizes[0].map((size, index) =>
      index === axis ? sizes.reduce((total, own) => total + own[axis], 0) : size,
    );
    return sharedActivation(joined);
  }
  if (activations.some(({ axes }) => hasChannels(axes[axis]))) {
    return joinFeatures(
      call,
      values.filter((value) => value.kind !== 'scores'),
      axis,
    );
  }
  return joinClassToken(call, activations, constants, axis);
}
