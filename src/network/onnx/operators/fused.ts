/**
 * Operators of com.microsoft that ONNX Runtime's optimiser makes of several plain ones, taken apart again.
 */
import { type Activation, NotUnderstoodError, sharedActivation } from '../../activation';
import type { Known, OperatorHandler, Value } from '../lowering';
import type { OperatorCall } from '../operator-call';
import { shapeOfMovable } from './moving';
import { dequantise } from './quantisation';

const add = (call: OperatorCall, values: readonly (Value | undefined)[]): Known => {
  const [first, ...others] = values.filter((value) => value !== undefined);
  return others.reduce<Known>((sum, other) => call.apply('Add', [sum, other]), first as Known);
};

/** f(x + bias), with or without the bias. */
export const biased =
  (type: string): OperatorHandler =>
  (call) => [call.apply(type, [add(call, [call.input(0), call.maybe(1)])])];

/** x·sigmoid(αx), which is GELU for the α that is common. */
export const quickGelu: OperatorHandler = (call) => [call.apply('Gelu', [call.input(0)])];

/** A norm of a sum of two branches, and the sum itself as the fourth result. */
export const skipNorm =
  (type: string, places: { scale: number; shift?: number; bias: number }): OperatorHandler =>
  (call) => {
    const sum = add(call, [call.input(0), call.input(1), call.maybe(places.bias)]);
    const shift = places.shift === undefined ? undefined : call.maybe(places.shift);
    const result = call.apply(type, [sum, call.input(places.scale), shift], { axis: -1 });
    return [result, undefined, undefined, sum];
  };

/** Token, position and segment tables, added and normalised. */
function embed(
  call: OperatorCall,
  ids: readonly (Value | undefined)[],
  tables: readonly (Value | undefined)[],
  [scale, shift]: readonly (Value | undefined)[],
): Value[] {
  const [tokens, segments, places] = ids;
  const sizes = shapeOfMovable(call.input(0));
  const lookUp = (table: Value | undefined, at: Value | undefined) =>
    table && at ? call.apply('Gather', [table, at], { axis: 0 }) : undefined;
  const sum = add(call, [
    lookUp(tables[0], tokens),
    lookUp(tables[1], places ?? sharedActivation(sizes)),
    lookUp(tables[2], segments),
  ]);
  const result = call.apply('LayerNormalization', [sum, scale, shift], { axis: -1 });
  return [result, sharedActivation(sizes.slice(0, 1)), sum];
}

export const embedLayerNormalization: OperatorHandler = (call) => {
  const at = (index: number) => call.maybe(index);
  return embed(call, [at(0), at(1), at(8)], [at(2), at(3), at(4)], [at(5), at(6)]);
};

/** The same with quantised tables: scales from input 8 on, zero points from 13 on. */
export const quantisedEmbedLayerNormalization: OperatorHandler = (call) => {
  const real = (index: number) =>
    call.has(index)
      ? dequantise(call, call.input(index), {
          scale: call.maybe(index + 6),
          zeroPoint: call.maybe(index + 11),
        })
      : undefined;
  return embed(call, [call.maybe(0), call.maybe(1)], [real(2), real(3), real(4)], [real(5), real(6)]);
};

/** A product of two matrices, either of them turned. */
export const fusedMatMul: OperatorHandler = (call) => {
  const turn = (index: number, name: string) => {
    const value = call.input(index);
    if (call.number(name, 0) !== 1) return value;
    const rank = shapeOfMovable(value).length;
    const order = Array.from({ length: rank }, (_, axis) => axis);
    return call.apply('Transpose', [value], { perm: [...order.slice(0, -2), rank - 1, rank - 2] });
  };
  if (call.number('transBatchA', 0) === 1 || call.number('transBatchB', 0) === 1) {
    throw new NotUnderstoodError('turns the batch');
  }
  const product = call.apply('MatMul', [turn(0, 'transA'), turn(1, 'transB')]);
  const activation = call.text('activation');
  return [activation ? call.apply(activation, [product]) : product];
};

/** A layer with its activation function, and for convolutions something that is added in between. */
export const withActivation =
  (type: string, added?: number): OperatorHandler =>
  (call) => {
    const inputs = call.inputs.slice(0, added ?? call.inputs.length);
    const [result] = call.delegate(type, inputs);
    const sum = added === undefined ? (result as Known) : add(call, [result, call.maybe(added)]);
    const activation = call.text('activation');
    return [activation ? call.apply(activation, [sum]) : sum];
  };

/** Group norm over pictures whose channels come last. */
export const lastGroupNorm =
  (isSkip: boolean): OperatorHandler =>
  (call) => {
    const sum = isSkip ? add(call, [call.input(0), call.input(3), call.maybe(4)]) : call.input(0);
    if (sum.kind !== 'activation') throw new NotUnderstoodError('normalises something other than channels');
    const normed = call.apply('GroupNormalization', [sum, call.input(1), call.input(2)], {
      num_groups: call.count('groups', 1),
    }) as Activation;
    return [call.number('activation', 0) === 1 ? call.apply('Swish', [normed]) : normed, sum];
  };
