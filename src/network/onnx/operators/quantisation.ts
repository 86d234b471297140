/**
 * Quantised models. The weight is what its integers stand for; data passes through as if it had never been rounded.
 */
import type { ElementType } from '../../../formats';
import { type Activation, NotUnderstoodError, type Quantisation, sharedActivation } from '../../activation';
import { type Constant, elementCount, numbersConstant, tensorConstant } from '../../constant';
import { dequantised, type Scale, scaleAlong } from '../../dequantised';
import type { Known, Value } from '../lowering';
import { normaliseAxis, type OperatorCall } from '../operator-call';

/** Types of real numbers as networks compute with them; 8-bit and smaller floats are quantised ones. */
const REAL_TYPES: ReadonlySet<ElementType> = new Set(['float64', 'float32', 'float16', 'bfloat16']);

/** The inputs of a call that say how an input is quantised. */
interface Quantiser {
  readonly scale: Value | undefined;
  readonly zeroPoint?: Value | undefined;
  readonly axis?: number;
  readonly block?: number;
}

function asConstant(value: Value): Constant {
  if (value.kind === 'constant') return value;
  throw new NotUnderstoodError('has scales that only show when the network runs');
}

/** What quantised data or a quantised weight stands for. */
export function dequantise(call: OperatorCall, value: Known, quantiser: Quantiser): Known {
  const { axis = 1, block = 0 } = quantiser;
  const [scale, zeroPoint] = [quantiser.scale, quantiser.zeroPoint].map((part) =>
    part?.kind === 'constant' ? part : undefined,
  );
  for (const part of [scale, zeroPoint]) if (part) call.lowering.markConstant(part);
  if (value.kind === 'activation' && value.quantisation?.kind === 'table' && scale) {
    return scaleTable(call, value, value.quantisation, scale, zeroPoint);
  }
  if (value.kind !== 'constant') return value;
  if (quantiser.scale && !scale) asConstant(quantiser.scale);
  // Rounded in the program itself: the stored numbers are real.
  if (!value.view || REAL_TYPES.has(value.view.tensor.type)) return value;
  const { shape } = value;
  const at = (values: Constant) =>
    scaleAlong(values, shape, elementCount(values) > 1 ? normaliseAxis(axis, shape.length) : 0, block);
  const scales = scale ? [at(scale)] : [];
  return derive(call, value, scales, zeroPoint && at(zeroPoint));
}

/** Rows of a quantised table meet their scale: they are those of the real table. */
function scaleTable(
  { lowering }: OperatorCall,
  value: Activation,
  { layer, table }: Extract<Quantisation, { kind: 'table' }>,
  scale: Constant,
  zeroPoint?: Constant,
): Activation {
  if (elementCount(scale) > 1) throw new NotUnderstoodError('scales the rows of a table one by one');
  const at = (values: Constant) => scaleAlong(values, table.shape, 0);
  const tensor = dequantised(table, [at(scale)], zeroPoint && at(zeroPoint));
  lowering.tensors.set(tensor.name, tensor);
  const { operation } = lowering.layers[layer];
  if (operation.kind === 'embedding') lowering.layers[layer].operation = { ...operation, tensor };
  return { ...value, quantisation: undefined };
}

/** A constant of the real numbers; a scalar is a number of the computation. */
function derive(call: OperatorCall, value: Constant, scales: readonly Scale[], zeroPoint?: Scale): Constant {
  const { lowering } = call;
  const number = singleNumber(value, scales, zeroPoint);
  if (number !== undefined && value.shape.length === 0) return numbersConstant([number], []);
  const tensor = dequantised(value, scales, zeroPoint);
  lowering.tensors.set(tensor.name, tensor);
  return tensorConstant(tensor, number === undefined ? undefined : [number]);
}

function singleNumber(value: Constant, scales: readonly Scale[], zeroPoint?: Scale): number | undefined {
  if (elementCount(value) > 1 || !value.numbers || !scales.every(({ values }) => values.numbers))
    return undefined;
  const [zero] = zeroPoint?.values.numbers ?? [0];
  return scales.reduce(
    (product, { values }) => product * (values.numbers?.[0] ?? 1),
    value.numbers[0] - zero,
  );
}

/** Data passes; a real weight that the program rounds is still that weight. */
export function quantizeLinear(call: OperatorCall): Value[] {
  for (const index of [1, 2]) {
    const part = call.maybe(index);
    if (part?.kind === 'constant') call.lowering.markConstant(part);
  }
  return [call.input(0)];
}

export function dequantizeLinear(call: OperatorCall): Value[] {
  const quantiser = {
    scale: call.maybe(1),
    zeroPoint: call.maybe(2),
    axis: call.number('axis', 1),
    block: call.number('block_size', 0),
  };
  return [dequantise(call, call.input(0), quantiser)];
}

/** The data, its scale and its zero point. */
export function dynamicQuantizeLinear(call: OperatorCall): Value[] {
  const scale: Activation = { ...sharedActivation([]), quantisation: { kind: 'scale' } };
  return [call.input(0), scale, sharedActivation([])];
}

/** ConvInteger and MatMulInteger: whole numbers, which a scale follows. */
function integerLayer(call: OperatorCall, type: string, axis: number): readonly (Value | undefined)[] {
  const [data, weight] = [call.input(0), call.input(1)];
  const zeroPoint = call.maybe(3);
  const rank = weight.kind === 'constant' ? weight.shape.length : 0;
  const own = axis < 0 ? axis + rank : axis;
  const plain = dequantise(call, weight, { scale: undefined, zeroPoint, axis: own });
  const before = call.lowering.layers.length;
  const [result] = call.delegate(type, [data, plain]);
  const isLayer = weight.kind === 'constant' && call.lowering.layers.length > before;
  if (!isLayer || result?.kind !== 'activation') return [result];
  const layer = call.lowering.layers.findLastIndex(({ operation }) => 'weight' in operation);
  const zero = zeroPoint && asConstant(zeroPoint);
  return [{ ...result, quantisation: { kind: 'product', layer, weight, zeroPoint: zero } }];
}

export const matMulInteger = (call: OperatorCall) => integerLayer(call, 'MatMul', -1);
export const convInteger = (call: OperatorCall) => integerLayer(call, 'Conv', 0);

/** A product of whole numbers meets its scale: the weight that it was made with is now known. */
export function rescale(call: OperatorCall, product: Activation, scale: Activation): Activation | undefined {
  const [waiting, found] = [product.quantisation, scale.quantisation];
  if (waiting?.kind !== 'product' || found?.kind !== 'scale') return undefined;
  const { quantisation: _, ...rest } = product;
  const { lowering } = call;
  const layer = lowering.layers[waiting.layer];
  const { operation } = layer;
  if (!found.factor || !('weight' in operation)) return rest;
  const { weight, zeroPoint } = waiting;
  const axis = operation.kind === 'conv' ? 0 : weight.shape.length - 1;
  const at = (values: Constant) => scaleAlong(flat(values), weight.shape, axis);
  const tensor = dequantised(weight, [at(found.factor)], zeroPoint && at(zeroPoint));
  lowering.tensors.set(tensor.name, tensor);
  layer.operation = { ...operation, weight: { ...operation.weight, tensor } };
  return rest;
}

/** [1, channels, 1, 1] as [channels]. */
function flat(constant: Constant): Constant {
  const { view, shape } = constant;
  const kept = [...shape.keys()].filter((axis) => shape[axis] !== 1);
  if (kept.length > 1) throw new NotUnderstoodError('has a scale along several axes');
  const strides = kept.map((axis) => view?.strides[axis] ?? 0);
  return { ...constant, shape: kept.map((axis) => shape[axis]), view: view && { ...view, strides } };
}

/** QLinearConv: data, weight and bias, each with scale and zero point. The bias is scaled as their product is. */
export function qLinearConv(call: OperatorCall): readonly (Value | undefined)[] {
  const data = dequantise(call, call.input(0), { scale: call.maybe(1), zeroPoint: call.maybe(2) });
  const weight = dequantise(call, call.input(3), { scale: call.maybe(4), zeroPoint: call.maybe(5), axis: 0 });
  markAll(call, [6, 7]);
  const bias = call.has(8)
    ? scaledBias(call, call.constant(8), [call.constant(1), call.constant(4)])
    : undefined;
  return call.delegate('Conv', [data, weight, bias]);
}

export function scaledBias(call: OperatorCall, bias: Constant, factors: readonly Constant[]): Constant {
  return derive(
    call,
    bias,
    factors.map((values) => scaleAlong(values, bias.shape, 0)),
  );
}

export function qLinearMatMul(call: OperatorCall): readonly (Value | undefined)[] {
  const [a, b] = [call.input(0), call.input(3)];
  const last = (value: Known) => (value.kind === 'constant' ? value.shape.length - 1 : 0);
  const rows = (value: Known) => Math.max(0, last(value) - 1);
  const left = dequantise(call, a, { scale: call.maybe(1), zeroPoint: call.maybe(2), axis: rows(a) });
  const right = dequantise(call, b, { scale: call.maybe(4), zeroPoint: call.maybe(5), axis: last(b) });
  markAll(call, [6, 7]);
  return call.run('MatMul', [left, right]);
}

export function markAll(call: OperatorCall, indices: readonly number[]): void {
  for (const index of indices) {
    const part = call.maybe(index);
    if (part?.kind === 'constant') call.lowering.markConstant(part);
  }
}

/** An operator on quantised data as the plain one: its inputs are at `places`, each before its scale and zero point. */
export const onQuantised = (type: string, places: readonly number[]) => (call: OperatorCall) => {
  const values = places.map((place) =>
    dequantise(call, call.input(place), { scale: call.maybe(place + 1), zeroPoint: call.maybe(place + 2) }),
  );
  markAll(
    call,
    [...call.inputs.keys()].filter((index) => !places.includes(index)),
  );
  return call.delegate(type, values);
};
