/**
 * Quantities that no channel owns: ids, masks, times, means over channels. What happens where they meet channels, and where
 * a layer reads them as if they were channels.
 */
import {
  type Activation,
  axisSize,
  freshActivation,
  hasChannels,
  isChannel,
  isShared,
  NotUnderstoodError,
  product,
  shapeOf,
  ZERO_CHANNEL,
} from '../../activation';
import { allChannels } from '../../reading';
import { transpose } from '../../rearranging';
import type { OperatorCall } from '../operator-call';
import { rescale } from './quantisation';

/** `owner` meets, element by element, a quantity that all channels share or that differs from channel to channel. */
export function meetShared(
  call: OperatorCall,
  owner: Activation,
  shared: Activation,
  type: string,
): Activation {
  const scaled = type === 'Mul' ? rescale(call, owner, shared) : undefined;
  if (scaled) return scaled;
  const sizes = shapeOf(owner);
  if (shared.axes.length > sizes.length && product(shapeOf(shared).slice(0, -sizes.length)) > 1) {
    throw new NotUnderstoodError('spreads channels over more positions');
  }
  const isAlong = (index: number) =>
    axisSize(shared.axes[index - sizes.length + shared.axes.length] ?? [ONE]) > 1;
  const along = [...sizes.keys()].filter((index) => isAlong(index) && hasChannels(owner.axes[index]));
  if (shared.statistic) return meetStatistic(owner, along, type);
  if (along.length === 0) return { ...owner, pendingNorm: undefined };
  keepOrderAlong(call, owner, along);
  return { ...owner, pendingNorm: undefined, isModulated: type === 'Mul' || owner.isModulated };
}

const ONE = { base: 0, factors: [] };

/**
 * A meeting with a mean of the channels: subtracting it centres, dividing by it normalises; the scale and shift that follow
 * belong to that norm. `along`: axes of parts that have a mean each.
 */
function meetStatistic(owner: Activation, along: readonly number[], type: string): Activation {
  if (type === 'Sub') return { ...owner, isCentred: true };
  if (type !== 'Div' && type !== 'Mul') return owner;
  const groups = product(along.map((index) => axisSize(owner.axes[index])));
  const norm = !owner.isCentred ? 'rms' : groups > 1 ? 'group' : 'layer';
  return { ...owner, pendingNorm: { norm, groups } };
}

/** A meeting of channels with their own means over positions: instance norm in pieces, or nothing that tells channels apart. */
export function meetOwnStatistic(owner: Activation, type: string): Activation {
  if (type === 'Sub') return { ...owner, isCentred: true };
  const isNorm = owner.isCentred && (type === 'Div' || type === 'Mul');
  return { ...owner, pendingNorm: isNorm ? { norm: 'instance', groups: 1 } : undefined };
}

/** Channels along these axes differ by what they met; along the others (heads) they may still change places. */
function keepOrderAlong({ lowering }: OperatorCall, owner: Activation, along: readonly number[]): void {
  const others = [...owner.axes.keys()].filter((index) => !along.includes(index));
  const channels = allChannels(transpose(owner, [...others, ...along]));
  const run = product(
    along.flatMap((index) =>
      owner.axes[index].length > 1
        ? [axisSize(owner.axes[index])]
        : owner.axes[index][0].factors.filter(isChannel).map(({ size }) => size),
    ),
  );
  lowering.keepOrder(channels, channels.length % run === 0 ? run : channels.length);
}

/** Channels that are always zero (padding) as features, for whatever has a parameter for each of them. */
export function withZeroFeatures({ lowering, operator }: OperatorCall, value: Activation): Activation {
  const count = value.channels.filter((channel) => channel === ZERO_CHANNEL).length;
  if (count === 0) return value;
  const name = `${operator.name.replace(/^\//, '')} zeros`;
  const zeros = lowering.addWriter(name, count, 'feature', 1, (writes) => ({ kind: 'input', writes }));
  let next = 0;
  const channels = value.channels.map((channel) => (channel === ZERO_CHANNEL ? zeros[next++] : channel));
  return { ...value, channels };
}

/** A quantity that no channel owns, as a layer reads it along an axis: a feature for each of its places, in their order. */
export function asFeatures(
  { lowering, operator }: OperatorCall,
  value: Activation,
  axis: number,
): Activation {
  if (!isShared(value)) return value;
  if (value.statistic === 'parts') throw new NotUnderstoodError('reads a mean over some of the channels');
  const sizes = shapeOf(value);
  const name = operator.name.replace(/^\//, '');
  const positions = product(sizes) / sizes[axis];
  const channels = lowering.addWriter(name, sizes[axis], 'feature', positions, (writes) => ({
    kind: 'input',
    writes,
  }));
  lowering.keepOrder(channels);
  return freshActivation(sizes, axis, channels);
}
