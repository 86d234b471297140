/**
 * Channels that stand at several places of other axes become one: pixels that were channels (pixel shuffle) and heads, where a
 * layer reads another axis with one weight for all; branches that are summed. Each gets a channel of its own, which stands for
 * all that it is made of.
 */
import {
  type Activation,
  type Axis,
  consecutive,
  hasChannels,
  isChannel,
  NotUnderstoodError,
  positionAxis,
  product,
  type Segment,
} from '../../activation';
import { allChannels } from '../../reading';
import { transpose } from '../../rearranging';
import type { OperatorCall } from '../operator-call';
import { withZeroFeatures } from './shared';

const channelCount = ({ factors }: Segment) => product(factors.filter(isChannel).map(({ size }) => size));

/** The same values with channels along `axis` only. */
export function mergeOthers(call: OperatorCall, input: Activation, axis: number): Activation {
  const others = [...input.axes.keys()].filter((index) => index !== axis && hasChannels(input.axes[index]));
  return others.length === 0 ? input : mergeAxes(call, input, others);
}

/** The same values with no channels along `others`, which become positions. */
export function mergeAxes(call: OperatorCall, data: Activation, others: readonly number[]): Activation {
  const { lowering, operator } = call;
  const input = withZeroFeatures(call, data);
  const indices = [...input.axes.keys()];
  const kept = indices.filter((index) => !others.includes(index) && hasChannels(input.axes[index]));
  const positions = indices.filter((index) => !hasChannels(input.axes[index]));
  if (others.some((index) => input.axes[index].length > 1)) {
    throw new NotUnderstoodError('reads channels that lie along several axes, one of them concatenated');
  }
  const members = allChannels(transpose(input, [...kept, ...others, ...positions]));
  const perChannel = product(others.map((index) => channelCount(input.axes[index][0])));
  const count = members.length / perChannel;
  const channels = lowering.addWriter(`${operator.name} merged`, count, 'channel', 1, (writes) => ({
    kind: 'merge',
    writes,
    sources: members,
    targets: Int32Array.from(members, (_, index) => writes.first + Math.floor(index / perChannel)),
  }));
  // Neighbours that become one differ by their place in the picture.
  const areNeighbours = members
    .subarray(0, perChannel)
    .every((member, index) => member === members[0] + index);
  if (areNeighbours) lowering.keepOrder(members, perChannel);
  let inner = count;
  const axes = input.axes.map((old, index): Axis => {
    if (others.includes(index)) return asPositions(old);
    if (!kept.includes(index)) return old.map(({ factors }) => ({ base: 0, factors }));
    inner /= old.reduce((total, segment) => total + channelCount(segment), 0);
    return renumbered(old, inner);
  });
  return { kind: 'activation', channels: consecutive({ first: channels[0], count }), axes };
}

/** An axis that counts its channels one after the other, `inner` steps apart, with its positions as they were. */
function renumbered(axis: Axis, inner: number): Axis {
  let base = 0;
  return axis.map((segment) => {
    let stride = channelCount(segment) * inner;
    const first = base;
    base += stride;
    const factors = segment.factors.map((factor) => {
      if (!isChannel(factor)) return factor;
      stride /= factor.size;
      return { ...factor, stride };
    });
    return { base: first, factors };
  });
}

const asPositions = ([{ factors }]: Axis): Axis => [
  {
    base: 0,
    factors: factors.map((factor) => (isChannel(factor) ? positionAxis(factor.size)[0].factors[0] : factor)),
  },
];
