/**
 * Rotary position embedding: pairs of dimensions of every head are rotated, each pair at a speed of its own, so that the
 * dimensions of a head keep their order. Heads may still change places.
 */
import { sharedActivation } from '../../activation';
import type { Known, Value } from '../lowering';
import type { OperatorCall } from '../operator-call';
import { shapeOfMovable } from './moving';
import { meetShared } from './shared';

/** [batch, heads, positions, size], with the dimensions of each head rotated. */
export function rotate(call: OperatorCall, value: Known): Known {
  if (value.kind !== 'activation') return value;
  const [, , , size] = shapeOfMovable(value);
  return meetShared(call, value, sharedActivation([size]), 'Mul');
}

/** RotaryEmbedding of [batch, heads, positions, size], or of [batch, positions, heads · size]. */
function rotary(call: OperatorCall, tables: readonly [number, number]): Value[] {
  const value = call.input(0);
  for (const index of tables) {
    const table = call.maybe(index);
    if (table?.kind === 'constant') call.lowering.markConstant(table);
  }
  const sizes = shapeOfMovable(value);
  if (sizes.length === 4) return [rotate(call, value)];
  const [batch, positions, width] = sizes;
  const table = call.maybe(tables[0]);
  // Tables have a place for every pair of dimensions.
  const pairs = table ? shapeOfMovable(table).at(-1) : undefined;
  const heads = call.number('num_heads', 0) || width / (2 * (pairs ?? width / 2));
  const apart = call.apply('Reshape', [value], { shape: [batch, positions, heads, width / heads] });
  return [call.apply('Reshape', [rotate(call, apart)], { shape: sizes })];
}

export const rotaryEmbedding = (call: OperatorCall) => rotary(call, [1, 2]);
export const microsoftRotaryEmbedding = (call: OperatorCall) => rotary(call, [2, 3]);
