/**
 * Layers with a kernel: Conv and ConvTranspose, and the windows that they share with pooling.
 */
import { axisSize, channelAxis, NotUnderstoodError, positionAxis, product, shapeOf } from '../../activation';
import { rowMajorStrides, viewOffsets } from '../../constant';
import type { ChannelRead } from '../../network';
import { type AxisRead, readAxis } from '../../reading';
import type { Value } from '../lowering';
import type { OperatorCall } from '../operator-call';
import { dataAlong } from './embedding';
import { storedView, vectorView } from './linear';
import { mergeOthers } from './merging';

interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
}

/** Attributes that convolutions and pools share. */
export function readWindow(call: OperatorCall, kernel: readonly number[]): Window {
  const ones = kernel.map(() => 1);
  return {
    kernel,
    strides: call.numberList('strides') ?? ones,
    dilations: call.numberList('dilations') ?? ones,
    pads: call.numberList('pads') ?? [...kernel.map(() => 0), ...kernel.map(() => 0)],
  };
}

/** Number of positions along each spatial axis after a window has moved over it. */
export function windowedSizes(call: OperatorCall, sizes: readonly number[], window: Window): number[] {
  const { kernel, strides, dilations, pads } = window;
  const autoPad = call.text('auto_pad');
  const round = call.number('ceil_mode', 0) === 1 ? Math.ceil : Math.floor;
  return sizes.map((size, axis) => {
    if (autoPad.startsWith('SAME')) return Math.ceil(size / strides[axis]);
    const reach = dilations[axis] * (kernel[axis] - 1) + 1;
    const padding = autoPad === 'VALID' ? 0 : pads[axis] + pads[axis + sizes.length];
    const count = round((size + padding - reach) / strides[axis]) + 1;
    if (!(count >= 1)) throw new NotUnderstoodError(`moves a window of ${reach} over ${size} positions`);
    return count;
  });
}

/** Conv (weight [out, in / groups, kernel…]) and ConvTranspose (weight [in, out / groups, kernel…]). */
function convolution(call: OperatorCall, isTransposed: boolean): Value[] {
  const { lowering } = call;
  const input = mergeOthers(call, dataAlong(call, call.input(0), 1), 1);
  const weight = call.constant(1);
  const { tensor, offset, strides } = storedView(weight);
  const groups = call.count('group', 1);
  const [inputAxis, outputAxis] = isTransposed ? [0, 1] : [1, 0];
  const kernel = weight.shape.slice(2);
  const channels = axisSize(input.axes[1]);
  const reads = readAxis(input, 1);
  const perGroup = isTransposed ? channels : channels / groups;
  if (
    weight.shape.length !== input.axes.length ||
    weight.shape[inputAxis] !== perGroup ||
    channels % groups ||
    (!isTransposed && weight.shape[outputAxis] % groups)
  ) {
    throw new NotUnderstoodError(
      `reads ${channels} channels with a weight of shape ${weight.shape.join('×')} in ${groups} groups`,
    );
  }
  const isBlocked = reads.some((read) => read.tapShape.length > 0);
  if (isBlocked && (groups > 1 || isTransposed)) throw new NotUnderstoodError('reads positions as channels');
  const count = isTransposed ? weight.shape[1] * groups : weight.shape[0];
  const window = readWindow(call, kernel);
  const sizes = shapeOf(input).slice(2);
  const outSizes = isTransposed ? transposedSizes(call, sizes, window) : windowedSizes(call, sizes, window);

  // Place of a channel within its group is its place along the weight's input axis; in a transposed convolution the
  // weight's output axis counts within the group, and its input axis over all groups.
  const inGroup = channels / groups;
  const outGroup = count / groups;
  const rows = Int32Array.from({ length: count }, (_, output) => {
    const place = isTransposed ? output % outGroup : output;
    return offset + place * strides[outputAxis];
  });
  const written = lowering.addWriter(
    call.layerName(weight),
    count,
    'channel',
    product(outSizes),
    (writes) => ({
      kind: 'conv',
      writes,
      weight: {
        tensor,
        rows,
        groups,
        reads: reads.map((read) => ({
          channels: read.channels,
          columns: read.columns.map((place) => (isTransposed ? place : place % inGroup) * strides[inputAxis]),
          ...kernelTaps(read, kernel, strides.slice(2), strides[inputAxis]),
        })),
      },
      bias: call.has(2) ? vectorView(call.constant(2), count) : undefined,
      stride: window.strides.reduce((total, stride) => total * stride, 1) ** (1 / Math.max(1, kernel.length)),
      isTransposed,
    }),
  );
  const axes = [input.axes[0], channelAxis(count), ...outSizes.map(positionAxis)];
  return [{ kind: 'activation', axes, channels: written }];
}

/**
 * Positions of a kernel. Where pixels became channels before it (SpaceToDepth), each position of the kernel holds a block of
 * them, and the kernel is that of the whole picture: as many times as large.
 */
function kernelTaps(
  read: AxisRead,
  kernel: readonly number[],
  steps: readonly number[],
  channelStep: number,
): Pick<ChannelRead, 'taps' | 'tapShape'> {
  if (read.tapShape.length === 0) return { taps: viewOffsets(kernel, steps, 0), tapShape: kernel };
  if (read.tapShape.length !== kernel.length) throw new NotUnderstoodError('reads positions as channels');
  const blocks = rowMajorStrides(read.tapShape);
  const tapShape = kernel.map((size, axis) => size * read.tapShape[axis]);
  const places = rowMajorStrides(tapShape);
  const taps = Int32Array.from({ length: product(tapShape) }, (_, tap) => {
    let [offset, within] = [0, 0];
    tapShape.forEach((size, axis) => {
      const place = Math.floor(tap / places[axis]) % size;
      offset += Math.floor(place / read.tapShape[axis]) * steps[axis];
      within += (place % read.tapShape[axis]) * blocks[axis];
    });
    return offset + read.taps[within] * channelStep;
  });
  return { taps, tapShape };
}

function transposedSizes(call: OperatorCall, sizes: readonly number[], window: Window): number[] {
  const asked = call.numberList('output_shape');
  if (asked) return asked.slice(-sizes.length);
  const extra = call.numberList('output_padding');
  return sizes.map((size, axis) => {
    const reach = window.dilations[axis] * (window.kernel[axis] - 1) + 1;
    const padding = call.text('auto_pad').startsWith('SAME')
      ? Math.max(0, reach - window.strides[axis])
      : window.pads[axis] + window.pads[axis + sizes.length];
    return (size - 1) * window.strides[axis] + reach + (extra?.[axis] ?? 0) - padding;
  });
}

export const conv = (call: OperatorCall) => convolution(call, false);
export const convTranspose = (call: OperatorCall) => convolution(call, true);
