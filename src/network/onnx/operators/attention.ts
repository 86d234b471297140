/**
 * Products of two activations: the two halves of multi-head attention.
 */
import {
  type Activation,
  type Axis,
  allChannels,
  axisSize,
  hasChannels,
  NotUnderstoodError,
  positionAxis,
  withAxes,
} from '../../activation';
import type { Constant } from '../../constant';
import { pair } from '../../pairing';
import type { OperatorCall, Value } from '../lowering';

/** Query · key for every head and every two positions. Not channels, but on the way from values to values. */
export interface AttentionScores {
  readonly kind: 'scores';
  readonly axes: readonly Axis[];
  readonly heads: number;
  /** Head-major; entry i of both is the same dimension of the same head. */
  readonly queries: Int32Array;
  readonly keys: Int32Array;
}

const replaceAxis = (activation: Activation, at: number, axis: Axis) =>
  withAxes(
    activation,
    activation.axes.map((old, index) => (index === at ? axis : old)),
  );

const channelSizes = (axes: readonly Axis[]) =>
  axes.filter(hasChannels).reduce((total, axis) => total * axisSize(axis), 1);

export function multiplyActivations(
  call: OperatorCall,
  a: Activation | Constant | AttentionScores,
  b: Activation | Constant | AttentionScores,
): Value {
  if (a.kind === 'scores' && b.kind === 'activation') return attend(call, a, b);
  if (a.kind === 'activation' && b.kind === 'activation') return score(a, b);
  throw new NotUnderstoodError('multiplies two constants, or constants with attention scores');
}

/** queries [… , positions, size] · keys [… , size, positions]. */
function score(queries: Activation, keys: Activation): AttentionScores {
  const rank = queries.axes.length;
  if (keys.axes.length !== rank || rank < 2)
    throw new NotUnderstoodError('multiplies activations of different rank');
  const [sum, keySum] = [queries.axes[rank - 1], keys.axes[rank - 2]];
  const [queryPositions, keyPositions] = [queries.axes[rank - 2], keys.axes[rank - 1]];
  if (!hasChannels(sum) || !hasChannels(keySum) || hasChannels(queryPositions) || hasChannels(keyPositions)) {
    throw new NotUnderstoodError('multiplies two activations in a way that is not attention');
  }
  const one = positionAxis(1);
  const swapped = withAxes(keys, [...keys.axes.slice(0, -2), one, keySum]);
  const matched = pair(replaceAxis(queries, rank - 2, one), swapped, 'first');
  if (
    new Set(matched.second).size !== matched.first.length ||
    new Set(matched.first).size !== matched.first.length
  ) {
    throw new NotUnderstoodError('shares keys between query heads (grouped-query attention)');
  }
  return {
    kind: 'scores',
    axes: [...queries.axes.slice(0, -1), keyPositions],
    heads: channelSizes(queries.axes.slice(0, -2)),
    queries: matched.first,
    keys: matched.second,
  };
}

/** scores [… , positions, key positions] · values [… , key positions, size]. */
function attend(call: OperatorCall, scores: AttentionScores, values: Activation): Activation {
  const rank = values.axes.length;
  if (scores.axes.length !== rank || hasChannels(values.axes[rank - 2])) {
    throw new NotUnderstoodError('multiplies attention scores with something other than values');
  }
  const heads = channelSizes(values.axes.slice(0, -2));
  if (heads !== scores.heads) {
    throw new NotUnderstoodError(`joins ${scores.heads} query heads with ${heads} value heads`);
  }
  call.lowering.addLayer(call.operator.name.replace(/^\//, '').replace(/\/MatMul(_\d+)?$/, ''), {
    kind: 'attention',
    heads,
    queries: scores.queries,
    keys: scores.keys,
    values: allChannels(replaceAxis(values, rank - 2, positionAxis(1))),
  });
  return replaceAxis(values, rank - 2, scores.axes[rank - 2]);
}
