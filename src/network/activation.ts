/**
 * An activation tensor as the reader of a network sees it: not its numbers, but which channel stands at each place.
 *
 * Every axis is a product of factors, as in einops: after flattening [1, C, H, W] the last axis is (C H W). A factor runs
 * over channels or over one of the position axes. Transposing permutes axes, reshaping regroups factors, slicing cuts
 * them, concatenating puts segments behind one another; so channel identity is tracked exactly and without tables.
 *
 * The channel at a place is channels[sum of (segment base + index · stride) over all axes' channel factors].
 */

export interface Factor {
  readonly size: number;
  /** Step within the channel list, or within the position axis, for one step of this factor. */
  readonly stride: number;
  /** 'channel', or the number of a position axis. */
  readonly axis: 'channel' | number;
}

/** Factors outermost first. Factors of size 1 are left out. */
export interface Segment {
  readonly base: number;
  readonly factors: readonly Factor[];
}

export type Axis = readonly Segment[];

/** A normalisation whose scale and shift have not been met yet. */
export interface PendingNorm {
  readonly norm: 'layer' | 'group' | 'instance' | 'rms';
  readonly groups: number;
  /** The layer, once its scale has been met. */
  readonly layer?: number;
}

export interface Activation {
  readonly kind: 'activation';
  readonly axes: readonly Axis[];
  /** Empty for quantities that no channel owns (a mean over all channels). */
  readonly channels: Int32Array;
  readonly pendingNorm?: PendingNorm;
  /** A mean over channels has been subtracted: what tells a layer norm from an RMS norm when it comes in pieces. */
  readonly isCentred?: boolean;
}

/** Why an operator's effect on the channels cannot be told. */
export class NotUnderstoodError extends Error {}

const product = (sizes: readonly number[]) => sizes.reduce((total, size) => total * size, 1);

export const segmentSize = (segment: Segment) => product(segment.factors.map(({ size }) => size));

export const axisSize = (axis: Axis) => axis.reduce((total, segment) => total + segmentSize(segment), 0);

export const shapeOf = (activation: Activation) => activation.axes.map(axisSize);

export const isChannel = (factor: Factor) => factor.axis === 'channel';

export const hasChannels = (axis: Axis) => axis.length > 1 || axis[0].factors.some(isChannel);

export const EMPTY_AXIS: Axis = [{ base: 0, factors: [] }];

/** Channels of one network; also keeps a pair of channel numbers within one safe integer. */
export const MAX_CHANNELS = 2 ** 26;

/** Stands for a channel that is always zero (padding along the channel axis). */
export const ZERO_CHANNEL = -1;

let nextPositionAxis = 0;

/** An axis of positions that nothing else shares. */
export function positionAxis(size: number): Axis {
  if (size === 1) return EMPTY_AXIS;
  return [{ base: 0, factors: [{ size, stride: 1, axis: nextPositionAxis++ }] }];
}

export function channelAxis(size: number): Axis {
  return size === 1 ? EMPTY_AXIS : [{ base: 0, factors: [{ size, stride: 1, axis: 'channel' }] }];
}

/** A fresh activation: `channels` along one axis, positions along the others. */
export function freshActivation(
  shape: readonly number[],
  channelAxisIndex: number,
  channels: Int32Array,
): Activation {
  const axes = shape.map((size, index) =>
    index === channelAxisIndex ? channelAxis(size) : positionAxis(size),
  );
  return { kind: 'activation', axes, channels };
}

export function consecutive({ first, count }: { first: number; count: number }): Int32Array {
  return Int32Array.from({ length: count }, (_, index) => first + index);
}

/** The same places with other axes; a norm stays pending through anything that only moves values. */
export function withAxes(activation: Activation, axes: readonly Axis[]): Activation {
  return { ...activation, axes };
}

export function transpose(activation: Activation, permutation: readonly number[]): Activation {
  return withAxes(
    activation,
    permutation.map((from) => activation.axes[from]),
  );
}

/** Regroups the factors to `shape`. A concatenated axis can only stay as it is. */
export function reshape(activation: Activation, shape: readonly number[]): Activation {
  const before = shapeOf(activation);
  if (product(before) !== product(shape)) {
    throw new NotUnderstoodError(
      `reshapes ${before.join('×')} to ${shape.join('×')}, which has another size`,
    );
  }
  // What is left to hand out: single factors, and concatenated axes, which are handed out whole.
  const rest: (Factor | Axis)[] = [];
  let base = 0;
  for (const axis of activation.axes) {
    if (axis.length > 1) rest.push(axis);
    else {
      base += axis[0].base;
      rest.push(...axis[0].factors);
    }
  }
  const axes = shape.map((size): Axis => {
    const factors: Factor[] = [];
    let filled = 1;
    while (filled < size) {
      const next = rest.shift();
      if (next === undefined) break;
      if (!('size' in next)) {
        if (filled === 1 && axisSize(next) === size) return next;
        throw new NotUnderstoodError('reshapes an axis that was concatenated');
      }
      const wanted = size / filled;
      if (wanted % next.size === 0) {
        factors.push(next);
        filled *= next.size;
      } else if (next.size % wanted === 0) {
        const inner = next.size / wanted;
        factors.push({ ...next, size: wanted, stride: next.stride * inner });
        rest.unshift({ ...next, size: inner });
        filled = size;
      } else {
        throw new NotUnderstoodError(
          `reshapes ${before.join('×')} to ${shape.join('×')}, which cuts across channels`,
        );
      }
    }
    return [{ base: 0, factors: mergeFactors(factors) }];
  });
  if (base > 0 && axes.length > 0) {
    axes[0] = axes[0].map((segment) => ({ ...segment, base: segment.base + base }));
  }
  return withAxes(activation, axes);
}

/** Joins neighbouring factors that together are one: sizes a, b with strides b·s, s. */
function mergeFactors(factors: readonly Factor[]): Factor[] {
  const merged: Factor[] = [];
  for (const factor of factors) {
    const last = merged.at(-1);
    if (last && last.axis === factor.axis && last.stride === factor.size * factor.stride) {
      merged[merged.length - 1] = { ...factor, size: last.size * factor.size };
    } else merged.push(factor);
  }
  return merged;
}

/** Elements start, start + step, … of one axis. */
export function slice(
  activation: Activation,
  axisIndex: number,
  start: number,
  count: number,
  step: number,
): Activation {
  const axis = activation.axes[axisIndex];
  const replaced =
    axis.length === 1 ? [cutSegment(axis[0], start, count, step)] : cutAxis(axis, start, count, step);
  return withAxes(
    activation,
    activation.axes.map((old, index) => (index === axisIndex ? replaced : old)),
  );
}

/** Cuts a concatenated axis; every cut must take whole segments or lie within them. */
export function cutAxis(axis: Axis, start: number, count: number, step: number): Axis {
  if (step !== 1) throw new NotUnderstoodError('takes every other element of a concatenated axis');
  const kept: Segment[] = [];
  let position = 0;
  for (const segment of axis) {
    const size = segmentSize(segment);
    const from = Math.max(start, position);
    const to = Math.min(start + count, position + size);
    if (from < to) kept.push(cutSegment(segment, from - position, to - from, 1));
    position += size;
  }
  return kept;
}

export function cutSegment(segment: Segment, start: number, count: number, step: number): Segment {
  if (start === 0 && step === 1 && count === segmentSize(segment)) return segment;
  const [outer, ...inner] = segment.factors;
  if (outer === undefined) return segment;
  const innerSize = product(inner.map(({ size }) => size));
  if (step === 1 && Math.floor(start / innerSize) === Math.floor((start + count - 1) / innerSize)) {
    // Within one step of the outer factor: fix it, cut the rest.
    const index = Math.floor(start / innerSize);
    const rest = { base: segment.base + (isChannel(outer) ? index * outer.stride : 0), factors: inner };
    return cutSegment(rest, start - index * innerSize, count, 1);
  }
  if (start % innerSize || count % innerSize || (step !== 1 && inner.length > 0)) {
    throw new NotUnderstoodError('cuts across channels and positions at once');
  }
  const size = count / innerSize;
  if (!isChannel(outer)) {
    // Which positions were kept does not matter to the channels.
    return { base: segment.base, factors: [{ ...outer, size }, ...inner] };
  }
  const base = segment.base + (start / innerSize) * outer.stride;
  return { base, factors: [{ ...outer, size, stride: outer.stride * step }, ...inner] };
}

/** An activation whose only channel axis holds nothing but channels, with its channel list in that order. */
function compact(activation: Activation, axisIndex: number): Activation {
  const isPlain = activation.axes.every((axis, index) =>
    index === axisIndex ? axis.every(({ factors }) => factors.every(isChannel)) : !hasChannels(axis),
  );
  if (!isPlain || activation.channels.length === 0) return activation;
  const axes = activation.axes.map((axis, index) =>
    index === axisIndex ? channelAxis(axisSize(axis)) : axis.map((segment) => ({ ...segment, base: 0 })),
  );
  return { ...activation, axes, channels: allChannels(activation) };
}

/** Puts activations behind one another along an axis. */
export function concat(activations: readonly Activation[], axisIndex: number): Activation {
  const parts = activations.map((activation) => compact(activation, axisIndex));
  const [first] = parts;
  const others = (activation: Activation) =>
    JSON.stringify(activation.axes.map((axis, index) => (index === axisIndex ? [] : axis.map(channelPart))));
  if (parts.some((part) => part.axes.length !== first.axes.length || others(part) !== others(first))) {
    throw new NotUnderstoodError('concatenates activations whose channels are laid out differently');
  }
  const alongPositions = parts.every((part) => !hasChannels(part.axes[axisIndex]));
  if (alongPositions && parts.every((part) => sameChannels(part, first))) {
    const size = parts.reduce((total, part) => total + axisSize(part.axes[axisIndex]), 0);
    const joined = positionAxis(size).map((segment) => ({ ...segment, base: first.axes[axisIndex][0].base }));
    return {
      kind: 'activation',
      channels: first.channels,
      axes: first.axes.map((axis, index) => (index === axisIndex ? joined : axis)),
    };
  }
  if (parts.some((part) => part.channels.length === 0)) {
    throw new NotUnderstoodError('concatenates channels with quantities that belong to no channel');
  }
  if (alongPositions && parts.some((part) => axisSize(part.axes[axisIndex]) > 1)) {
    throw new NotUnderstoodError('concatenates different channels along positions');
  }
  const channels = new Int32Array(parts.reduce((total, part) => total + part.channels.length, 0));
  const segments: Segment[] = [];
  let position = 0;
  for (const part of parts) {
    channels.set(part.channels, position);
    for (const segment of part.axes[axisIndex]) segments.push({ ...segment, base: segment.base + position });
    position += part.channels.length;
  }
  return {
    kind: 'activation',
    channels,
    axes: first.axes.map((axis, index) => (index === axisIndex ? mergeSegments(segments) : axis)),
  };
}

const channelPart = (segment: Segment) =>
  segment.factors.map((factor) => [factor.size, isChannel(factor) && factor.stride]);

/** Joins segments that continue one another, so that a concatenation can be reshaped (channel shuffle). */
function mergeSegments(segments: readonly Segment[]): Axis {
  const merged: Segment[] = [];
  for (const segment of segments) {
    const last = merged.at(-1);
    const stride = segment.factors[0]?.stride ?? last?.factors[0]?.stride ?? 1;
    const isSimple = (candidate: Segment) =>
      candidate.factors.length === 0 ||
      (candidate.factors.length === 1 &&
        isChannel(candidate.factors[0]) &&
        candidate.factors[0].stride === stride);
    if (
      last &&
      isSimple(last) &&
      isSimple(segment) &&
      segment.base === last.base + segmentSize(last) * stride
    ) {
      const size = segmentSize(last) + segmentSize(segment);
      merged[merged.length - 1] = { base: last.base, factors: [{ size, stride, axis: 'channel' }] };
    } else merged.push(segment);
  }
  return merged;
}

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
  if (product(factors.map(({ size }) => size)) > MAX_OFFSETS) {
    throw new NotUnderstoodError('claims a layer that is larger than any real one');
  }
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
    const spatial = [...new Set(placed.map(({ axis }) => axis))].filter((axis) => axis !== 'channel').sort();
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
