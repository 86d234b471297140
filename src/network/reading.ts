/**
 * What may be read off an activation: the channels it holds, and how a layer that sums over one of its axes meets them.
 */
import {
  type Activation,
  type Axis,
  hasChannels,
  isChannel,
  NotUnderstoodError,
  product,
  type Segment,
  segmentSize,
} from './activation';

export function sameChannels(a: Activation, b: Activation): boolean {
  const [first, second] = [allChannels(a), allChannels(b)];
  return first.length === second.length && first.every((channel, index) => channel === second[index]);
}

/** Every way to choose one segment of each axis, with the base that the choice adds up to. */
export function segmentChoices(axes: readonly Axis[]): { base: number; segments: Segment[] }[] {
  let choices: { base: number; segments: Segment[] }[] = [{ base: 0, segments: [] }];
  for (const axis of axes) {
    choices = choices.flatMap(({ base, segments }) =>
      axis.map((segment) => ({ base: base + segment.base, segments: [...segments, segment] })),
    );
  }
  return choices;
}

/** Longer lists of offsets than any real layer needs are refused before they are allocated. */
const MAX_OFFSETS = 2 ** 26;

/** All offsets of a mixed-radix counter, outermost factor first: [Π sizes]. */
export function countOffsets(factors: readonly { size: number; stride: number }[], start = 0): Int32Array {
  const sizes = factors.map(({ size }) => size);
  if (sizes.some((size) => !(size >= 0))) throw new NotUnderstoodError(`claims the shape ${sizes.join('×')}`);
  if (product(sizes) > MAX_OFFSETS) {
    throw new NotUnderstoodError('claims a layer that is larger than any real one');
  }
  // Otherwise the sizes before one of zero would be counted through.
  if (product(sizes) === 0) return new Int32Array(0);
  let offsets = Int32Array.of(start);
  for (const { size, stride } of factors) {
    const next = new Int32Array(offsets.length * size);
    for (let i = 0; i < offsets.length; i++) {
      for (let k = 0; k < size; k++) next[i * size + k] = offsets[i] + k * stride;
    }
    offsets = next;
  }
  return offsets;
}

/** The channels that an activation holds, axis by axis in row-major order, each place once per position. */
export function allChannels(activation: Activation): Int32Array {
  if (activation.channels.length === 0) return activation.channels;
  const lists = segmentChoices(activation.axes).map(({ base, segments }) => {
    const factors = segments.flatMap((segment) => segment.factors.filter(isChannel));
    return countOffsets(factors).map((offset) => activation.channels[base + offset]);
  });
  if (lists.length === 1) return lists[0];
  const joined = new Int32Array(lists.reduce((total, list) => total + list.length, 0));
  let position = 0;
  for (const list of lists) {
    joined.set(list, position);
    position += list.length;
  }
  return joined;
}

export interface AxisRead {
  readonly channels: Int32Array;
  /** Place along the axis of each channel's first tap. */
  readonly columns: Int32Array;
  /** Steps along the axis from there to each tap, spatial axes in order. */
  readonly taps: Int32Array;
  readonly tapShape: readonly number[];
}

/**
 * How a layer that sums over one axis reads it: which channels, and at which places of the axis (= columns of its weight)
 * each channel's taps stand. All channels must lie on that axis.
 */
export function readAxis(activation: Activation, axisIndex: number): AxisRead[] {
  if (activation.channels.length === 0) {
    throw new NotUnderstoodError(
      'reads a quantity that belongs to no channel (such as a mean over channels)',
    );
  }
  let outerBase = 0;
  activation.axes.forEach((axis, index) => {
    if (index === axisIndex) return;
    if (hasChannels(axis)) throw new NotUnderstoodError('is shared between channels of another axis');
    outerBase += axis[0].base;
  });
  let place = 0;
  return activation.axes[axisIndex].map((segment) => {
    const size = segmentSize(segment);
    let step = size;
    // Step along the axis of each factor, from its place among the factors.
    const placed = segment.factors.map((factor) => {
      step /= factor.size;
      return { ...factor, step };
    });
    const channelFactors = placed.filter(isChannel);
    const spatial = [...new Set(placed.map(({ axis }) => axis))]
      .filter((axis) => axis !== 'channel')
      .sort((a, b) => a - b);
    const tapFactors = spatial.flatMap((axis) =>
      placed.filter((factor) => factor.axis === axis).sort((a, b) => b.stride - a.stride),
    );
    const first = place;
    place += size;
    return {
      channels: countOffsets(channelFactors).map(
        (offset) => activation.channels[outerBase + segment.base + offset],
      ),
      columns: countOffsets(channelFactors.map(({ size, step }) => ({ size, stride: step }))).map(
        (offset) => first + offset,
      ),
      taps: countOffsets(tapFactors.map(({ size, step }) => ({ size, stride: step }))),
      tapShape: spatial.map((axis) => product(placed.filter((f) => f.axis === axis).map(({ size }) => size))),
    };
  });
}
