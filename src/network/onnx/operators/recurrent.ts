/**
 * LSTM, GRU and RNN: units that read the input and, one step later, one another. Gates are parallel weights between the same
 * two nodes; the cell and the hidden state of a unit are one node.
 */
import {
  type Activation,
  type Axis,
  axisSize,
  consecutive,
  EMPTY_AXIS,
  isShared,
  NotUnderstoodError,
  positionAxis,
} from '../../activation';
import { type Constant, sliceConstant, viewOffsets } from '../../constant';
import type { ChannelRead, VectorView, WeightView } from '../../network';
import { allChannels } from '../../reading';
import { slice } from '../../rearranging';
import type { Known, Value } from '../lowering';
import type { OperatorCall } from '../operator-call';
import { ACTIVATIONS } from './activations';
import { dataAlong } from './embedding';
import { channelReads, storedView } from './linear';
import { mergeOthers } from './merging';

const GATES: Readonly<Record<string, number>> = { LSTM: 4, GRU: 3, RNN: 1 };
const PEEPHOLES = 3;

export function recurrent(call: OperatorCall): Value[] {
  const { lowering } = call;
  const gates = GATES[call.operator.type] ?? 1;
  const isBatchFirst = call.number('layout', 0) === 1;
  const data = dataAlong(call, call.input(0), 2);
  const input = mergeOthers(call, data, 2);
  const [w, r] = [call.constant(1), call.constant(2)];
  const [directions, rows] = w.shape;
  const units = rows / gates;
  if (
    w.shape.length !== 3 ||
    !Number.isInteger(units) ||
    r.shape[2] !== units ||
    w.shape[2] !== axisSize(data.axes[2])
  ) {
    throw new NotUnderstoodError(`has weights of shape ${w.shape.join('×')} and ${r.shape.join('×')}`);
  }
  const [outer, inner] = data.axes;
  const positions = axisSize(outer) * axisSize(inner);
  const all: number[] = [];
  for (let direction = 0; direction < directions; direction++) {
    const part = (constant: Constant) => sliceConstant(constant, 0, direction, 1, 1);
    const name = `${call.layerName(w)}${direction > 0 ? ' reverse' : ''}`;
    const channels = lowering.addWriter(name, units, 'neuron', positions, (writes) => {
      const own: ChannelRead = {
        channels: consecutive(writes),
        columns: viewOffsets([units], [1], 0),
        taps: Int32Array.of(0),
        tapShape: [],
      };
      return {
        kind: 'recurrent',
        writes,
        input: gateWeights(part(w), gates, units, (step) => channelReads(input, 2, step)),
        hidden: gateWeights(part(r), gates, units, (step) => [
          { ...own, columns: own.columns.map((column) => column * step) },
        ]),
        biases: call.has(3) ? gateVectors(part(call.constant(3)), 2 * gates, units) : [],
        peepholes: call.has(7) ? gateVectors(part(call.constant(7)), PEEPHOLES, units)[0] : undefined,
      };
    });
    const [set] = lowering.setsOf(channels);
    set.activation =
      ACTIVATIONS.get(call.texts('activations')[gates === 1 ? direction : 1] ?? 'Tanh') ?? 'tanh';
    for (const index of call.operator.type === 'LSTM' ? [5, 6] : [5]) {
      if (call.has(index)) startFrom(call, call.input(index), isBatchFirst ? 1 : 0, direction, channels);
    }
    all.push(...channels);
  }
  return results(Int32Array.from(all), directions, outer, inner, isBatchFirst);
}

/** Y: [steps, directions, batch, units]; Y_h and Y_c: the same without steps. Batch comes first with layout 1. */
function results(
  channels: Int32Array,
  directions: number,
  outer: Axis,
  inner: Axis,
  isBatchFirst: boolean,
): Value[] {
  const units = channels.length / directions;
  const factor = (size: number, stride: number): Axis =>
    size === 1 ? EMPTY_AXIS : [{ base: 0, factors: [{ size, stride, axis: 'channel' }] }];
  const [sides, members] = [factor(directions, units), factor(units, 1)];
  const [first, second] = [positionAxis(axisSize(outer)), positionAxis(axisSize(inner))];
  const value = (axes: readonly Axis[]): Activation => ({ kind: 'activation', channels, axes });
  const last = value(isBatchFirst ? [first, sides, members] : [sides, second, members]);
  return [
    value(isBatchFirst ? [first, second, sides, members] : [first, sides, second, members]),
    last,
    last,
  ];
}

/** Gates of one direction: constants of `units` rows each, grouped by the tensor that they lie in. */
function gatesByTensor(constant: Constant, count: number, units: number) {
  const groups = new Map<string, { view: NonNullable<Constant['view']>; offsets: number[] }>();
  for (let gate = 0; gate < count; gate++) {
    const part = sliceConstant(constant, 1, gate * units, units, 1);
    // A format that has one bias leaves the other to zeros in the program.
    if (!part.view && part.numbers && isZero(part)) continue;
    const view = storedView(part);
    const key = `${view.strides.join()} ${view.tensor.name}`;
    const group = groups.get(key);
    if (group) group.offsets.push(view.offset);
    else groups.set(key, { view, offsets: [view.offset] });
  }
  return [...groups.values()];
}

function gateWeights(
  constant: Constant,
  count: number,
  units: number,
  readsWith: (step: number) => ChannelRead[],
): WeightView[] {
  return gatesByTensor(constant, count, units).map(({ view: { tensor, strides }, offsets }) => ({
    tensor,
    rows: viewOffsets([units], [strides[1]], 0),
    reads: readsWith(strides[2]).map((read) => ({
      ...read,
      taps: Int32Array.from([...read.taps].flatMap((tap) => offsets.map((offset) => tap + offset))),
      tapShape: [...read.tapShape, offsets.length],
    })),
    groups: 1,
  }));
}

/** The biases of the input's gates and those of the units' own lie behind one another, and are two. */
function gateVectors(constant: Constant, count: number, units: number): VectorView[] {
  const half = count % 2 ? count : count / 2;
  const parts = Array.from({ length: count / half }, (_, part) =>
    sliceConstant(constant, 1, part * half * units, half * units, 1),
  );
  return parts.flatMap((part) =>
    gatesByTensor(part, half, units).map(({ view: { tensor, strides }, offsets }) => ({
      tensor,
      offsets: viewOffsets([units], [strides[1]], 0),
      taps: Int32Array.from(offsets),
    })),
  );
}

/** What the units remember before the first step: zeros, something learned, or another layer's results. */
function startFrom(
  { lowering, operator }: OperatorCall,
  state: Known,
  axis: number,
  direction: number,
  channels: Int32Array,
): void {
  if (state.kind === 'constant') {
    if (isZero(state)) lowering.markConstant(state);
    else {
      const { tensor, offset, strides } = storedView(sliceConstant(state, axis, direction, 1, 1));
      const values = { tensor, offsets: viewOffsets([channels.length], [strides[2]], offset) };
      lowering.addLayer(tensor.name, { kind: 'bias', channels, values });
    }
    return;
  }
  if (state.kind !== 'activation') throw new NotUnderstoodError('starts from something other than numbers');
  if (isShared(state)) return;
  const sources = allChannels(slice(state, axis, direction, 1, 1));
  if (sources.length !== channels.length) {
    throw new NotUnderstoodError(`starts ${channels.length} units from ${sources.length} channels`);
  }
  lowering.addLayer(operator.name, { kind: 'sum', sources, targets: channels });
}

const isZero = ({ view, numbers }: Constant) =>
  view === undefined ||
  (numbers?.every((number) => number === 0) ??
    (view.tensor.storage.kind === 'fill' && view.tensor.storage.value === 0));
