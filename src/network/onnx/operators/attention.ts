/**
 * Products of two activations: the two halves of multi-head attention, queries · keys and scores · values.
 */
import {
  type Activation,
  type Axis,
  axisSize,
  EMPTY_AXIS,
  type Factor,
  hasChannels,
  isChannel,
  NotUnderstoodError,
  positionAxis,
  replaceAxis,
  withoutBase,
} from '../../activation';
import type { HeadMeeting } from '../../network';
import { alignAxes } from '../../pairing';
import { countOffsets } from '../../reading';
import { transpose } from '../../rearranging';
import type { Known, Lowering } from '../lowering';
import type { OperatorCall } from '../operator-call';
import { withZeroFeatures } from './shared';

/** Query · key for every head and every two positions. Not channels, but on the way from values to values. */
export interface AttentionScores {
  readonly kind: 'scores';
  /** Where they stand, with the numbers of heads in place of channels: [… , positions, key positions] at first. */
  readonly layout: Activation;
  readonly heads: number;
  /** Heads with keys of their own; fewer than `heads` where neighbouring query heads share them. */
  readonly keyHeads: number;
  /** Head-major; entry i of both is the same dimension of the same head. */
  readonly queries: Int32Array;
  readonly keys: Int32Array;
  readonly meetings: readonly HeadMeeting[];
  /** Something tells the heads apart that is no parameter. */
  readonly hasOrder: boolean;
}

export function multiplyActivations(call: OperatorCall, left: Known, right: Known): Known {
  const [a, b] = [left, right].map((value) =>
    value.kind === 'activation' ? withZeroFeatures(call, value) : value,
  );
  if (a.kind === 'scores' && b.kind === 'activation') return attend(call, a, b);
  if (a.kind === 'activation' && b.kind === 'scores') {
    const turned = { ...b, layout: swapLast(b.layout) };
    return swapLast(attend(call, turned, swapLast(a)));
  }
  if (a.kind === 'activation' && b.kind === 'activation') return score(call, a, b);
  throw new NotUnderstoodError('multiplies two constants, or attention scores with one another');
}

function swapLast(activation: Activation): Activation {
  const rank = activation.axes.length;
  const order = [...activation.axes.keys()];
  return transpose(activation, [...order.slice(0, -2), rank - 1, rank - 2]);
}

interface FactorPair {
  readonly a: Factor;
  readonly b: Factor;
}

/** Factors of the axes before the last two, one to one; the second side may stay the same along those of the first. */
function alignBatch(a: readonly Axis[], b: readonly Axis[]): FactorPair[][] {
  const rank = Math.max(a.length, b.length);
  const pad = (axes: readonly Axis[]) => [...Array<Axis>(rank - axes.length).fill(EMPTY_AXIS), ...axes];
  const [left, right] = [pad(a), pad(b)];
  return left.map((axis, index) => {
    const other = right[index];
    if (axisSize(axis) !== axisSize(other)) {
      if (axisSize(other) !== 1) throw new NotUnderstoodError('multiplies several keys with one query head');
      return axis.flatMap(({ factors }) =>
        factors.map((factor) => ({ a: factor, b: { ...factor, axis: 0, isRepeated: true } })),
      );
    }
    const aligned = alignAxes(axis, other);
    if (aligned?.[0].length !== 1)
      throw new NotUnderstoodError('multiplies heads that are laid out differently');
    const [[first], [second]] = aligned;
    return first.factors.map((factor, place) => ({ a: factor, b: second.factors[place] }));
  });
}

/** Offsets of the second side's channels, head by head: what it repeats stays the same. */
function otherOffsets(pairs: readonly FactorPair[]): Int32Array {
  const heads = pairs.filter(({ a }) => isChannel(a));
  if (
    pairs.some(({ a, b }) => !isChannel(a) && isChannel(b)) ||
    heads.some(({ b }) => !isChannel(b) && !b.isRepeated)
  )
    throw new NotUnderstoodError('multiplies two activations in a way that is not attention');
  return countOffsets(heads.map(({ a, b }) => ({ size: a.size, stride: isChannel(b) ? b.stride : 0 })));
}

const baseOf = ({ axes }: Activation, except = -1) =>
  axes.reduce((total, axis, index) => total + (index === except ? 0 : axis[0].base), 0);

/** queries [… , positions, size] · keys [… , size, positions]. */
function score(call: OperatorCall, queries: Activation, keys: Activation): AttentionScores {
  const [queryRank, keyRank] = [queries.axes.length, keys.axes.length];
  if (queryRank < 2 || keyRank < 2) throw new NotUnderstoodError('multiplies activations without positions');
  const [querySum, keySum] = [queryRank - 1, keyRank - 2];
  const [queryPositions, keyPositions] = [queries.axes[queryRank - 2], keys.axes[keyRank - 1]];
  const sums = [queries.axes[querySum], keys.axes[keySum]] as const;
  const aligned = sums.every(hasChannels) ? alignAxes(...sums) : undefined;
  if (!aligned || hasChannels(queryPositions) || hasChannels(keyPositions)) {
    throw new NotUnderstoodError('multiplies two activations in a way that is not attention');
  }
  const pairs = alignBatch(queries.axes.slice(0, -2), keys.axes.slice(0, -2));
  const headFactors = pairs.flat().filter(({ a }) => isChannel(a));
  const queryHeads = countOffsets(headFactors.map(({ a }) => a));
  const keyHeads = otherOffsets(pairs.flat());
  const [queryDims, keyDims] = aligned.map((axis) =>
    axis.flatMap(({ base, factors }) => {
      if (!factors.every(isChannel)) throw new NotUnderstoodError('multiplies positions with positions');
      return [...countOffsets(factors, base)];
    }),
  );
  const [queryBase, keyBase] = [baseOf(queries, querySum), baseOf(keys, keySum)];
  const own = (head: number) => queryDims.map((dim) => queries.channels[queryBase + queryHeads[head] + dim]);
  const shared = (head: number) => keyDims.map((dim) => keys.channels[keyBase + keyHeads[head] + dim]);
  const order = headsByKey([...queryHeads.keys()].map(shared));
  const size = queryDims.length;
  const perKey = order.length / new Set([...queryHeads.keys()].map((head) => shared(head).join())).size;
  if (!Number.isInteger(perKey)) throw new NotUnderstoodError('shares keys between unequal numbers of heads');
  const firsts = order.filter((_, place) => place % perKey === 0);
  const result = {
    queries: Int32Array.from(order.flatMap(own)),
    keys: Int32Array.from(firsts.flatMap(shared)),
  };
  if (
    new Set(result.queries).size < order.length * size ||
    new Set(result.keys).size < firsts.length * size
  ) {
    throw new NotUnderstoodError('multiplies a channel with several others');
  }
  if (perKey > 1) {
    // Which of the heads that share a key is which matters to what reads them; dimensions then keep their order too.
    call.lowering.keepOrder(result.queries, perKey * size);
    call.lowering.keepOrder(result.keys, size);
  }
  const layout = layoutOfHeads(pairs, order, [queryPositions, keyPositions]);
  const scores: AttentionScores = {
    ...{ kind: 'scores', layout, heads: order.length, keyHeads: firsts.length, ...result },
    ...{ meetings: [], hasOrder: false },
  };
  call.lowering.openScores.set(scores.queries, { name: call.operator.name, scores });
  return scores;
}

/** Scores that are never used to weigh values are a result of their own: which dimension met which stays. */
export function closeScores(lowering: Lowering): void {
  for (const { name, scores } of lowering.openScores.values()) {
    const { queries, keys, heads, keyHeads } = scores;
    const size = queries.length / heads;
    const sources = queries.map((_, index) => {
      const head = Math.floor((Math.floor(index / size) * keyHeads) / heads);
      return keys[head * size + (index % size)];
    });
    lowering.addLayer(name.replace(/^\//, ''), { kind: 'gate', sources, targets: queries });
  }
}

/** Heads in an order in which those that share keys are neighbours. */
function headsByKey(keys: readonly number[][]): number[] {
  const byKey = new Map<string, number[]>();
  keys.forEach((channels, head) => {
    const key = channels.join();
    const heads = byKey.get(key);
    if (heads) heads.push(head);
    else byKey.set(key, [head]);
  });
  return [...byKey.values()].flat();
}

/** The axes of the scores; `order[n]` is the head (counted through the axes) that has number n. */
function layoutOfHeads(
  pairs: readonly FactorPair[][],
  order: readonly number[],
  positions: readonly Axis[],
): Activation {
  const numbers = new Int32Array(order.length);
  order.forEach((head, number) => {
    numbers[head] = number;
  });
  let stride = order.length;
  const axes = pairs.map((factors): Axis => {
    const counted = factors.map(({ a, b }) => {
      if (!isChannel(a)) return isChannel(b) ? a : { ...a, isRepeated: a.isRepeated && b.isRepeated };
      stride /= a.size;
      return { size: a.size, stride, axis: 'channel' as const };
    });
    return [{ base: 0, factors: counted }];
  });
  return { kind: 'activation', axes: [...axes, ...positions.map(withoutBase)], channels: numbers };
}

/** scores [… , positions, key positions] · values [… , key positions, size]. */
function attend(call: OperatorCall, scores: AttentionScores, values: Activation): Activation {
  const { layout, heads, keyHeads, queries, keys, meetings, hasOrder } = scores;
  const [queryPositions, keyPositions] = layout.axes.slice(-2);
  const rank = values.axes.length;
  if (rank < 2 || hasChannels(values.axes[rank - 2]) || [queryPositions, keyPositions].some(hasChannels)) {
    throw new NotUnderstoodError('multiplies attention scores with something other than values');
  }
  const pairs = alignBatch(layout.axes.slice(0, -2), values.axes.slice(0, -2));
  const headFactors = pairs.flat().filter(({ a }) => isChannel(a));
  const numbers = countOffsets(
    headFactors.map(({ a }) => a),
    baseOf(layout),
  ).map((place) => layout.channels[place]);
  const offsets = otherOffsets(pairs.flat());
  const dims = values.axes[rank - 1].flatMap(({ base, factors }) => [
    ...countOffsets(factors.filter(isChannel), base),
  ]);
  if (numbers.length !== heads)
    throw new NotUnderstoodError(`joins ${heads} query heads with ${numbers.length}`);
  const perKey = heads / keyHeads;
  const lists = new Array<number[]>(keyHeads);
  numbers.forEach((number, place) => {
    const list = dims.map((dim) => values.channels[baseOf(values, rank - 1) + offsets[place] + dim]);
    const head = Math.floor(number / perKey);
    if (lists[head] && lists[head].join() !== list.join()) {
      throw new NotUnderstoodError('shares keys between heads, but not their values');
    }
    lists[head] = list;
  });
  const read = Int32Array.from(lists.flat());
  if (new Set(read).size < read.length)
    throw new NotUnderstoodError('shares values between heads, but not their keys');
  const name = call.operator.name.replace(/^\//, '').replace(/\/MatMul(_\d+)?$/, '');
  call.lowering.openScores.delete(queries);
  call.lowering.addLayer(name, { kind: 'attention', heads, keyHeads, queries, keys, values: read, meetings });
  if (hasOrder) for (const channels of [queries, keys, read]) call.lowering.keepOrder(channels);
  return { ...replaceAxis(values, rank - 2, queryPositions), axes: mixedAxes(pairs, values, queryPositions) };
}

/** The values' axes after heads have mixed their positions: what heads shared has become different for each. */
function mixedAxes(pairs: readonly FactorPair[][], values: Activation, positions: Axis): Axis[] {
  const lead = pairs.length - (values.axes.length - 2);
  const batch = pairs.map((factors, index): Axis => {
    const base = values.axes[index - lead]?.[0].base ?? 0;
    const mixed = factors.map(({ a, b }): Factor => {
      if (!isChannel(a)) return b;
      return isChannel(b) ? b : positionAxis(a.size)[0].factors[0];
    });
    return [{ base, factors: mixed }];
  });
  return [...batch, positions, values.axes[values.axes.length - 1]];
}
