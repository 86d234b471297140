/** Quantised layers of com.microsoft as the plain ones of what their weights stand for. */
import { NotUnderstoodError } from '../../activation';
import { transposeConstant } from '../../constant';
import type { Known, Value } from '../lowering';
import { normaliseAxis, type OperatorCall } from '../operator-call';
import { joinValues } from './joining';
import type { Movable } from './moving';
import { dequantise, markAll, scaledBias } from './quantisation';

type Results = readonly (Value | undefined)[];

/** x · w + bias, w quantised column by column. */
function product(call: OperatorCall, weight: Known, bias: Value | undefined): Value[] {
  const result = call.apply('MatMul', [call.input(0), weight]);
  return [bias ? call.apply('Add', [result, bias]) : result];
}

const lastAxis = (value: Known) => (value.kind === 'constant' ? Math.max(0, value.shape.length - 1) : 0);

/** Data, weight, their scales, their zero points, bias. */
export function matMulIntegerToFloat(call: OperatorCall): Results {
  const weight = call.input(1);
  const real = dequantise(call, weight, {
    scale: call.maybe(3),
    zeroPoint: call.maybe(5),
    axis: lastAxis(weight),
  });
  markAll(call, [2, 4]);
  return product(call, real, call.maybe(6));
}

/** Data, weight, its scale, its zero point, bias. */
export function dynamicQuantizeMatMul(call: OperatorCall): Results {
  const weight = call.input(1);
  const real = dequantise(call, weight, {
    scale: call.maybe(2),
    zeroPoint: call.maybe(3),
    axis: lastAxis(weight),
  });
  return product(call, real, call.maybe(4));
}

/** A, its scale and zero point, B with its own, C (scaled as the product is), scale and zero point of the result. */
export function qGemm(call: OperatorCall): Results {
  const data = dequantise(call, call.input(0), { scale: call.maybe(1), zeroPoint: call.maybe(2) });
  const axis = call.number('transB', 0) === 1 ? 0 : 1;
  const weight = dequantise(call, call.input(3), { scale: call.maybe(4), zeroPoint: call.maybe(5), axis });
  markAll(call, [7, 8]);
  const bias = call.has(6)
    ? scaledBias(call, call.constant(6), [call.constant(1), call.constant(4)])
    : undefined;
  return call.delegate('Gemm', [data, weight, bias]);
}

/** Scale and zero point of the result, then every part with its own. */
export function qLinearConcat(call: OperatorCall): Results {
  const places = Array.from({ length: Math.floor((call.inputs.length - 2) / 3) }, (_, part) => 2 + 3 * part);
  const parts = places.map((place): Movable => {
    const real = dequantise(call, call.input(place), {
      scale: call.maybe(place + 1),
      zeroPoint: call.maybe(place + 2),
    });
    if (real.kind === 'sequence') throw new NotUnderstoodError('joins lists');
    return real;
  });
  markAll(call, [0, 1]);
  const [first] = parts;
  const rank =
    first.kind === 'constant' ? first.shape.length : first.kind === 'activation' ? first.axes.length : 4;
  return [joinValues(call, parts, normaliseAxis(call.number('axis', 0), rank))];
}

/** An LSTM whose weights are [directions, inputs, gates · units], turned, with a scale for each of the last. */
export function dynamicQuantizeLstm(call: OperatorCall): Results {
  const real = (index: number, scale: number) => {
    const weight = dequantise(call, call.input(index), {
      scale: call.maybe(scale),
      zeroPoint: call.maybe(scale + 1),
      axis: 2,
    });
    return weight.kind === 'constant' ? transposeConstant(weight, [0, 2, 1]) : weight;
  };
  const plain = [
    call.input(0),
    real(1, 8),
    real(2, 10),
    ...[3, 4, 5, 6, 7].map((index) => call.maybe(index)),
  ];
  return call.delegate('LSTM', plain);
}
