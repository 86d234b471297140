/**
 * Operators on pictures: padding, resizing, pixels that become channels and channels that become pixels, regions.
 */
import {
  type Activation,
  type Axis,
  axisSize,
  channelAxis,
  checkedCount,
  hasChannels,
  NotUnderstoodError,
  positionAxis,
  shapeOf,
  withAxes,
  ZERO_CHANNEL,
} from '../../activation';
import { numbersConstant } from '../../constant';
import type { Value } from '../lowering';
import { normaliseAxis, type OperatorCall } from '../operator-call';
import { dataAlong } from './embedding';
import { shapeOfMovable } from './moving';

/** Pads positions, or adds channels that are always zero. */
export function pad(call: OperatorCall): Value[] {
  const value = call.input(0);
  const pads = call.numberList('pads') ?? call.numberList('paddings') ?? call.numbers(1);
  const fill = call.has(2) ? call.numbers(2)[0] : call.number('value', 0);
  const rank = shapeOfMovable(value).length;
  const named = call.has(3)
    ? call.numbers(3).map((axis) => normaliseAxis(axis, rank))
    : Array.from({ length: rank }, (_, axis) => axis);
  const amounts = Array.from({ length: rank }, (_, axis): [number, number] => {
    const at = named.indexOf(axis);
    return at < 0 ? [0, 0] : [pads[at] ?? 0, pads[at + named.length] ?? 0];
  });
  switch (value.kind) {
    case 'activation':
      return [padActivation(value, amounts)];
    case 'scores':
      return [{ ...value, layout: padActivation(value.layout, amounts) }];
    case 'constant': {
      if (!value.numbers || rank !== 1) throw new NotUnderstoodError('pads a weight');
      const [[before, after]] = amounts;
      const fills = (count: number) => Array<number>(checkedCount(Math.max(0, count))).fill(fill);
      return [numbersConstant([...fills(before), ...value.numbers, ...fills(after)])];
    }
    default:
      throw new NotUnderstoodError('pads a list');
  }
}

function padActivation(value: Activation, amounts: readonly (readonly [number, number])[]): Activation {
  let { channels } = value;
  const axes = value.axes.map((axis, index): Axis => {
    const [before, after] = amounts[index];
    if (before === 0 && after === 0) return axis;
    const size = axisSize(axis) + before + after;
    if (!(size >= 1)) throw new NotUnderstoodError('crops an axis to nothing');
    const { base } = axis[0];
    if (!hasChannels(axis)) return positionAxis(size).map((segment) => ({ ...segment, base }));
    if (before < 0 || after < 0) throw new NotUnderstoodError('crops channels by padding');
    const first = channels.length;
    const padded = new Int32Array(first + checkedCount(before + after)).fill(ZERO_CHANNEL);
    padded.set(channels);
    channels = padded;
    const zeros = (count: number, start: number): Axis =>
      count > 0 ? channelAxis(count).map((segment) => ({ ...segment, base: start })) : [];
    return [...zeros(before, first), ...axis, ...zeros(after, first + before)];
  });
  if (channels !== value.channels && value.axes.filter(hasChannels).length > 1) {
    throw new NotUnderstoodError('pads one of several channel axes');
  }
  return { ...value, axes, channels };
}

/** Resize, Upsample: changes the number of positions only. */
export function resize(call: OperatorCall): Value[] {
  const given = call.input(0);
  const sizes = shapeOfMovable(given);
  const isOld = call.inputs.length === 2;
  const scales = call.numberList('scales') ?? (isOld ? call.numbers(1) : numbersIfAny(call, 2));
  const asked = isOld ? undefined : numbersIfAny(call, 3);
  if (!isOld) numbersIfAny(call, 1);
  const named = call.numberList('axes')?.map((axis) => normaliseAxis(axis, sizes.length)) ?? [
    ...sizes.keys(),
  ];
  const target = sizes.map((size, axis) => {
    const at = named.indexOf(axis);
    if (at < 0) return size;
    return asked?.[at] ?? Math.floor(size * (scales?.[at] ?? 1));
  });
  if (given.kind === 'constant' && !given.view) return [{ kind: 'constant', shape: target }];
  return [resized(given.kind === 'activation' ? given : dataAlong(call, given, 1), target)];
}

/** An optional list; an empty one is as good as none. */
function numbersIfAny(call: OperatorCall, index: number): readonly number[] | undefined {
  const numbers = call.has(index) ? call.numbers(index) : [];
  return numbers.length > 0 ? numbers : undefined;
}

/** The same channels at other positions. */
export function resized(value: Activation, target: readonly number[]): Activation {
  const axes = value.axes.map((axis, index) => {
    if (target[index] === axisSize(axis)) return axis;
    if (hasChannels(axis)) throw new NotUnderstoodError('resizes the channel axis');
    if (!(target[index] >= 1)) throw new NotUnderstoodError('resizes an axis to nothing');
    const { base } = axis[0];
    return positionAxis(target[index]).map((segment) => ({ ...segment, base }));
  });
  return withAxes(value, axes);
}

/** DepthToSpace (pixel shuffle): channels become pixels. */
export function depthToSpace(call: OperatorCall): Value[] {
  const value = call.input(0);
  const [batch, channels, height, width] = shapeOfMovable(value);
  const block = call.number('blocksize', 1);
  const left = channels / block ** 2;
  const isColumnRowDepth = call.text('mode') === 'CRD';
  const split = isColumnRowDepth ? [left, block, block] : [block, block, left];
  const apart = call.apply('Reshape', [value], { shape: [batch, ...split, height, width] });
  const perm = isColumnRowDepth ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2];
  const turned = call.apply('Transpose', [apart], { perm });
  return [call.apply('Reshape', [turned], { shape: [batch, left, height * block, width * block] })];
}

/** SpaceToDepth: pixels become channels. */
export function spaceToDepth(call: OperatorCall): Value[] {
  const value = call.input(0);
  const [batch, channels, height, width] = shapeOfMovable(value);
  const block = call.number('blocksize', 1);
  const sizes = [batch, channels, height / block, block, width / block, block];
  const apart = call.apply('Reshape', [value], { shape: sizes });
  const turned = call.apply('Transpose', [apart], { perm: [0, 3, 5, 1, 2, 4] });
  return [
    call.apply('Reshape', [turned], { shape: [batch, channels * block ** 2, height / block, width / block] }),
  ];
}

/** GridSample, RoiAlign, MaxUnpool: the same channels at positions of a size that the second input or an attribute says. */
export function sample(call: OperatorCall): Value[] {
  const value = call.activation(0);
  const [batch, channels, ...sides] = shapeOf(value);
  const by = call.input(1);
  if (by.kind === 'constant') call.lowering.markConstant(by);
  switch (call.operator.type) {
    case 'GridSample': // grid [batch, sides…, axes]
      return [resized(value, [batch, channels, ...shapeOfMovable(by).slice(1, -1)])];
    case 'RoiAlign':
    case 'MaxRoiPool': {
      const pooled = call.numberList('pooled_shape');
      const [regions] = shapeOfMovable(by);
      const height = pooled?.[0] ?? call.number('output_height', 1);
      return [resized(value, [regions, channels, height, pooled?.[1] ?? call.number('output_width', 1)])];
    }
    default: {
      const strides = call.numberList('strides') ?? sides.map(() => 1);
      const asked = call.has(2) ? call.numbers(2).slice(2) : sides.map((side, axis) => side * strides[axis]);
      return [resized(value, [batch, channels, ...asked])];
    }
  }
}
