/**
 * Operations that only move values: transposing, reshaping, slicing, picking, repeating, concatenating. Each says where the
 * channels stand afterwards.
 */
import {
  type Activation,
  type Axis,
  axisSize,
  channelAxis,
  checkedCount,
  type Factor,
  hasChannels,
  isChannel,
  isShared,
  NotUnderstoodError,
  positionAxis,
  product,
  repeatedAxis,
  replaceAxis,
  type Segment,
  segmentSize,
  shapeOf,
  sharedActivation,
  withAxes,
  withoutBase,
} from './activation';
import { allChannels, sameChannels } from './reading';

/** Segments of one axis: no real network puts as many behind one another. */
const MAX_SEGMENTS = 2 ** 16;

export function transpose(activation: Activation, permutation: readonly number[]): Activation {
  return withAxes(
    activation,
    permutation.map((from) => activation.axes[from]),
  );
}

/** Regroups the factors to `shape`. A concatenated axis can only stay as it is; positions may be cut anywhere. */
export function reshape(activation: Activation, shape: readonly number[]): Activation {
  const before = shapeOf(activation);
  if (product(before) !== product(shape)) {
    throw new NotUnderstoodError(
      `reshapes ${before.join('×')} to ${shape.join('×')}, which has another size`,
    );
  }
  if (isShared(activation)) return sharedActivation(shape);
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
      } else if (joinPositions(next, rest[0])) {
        rest[0] = joinPositions(next, rest[0]) ?? rest[0];
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

/** Two factors of positions as one, to be cut elsewhere. */
function joinPositions(outer: Factor, inner: Factor | Axis | undefined): Factor | undefined {
  if (inner === undefined || !('size' in inner) || isChannel(outer) || isChannel(inner)) return undefined;
  return positionAxis(outer.size * inner.size)[0].factors[0];
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
  const isRegular = step > 0 && (axis.length === 1 || step === 1);
  if (!isRegular) return pick(activation, axisIndex, progression(start, count, step));
  const cut = axis.length === 1 ? [cutSegment(axis[0], start, count, step)] : cutAxis(axis, start, count);
  return replaceAxis(activation, axisIndex, cut);
}

const progression = (start: number, count: number, step: number) =>
  Array.from({ length: checkedCount(count) }, (_, index) => start + index * step);

/** Elements of one axis in any order. */
export function pick(activation: Activation, axisIndex: number, picks: readonly number[]): Activation {
  const axis = activation.axes[axisIndex];
  if (picks.length === 0) throw new NotUnderstoodError('takes nothing of an axis');
  if (!hasChannels(axis)) {
    // Which positions were kept, and in which order, does not matter to the channels.
    const [{ base }] = axis;
    const positions = positionAxis(picks.length).map((segment) => ({ ...segment, base }));
    return replaceAxis(activation, axisIndex, positions);
  }
  const plain = compact(activation, axisIndex);
  if (plain !== activation) {
    const channels = Int32Array.from(picks, (place) => plain.channels[place]);
    return { ...replaceAxis(plain, axisIndex, channelAxis(picks.length)), channels };
  }
  const runs: { start: number; count: number }[] = [];
  for (const place of picks) {
    const run = runs.at(-1);
    if (run && place === run.start + run.count) run.count++;
    else runs.push({ start: place, count: 1 });
  }
  const segments = runs.flatMap(({ start, count }) => cutAxis(axis, start, count));
  return replaceAxis(activation, axisIndex, mergeSegments(segments));
}

/** The whole axis again and again. */
export function tile(activation: Activation, axisIndex: number, times: number): Activation {
  if (times === 1) return activation;
  const axis = activation.axes[axisIndex];
  if (axis.length > 1) {
    const count = checkedCount(times * axis.length, MAX_SEGMENTS);
    const segments = Array.from({ length: count }, (_, index) => axis[index % axis.length]);
    return replaceAxis(activation, axisIndex, segments);
  }
  const [{ base, factors }] = axis;
  const [{ factors: repeats }] = repeatedAxis(times);
  return replaceAxis(activation, axisIndex, [{ base, factors: [...repeats, ...factors] }]);
}

/** Repeats axes of one place until the activation has a shape, adding leading axes (broadcasting). */
export function expand(activation: Activation, shape: readonly number[]): Activation {
  const lead = shape.length - activation.axes.length;
  const axes = shape.map((size, index): Axis => {
    const axis = activation.axes[index - lead];
    if (index < lead) return repeatedAxis(size);
    return axisSize(axis) === size ? axis : repeatedAxis(size, axis[0].base);
  });
  return withAxes(activation, axes);
}

/** `count` neighbouring elements of an axis, from `start` on. */
export function cutAxis(axis: Axis, start: number, count: number): Axis {
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

export function cutSegment(segment: Segment, start: number, count: number, asked: number): Segment {
  const step = count === 1 ? 1 : asked;
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
  if (!isPlain || isShared(activation)) return activation;
  const axes = activation.axes.map((axis, index) =>
    index === axisIndex ? channelAxis(axisSize(axis)) : withoutBase(axis),
  );
  return { ...activation, axes, channels: allChannels(activation) };
}

/** Puts activations behind one another along an axis. */
export function concat(activations: readonly Activation[], axisIndex: number): Activation {
  const parts = activations.map((activation) => compact(activation, axisIndex));
  const size = parts.reduce((total, part) => total + axisSize(part.axes[axisIndex]), 0);
  // Positions that no channel owns (a state from before, a mask) stand among the others' channels.
  const owned = parts.filter((part) => !isShared(part));
  const [first] = owned.length > 0 ? owned : parts;
  const others = (activation: Activation) =>
    JSON.stringify(activation.axes.map((axis, index) => (index === axisIndex ? [] : channelParts(axis))));
  if (owned.some((part) => part.axes.length !== first.axes.length || others(part) !== others(first))) {
    throw new NotUnderstoodError('concatenates activations whose channels are laid out differently');
  }
  const alongPositions = owned.every((part) => !hasChannels(part.axes[axisIndex]));
  if (alongPositions && owned.every((part) => sameChannels(part, first))) {
    const { base } = first.axes[axisIndex][0];
    const joined = positionAxis(size).map((segment) => ({ ...segment, base }));
    return replaceAxis({ kind: 'activation', channels: first.channels, axes: first.axes }, axisIndex, joined);
  }
  if (owned.length < parts.length) {
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
    // The other axes are the first part's: where another part begins elsewhere along them, its segments begin there.
    const base = position + baseElsewhere(part, axisIndex) - baseElsewhere(first, axisIndex);
    for (const segment of part.axes[axisIndex]) segments.push({ ...segment, base: segment.base + base });
    position += part.channels.length;
  }
  const joined = mergeSegments(segments);
  return replaceAxis({ kind: 'activation', channels, axes: first.axes }, axisIndex, joined);
}

/** What all axes but one add to the place of a channel. */
const baseElsewhere = ({ axes }: Activation, axisIndex: number) =>
  axes.reduce((total, [{ base }], index) => (index === axisIndex ? total : total + base), 0);

/** Where channels lie along an axis, from its first place on. */
const channelParts = (axis: Axis) =>
  axis.map(({ base, factors }) => [
    base - axis[0].base,
    factors.map((factor) => [factor.size, isChannel(factor) && factor.stride]),
  ]);

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
  return asProgression(merged) ?? merged;
}

/** Segments of one structure whose bases are evenly spaced (stacked activations) are one, with a factor more. */
function asProgression(segments: readonly Segment[]): Axis | undefined {
  const [{ base, factors }, second] = segments;
  if (second === undefined) return segments;
  const stride = second.base - base;
  const structure = JSON.stringify(factors);
  const isEven = segments.every(
    (segment, index) =>
      segment.base === base + index * stride && JSON.stringify(segment.factors) === structure,
  );
  if (!isEven) return undefined;
  return [{ base, factors: [{ size: segments.length, stride, axis: 'channel' }, ...factors] }];
}
