/**
 * An activation tensor as the reader of a network sees it: not its numbers, but which channel stands at each place.
 *
 * Every axis is a product of factors, as in einops: after flattening [1, C, H, W] the last axis is (C H W). A factor runs
 * over channels or over one of the position axes. Transposing permutes axes, reshaping regroups factors, slicing cuts
 * them, concatenating puts segments behind one another (./rearranging); so channel identity is tracked exactly and
 * without tables.
 *
 * The channel at a place is channels[sum of (segment base + index · stride) over all axes' channel factors].
 */

import type { Constant } from './constant';

export interface Factor {
  readonly size: number;
  /** Step within the channel list, or within the position axis, for one step of this factor. */
  readonly stride: number;
  /** 'channel', or the number of a position axis. */
  readonly axis: 'channel' | number;
  /** Positions at which the same stands again and again (keys that several query heads share). */
  readonly isRepeated?: boolean;
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

/**
 * Integers that are scaled afterwards. The scale of quantised data and of the weight meet first (`factor`), and then the
 * product that the layer wrote.
 */
export type Quantisation =
  | { readonly kind: 'scale'; readonly factor?: Constant }
  | {
      readonly kind: 'product';
      readonly layer: number;
      readonly weight: Constant;
      readonly zeroPoint?: Constant;
    }
  /** Rows of a table of whole numbers, and the layer that looks them up. */
  | { readonly kind: 'table'; readonly layer: number; readonly table: Constant };

export interface Activation {
  readonly kind: 'activation';
  readonly axes: readonly Axis[];
  /** Empty for quantities that no channel owns (ids, a mean over all channels). */
  readonly channels: Int32Array;
  readonly pendingNorm?: PendingNorm;
  /** A mean over channels has been subtracted: what tells a layer norm from an RMS norm when it comes in pieces. */
  readonly isCentred?: boolean;
  /**
   * Worked out from all channels, or from parts of them (a mean per head), and the same whatever their order; or from the
   * positions of each channel on its own.
   */
  readonly statistic?: 'whole' | 'parts' | 'positions';
  /** Multiplied with something that differs from channel to channel and is not learned (rotary position embedding). */
  readonly isModulated?: boolean;
  /** Stored tables that it was multiplied with so: no parameters if what they do is to turn it. */
  readonly modulators?: readonly Constant[];
  /** A scale, or a product of whole numbers that waits for one. */
  readonly quantisation?: Quantisation;
}

/** Why an operator's effect on the channels cannot be told. */
export class NotUnderstoodError extends Error {}

export const product = (sizes: readonly number[]) => sizes.reduce((total, size) => total * size, 1);

export const segmentSize = (segment: Segment) => product(segment.factors.map(({ size }) => size));

export const axisSize = (axis: Axis) => axis.reduce((total, segment) => total + segmentSize(segment), 0);

export const shapeOf = (activation: Activation) => activation.axes.map(axisSize);

export const isChannel = (factor: Factor) => factor.axis === 'channel';

export const hasChannels = (axis: Axis) => axis.length > 1 || axis[0].factors.some(isChannel);

/** True for ids, masks and other quantities that no channel owns. */
export const isShared = ({ channels }: Activation) => channels.length === 0;

export const EMPTY_AXIS: Axis = [{ base: 0, factors: [] }];

/** Channels of one network; also keeps a pair of channel numbers within one safe integer. */
export const MAX_CHANNELS = 2 ** 26;

/** Positions or channels that an operator names one by one: no real one names as many. */
const MAX_COUNT = 2 ** 22;

/** A length that a file claims, for a list that is about to be made. Throws where it is none, or too long. */
export function checkedCount(count: number, most = MAX_COUNT): number {
  if (!Number.isSafeInteger(count) || count < 0) throw new NotUnderstoodError(`claims ${count} of something`);
  if (count > most) throw new NotUnderstoodError('claims a layer that is larger than any real one');
  return count;
}

/** Stands for a channel that is always zero (padding along the channel axis). */
export const ZERO_CHANNEL = -1;

let nextPositionAxis = 0;

/** An axis of positions that nothing else shares. */
export function positionAxis(size: number): Axis {
  if (size === 1) return EMPTY_AXIS;
  return [{ base: 0, factors: [{ size, stride: 1, axis: nextPositionAxis++ }] }];
}

/** What stands at `base`, `size` times. */
export function repeatedAxis(size: number, base = 0): Axis {
  if (size === 1) return [{ base, factors: [] }];
  return [{ base, factors: [{ size, stride: 1, axis: nextPositionAxis++, isRepeated: true }] }];
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

/** A quantity of a shape that no channel owns. */
export const sharedActivation = (shape: readonly number[]): Activation =>
  freshActivation(shape, -1, new Int32Array(0));

export function consecutive({ first, count }: { first: number; count: number }): Int32Array {
  return Int32Array.from({ length: count }, (_, index) => first + index);
}

/** The same places with other axes; a norm stays pending through anything that only moves values. */
export function withAxes(activation: Activation, axes: readonly Axis[]): Activation {
  return { ...activation, axes };
}

export function replaceAxis(activation: Activation, at: number, axis: Axis): Activation {
  return withAxes(
    activation,
    activation.axes.map((old, index) => (index === at ? axis : old)),
  );
}

/** An axis's places without what it adds to the channel index: for results whose channels lie elsewhere. */
export const withoutBase = (axis: Axis): Axis => axis.map((segment) => ({ ...segment, base: 0 }));
