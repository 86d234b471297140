/**
 * Layers with a weight matrix: MatMul and Gemm.
 */
import {
  type Activation,
  axisSize,
  channelAxis,
  hasChannels,
  isShared,
  NotUnderstoodError,
  product,
  shapeOf,
  sharedActivation,
  withoutBase,
} from '../../activation';
import { type Constant, elementCount, viewOffsets } from '../../constant';
import type { ChannelRead, VectorView } from '../../network';
import { readAxis } from '../../reading';
import { concat, slice } from '../../rearranging';
import type { Known, Value } from '../lowering';
import type { OperatorCall } from '../operator-call';
import { combineActivations } from './arithmetic';
import { multiplyActivations } from './attention';
import { dataAlong } from './embedding';
import { mergeOthers } from './merging';
import { shapeOfMovable } from './moving';
import { applyConstant } from './parameters';

export const positionsOf = (activation: Activation) =>
  product(activation.axes.filter((axis) => !hasChannels(axis)).map(axisSize));

export function storedView(constant: Constant): NonNullable<Constant['view']> {
  if (!constant.view) throw new NotUnderstoodError('has a weight that is computed from other values');
  return constant.view;
}

/** A constant as one parameter per output. */
export function vectorView(constant: Constant, count: number): VectorView {
  const { tensor, offset, strides } = storedView(constant);
  if (elementCount(constant) !== count) {
    throw new NotUnderstoodError(`has ${elementCount(constant)} values for ${count} channels`);
  }
  return { tensor, offsets: viewOffsets(constant.shape, strides, offset) };
}

/** How a weight that runs along `axis` of the input meets its channels; `step`: elements from place to place. */
export function channelReads(input: Activation, axis: number, step: number): ChannelRead[] {
  return readAxis(input, axis).map((read) => {
    const inSteps = (places: Int32Array) => places.map((place) => place * step);
    return { ...read, columns: inSteps(read.columns), taps: inSteps(read.taps) };
  });
}

/** A linear layer over one axis of the input; the weight's axes are named by number. */
export function linear(
  call: OperatorCall,
  data: Known,
  axis: number,
  weight: Constant,
  inputAxis: number,
  outputAxis: number,
  bias?: Constant,
): Activation {
  const { lowering } = call;
  const size = shapeOfMovable(data)[axis];
  if (weight.shape[inputAxis] !== size) {
    throw new NotUnderstoodError(`reads ${size} values with a weight for ${weight.shape[inputAxis]}`);
  }
  const input = mergeOthers(call, dataAlong(call, data, axis), axis);
  if (weight.joined) {
    const parts = splitJoined(call, input, axis, weight.joined, inputAxis, outputAxis);
    return bias ? applyConstant(call, parts, bias) : parts;
  }
  const { tensor, offset, strides } = storedView(weight);
  const reads = channelReads(input, axis, strides[inputAxis]);
  const count = weight.shape[outputAxis];
  const others = { ...input, axes: input.axes.filter((_, index) => index !== axis) };
  const name = call.layerName(weight);
  const channels = lowering.addWriter(name, count, 'neuron', positionsOf(others), (writes) => ({
    kind: 'linear',
    writes,
    weight: { tensor, rows: viewOffsets([count], [strides[outputAxis]], offset), reads, groups: 1 },
    bias: bias && elementCount(bias) > 0 ? vectorView(bias, count) : undefined,
  }));
  return {
    kind: 'activation',
    channels,
    axes: input.axes.map((old, index) => (index === axis ? channelAxis(count) : withoutBase(old))),
  };
}

/** A weight of several pieces is several layers: side by side, or each with its part of the input, and summed. */
function splitJoined(
  call: OperatorCall,
  input: Activation,
  axis: number,
  { axis: joint, pieces }: NonNullable<Constant['joined']>,
  inputAxis: number,
  outputAxis: number,
): Activation {
  if (joint === outputAxis) {
    return concat(
      pieces.map((piece) => linear(call, input, axis, piece, inputAxis, outputAxis)),
      axis,
    );
  }
  let start = 0;
  const sums = pieces.map((piece) => {
    const part = slice(input, axis, start, piece.shape[inputAxis], 1);
    start += piece.shape[inputAxis];
    return linear(call, part, axis, piece, inputAxis, outputAxis);
  });
  return sums.reduce((sum, part) => combineActivations(call, sum, part, 'Add'));
}

/** Axes of a weight's rows and columns. One with leading axes of size 1 is a matrix too. */
function matrixAxes({ shape }: Constant): { rowAxis: number; columnAxis: number } {
  const rank = shape.length;
  if (rank < 2 || shape.slice(0, -2).some((size) => size !== 1)) {
    throw new NotUnderstoodError(`multiplies with a constant of shape ${shape.join('×')}`);
  }
  return { rowAxis: rank - 2, columnAxis: rank - 1 };
}

export function matMul(call: OperatorCall): Value[] {
  const [a, b] = [call.input(0), call.input(1)];
  if (a.kind === 'activation' && b.kind === 'constant') {
    if (isOuter(a, a.axes.length - 1)) return [outer(call, shapeOf(a), b.shape, b)];
    if (b.shape.length === 1) return [withoutLast(linear(call, a, a.axes.length - 1, asColumn(b), 0, 1))];
    const { rowAxis, columnAxis } = matrixAxes(b);
    return [linear(call, a, a.axes.length - 1, b, rowAxis, columnAxis)];
  }
  if (a.kind === 'constant' && b.kind === 'activation') {
    if (isOuter(b, b.axes.length - 2)) return [outer(call, a.shape, shapeOf(b), a)];
    const { rowAxis, columnAxis } = matrixAxes(a);
    return [linear(call, b, b.axes.length - 2, a, columnAxis, rowAxis)];
  }
  if (a.kind === 'constant' && b.kind === 'constant') return [multiplyConstants(call, a, b)];
  return [multiplyActivations(call, a, b)];
}

/** A table (of distances, of places) that a layer reads; or a table that the program computes. */
function multiplyConstants(call: OperatorCall, a: Constant, b: Constant): Value {
  const isLayer = b.view && b.shape.length === 2 && a.shape.length > 1 && b.shape[0] > 1;
  if (isLayer) return linear(call, a, a.shape.length - 1, b, 0, 1);
  call.lowering.markConstant(a);
  const { axes } = outer(call, a.shape, b.shape, b);
  return { kind: 'constant', shape: axes.map(axisSize) };
}

/** A vector as a matrix of one column. */
function asColumn(constant: Constant): Constant {
  const { view, shape } = constant;
  return { ...constant, shape: [...shape, 1], view: view && { ...view, strides: [...view.strides, 0] } };
}

const withoutLast = (activation: Activation): Activation => ({
  ...activation,
  axes: activation.axes.slice(0, -1),
});

/** Ids or times, one at a place: their product with a constant is a table of the computation (angles), not a layer. */
const isOuter = (value: Activation, axis: number) =>
  isShared(value) && axis in value.axes && axisSize(value.axes[axis]) === 1;

function outer(
  call: OperatorCall,
  left: readonly number[],
  right: readonly number[],
  constant: Constant,
): Activation {
  call.lowering.markConstant(constant);
  const batch = left.length > right.length ? left.slice(0, -2) : right.slice(0, -2);
  return sharedActivation([...batch, left[left.length - 2] ?? 1, right[right.length - 1]]);
}

export function gemm(call: OperatorCall): Value[] {
  const [a, b, c] = [call.input(0), call.input(1), call.maybe(2)];
  const [isLeftTurned, isRightTurned] = [call.number('transA', 0) === 1, call.number('transB', 0) === 1];
  if (a.kind === 'activation' && b.kind === 'constant' && c?.kind !== 'activation') {
    const bias = c?.kind === 'constant' && c.shape.filter((size) => size > 1).length < 2 ? c : undefined;
    const isVector = bias && elementCount(bias) === b.shape[isRightTurned ? 0 : 1];
    const axis = isLeftTurned ? 0 : 1;
    const [rowAxis, columnAxis] = isRightTurned ? [1, 0] : [0, 1];
    const output = linear(call, a, axis, b, rowAxis, columnAxis, isVector ? bias : undefined);
    const rows = axis === 1 ? output : { ...output, axes: [output.axes[1], output.axes[0]] };
    return [c && !isVector ? call.apply('Add', [rows, c]) : rows];
  }
  const turned = (value: Value, isTurned: boolean) =>
    isTurned ? call.apply('Transpose', [value], { perm: [1, 0] }) : value;
  const result = call.apply('MatMul', [turned(a, isLeftTurned), turned(b, isRightTurned)]);
  return [c ? call.apply('Add', [result, c]) : result];
}
