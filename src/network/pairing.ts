/**
 * Two activations that meet element by element, with broadcasting: which channel meets which.
 */
import {
  type Activation,
  type Axis,
  axisSize,
  checkedCount,
  EMPTY_AXIS,
  type Factor,
  isChannel,
  MAX_CHANNELS,
  NotUnderstoodError,
  product,
  type Segment,
  segmentSize,
  shapeOf,
  ZERO_CHANNEL,
} from './activation';
import { countOffsets, segmentChoices } from './reading';
import { cutAxis, cutSegment } from './rearranging';

/** Cuts the segments and factors of two equally long axes so that they match one to one; undefined where they cannot. */
export function alignAxes(a: Axis, b: Axis): [Axis, Axis] | undefined {
  const [left, right] = [splitAt(a, b), splitAt(b, a)];
  if (!left || !right || left.length !== right.length) return undefined;
  const pairs = left.map((segment, index) => alignSegments(segment, right[index]));
  if (pairs.some((pair) => pair === undefined)) return undefined;
  const complete = pairs as [Segment, Segment][];
  return [complete.map(([segment]) => segment), complete.map(([, segment]) => segment)];
}

/** Cuts `axis` also where `other` begins a new segment. */
function splitAt(axis: Axis, other: Axis): Axis | undefined {
  const ends = (cut: Axis) => {
    let position = 0;
    return cut.map((segment) => {
      position += segmentSize(segment);
      return position;
    });
  };
  const cuts = [...new Set([...ends(axis), ...ends(other)])].sort((x, y) => x - y);
  try {
    return cuts.flatMap((end, index) => {
      const start = index === 0 ? 0 : cuts[index - 1];
      return axis.length === 1
        ? [cutSegment(axis[0], start, end - start, 1)]
        : cutAxis(axis, start, end - start);
    });
  } catch {
    return undefined; // the cut goes across channels and positions: the caller says what that means
  }
}

function alignSegments(a: Segment, b: Segment): [Segment, Segment] | undefined {
  const [left, right]: [Factor[], Factor[]] = [[], []];
  const [queueA, queueB] = [[...a.factors], [...b.factors]];
  const split = (queue: Factor[], size: number) => {
    const factor = queue[0];
    const inner = factor.size / size;
    queue.splice(0, 1, { ...factor, size, stride: factor.stride * inner }, { ...factor, size: inner });
  };
  while (queueA.length > 0 && queueB.length > 0) {
    const [sizeA, sizeB] = [queueA[0].size, queueB[0].size];
    if (sizeA > sizeB && sizeA % sizeB === 0) split(queueA, sizeB);
    else if (sizeB > sizeA && sizeB % sizeA === 0) split(queueB, sizeA);
    else if (sizeA !== sizeB) return undefined;
    left.push(queueA.shift() as Factor);
    right.push(queueB.shift() as Factor);
  }
  if (queueA.length > 0 || queueB.length > 0) return undefined;
  return [
    { base: a.base, factors: left },
    { base: b.base, factors: right },
  ];
}

const meets = (factor: Factor) => isChannel(factor) || factor.isRepeated === true;
const channelStride = (factor: Factor) => (isChannel(factor) ? factor.stride : 0);

/** The kept side's axes after a meeting: what was repeated stays so only where it met the like. */
function settle(kept: readonly Axis[], met: readonly Axis[]): Axis[] {
  return kept.map((axis, index) =>
    axis.map(({ base, factors }, segment) => ({
      base,
      factors: factors.map((factor, place) => {
        const other = met[index][segment].factors[place];
        if (isChannel(other) && meets(factor) && channelStride(factor) === 0) {
          throw new NotUnderstoodError('combines every channel of one with every channel of the other');
        }
        const { isRepeated, ...rest } = factor;
        return isRepeated && (other.isRepeated || other.stride === 0) ? factor : rest;
      }),
    })),
  );
}

export interface Pairing {
  /** Entry i of `first` meets entry i of `second`: every pair of channels that share a place, each pair once. */
  readonly first: Int32Array;
  readonly second: Int32Array;
  /** The result's places, holding the channels of the one that has more of them, or else of the second. */
  readonly result: Activation;
  readonly keeps: 'first' | 'second';
}

/** Elementwise meeting of two activations with broadcasting. */
export function pair(first: Activation, second: Activation, prefer: 'first' | 'second'): Pairing {
  const rank = Math.max(first.axes.length, second.axes.length);
  const pad = ({ axes }: Activation) => [...Array<Axis>(rank - axes.length).fill(EMPTY_AXIS), ...axes];
  const [axesA, axesB] = [pad(first), pad(second)];
  const alignedA: Axis[] = [];
  const alignedB: Axis[] = [];
  for (let index = 0; index < rank; index++) {
    const [a, b] = [axesA[index], axesB[index]];
    const [sizeA, sizeB] = [axisSize(a), axisSize(b)];
    if (sizeA === sizeB) {
      const aligned = alignAxes(a, b);
      if (!aligned) throw new NotUnderstoodError('meets channels that are laid out differently');
      alignedA.push(aligned[0]);
      alignedB.push(aligned[1]);
    } else if (sizeA === 1 || sizeB === 1) {
      // Broadcast: the short side stays at its one place while the long side runs.
      const stretch = (short: Axis, long: Axis): Axis =>
        long.map(({ factors }) => ({
          base: short[0].base,
          factors: factors.map((factor) => ({
            ...factor,
            stride: 0,
            axis: isChannel(factor) ? 'channel' : factor.axis,
          })),
        }));
      alignedA.push(sizeA === 1 ? stretch(a, b) : a);
      alignedB.push(sizeB === 1 ? stretch(b, a) : b);
    } else {
      throw new NotUnderstoodError(`meets ${shapeOf(first).join('×')} with ${shapeOf(second).join('×')}`);
    }
  }
  const countReal = ({ channels }: Activation) =>
    new Set(channels).size - (channels.includes(ZERO_CHANNEL) ? 1 : 0);
  const [countA, countB] = [countReal(first), countReal(second)];
  const keeps = countA === countB ? prefer : countA > countB ? 'first' : 'second';
  // Before the pairs are listed: every channel with every other would be a list without end.
  const axes = keeps === 'first' ? settle(alignedA, alignedB) : settle(alignedB, alignedA);
  const choicesA = segmentChoices(alignedA);
  const choicesB = segmentChoices(alignedB);
  const listA: number[] = [];
  const listB: number[] = [];
  const seen = new Set<number>();
  choicesA.forEach((choiceA, choice) => {
    const choiceB = choicesB[choice];
    const factorsA: { size: number; stride: number }[] = [];
    const factorsB: { size: number; stride: number }[] = [];
    choiceA.segments.forEach((segment, axis) => {
      segment.factors.forEach((a, index) => {
        const b = choiceB.segments[axis].factors[index];
        if (!isChannel(a) && !isChannel(b)) return;
        if (!meets(a) || !meets(b)) throw new NotUnderstoodError('meets channels with positions');
        factorsA.push({ size: a.size, stride: channelStride(a) });
        factorsB.push({ size: b.size, stride: channelStride(b) });
      });
    });
    checkedCount(seen.size + product(factorsA.map(({ size }) => size)));
    const offsetsA = countOffsets(factorsA);
    const offsetsB = countOffsets(factorsB);
    offsetsA.forEach((offset, index) => {
      const a = first.channels[choiceA.base + offset];
      const b = second.channels[choiceB.base + offsetsB[index]];
      if (a === ZERO_CHANNEL || b === ZERO_CHANNEL) return;
      const key = a * MAX_CHANNELS + b;
      if (seen.has(key)) return;
      seen.add(key);
      listA.push(a);
      listB.push(b);
    });
  });
  return {
    first: Int32Array.from(listA),
    second: Int32Array.from(listB),
    keeps,
    result: { kind: 'activation', axes, channels: keeps === 'first' ? first.channels : second.channels },
  };
}
