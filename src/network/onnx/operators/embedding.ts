/**
 * Tables of parameters: token embeddings, positional embeddings, class tokens.
 */
import { isFloatingPoint } from '../../../formats';
import {
  type Activation,
  type Axis,
  axisSize,
  channelAxis,
  consecutive,
  hasChannels,
  isShared,
  NotUnderstoodError,
  positionAxis,
  product,
  shapeOf,
  sharedActivation,
  withoutBase,
} from '../../activation';
import { type Constant, elementCount, isWeightType, rowMajorStrides, viewOffsets } from '../../constant';
import { dequantised } from '../../dequantised';
import { allChannels } from '../../reading';
import { concat, reshape } from '../../rearranging';
import type { Known } from '../lowering';
import type { OperatorCall } from '../operator-call';
import { type Movable, shapeOfMovable } from './moving';
import { somePositions } from './picking-positions';
import { asFeatures, withZeroFeatures } from './shared';

/** Gather with ids that are only known when the network runs: of a table of parameters, or of data. */
export function lookUpEmbedding(call: OperatorCall, table: Movable, ids: Known, axis: number): Activation {
  const idSizes = shapeOfMovable(ids);
  const sizes = shapeOfMovable(table);
  const shapeOut = [...sizes.slice(0, axis), ...idSizes, ...sizes.slice(axis + 1)];
  if (ids.kind === 'activation' && !isShared(ids))
    throw new NotUnderstoodError('looks up places that channels name');
  if (table.kind === 'scores') throw new NotUnderstoodError('picks attention scores');
  if (table.kind === 'activation') {
    if (isShared(table)) return sharedActivation(shapeOut);
    return reshape(somePositions(table, axis, product(idSizes)), shapeOut);
  }
  const isTable = table.shape.length > 1 && table.view && isFloatingPoint(table.view.tensor.type);
  if (isTable) return lookUpTable(call, table, table.view, axis, idSizes);
  if (table.shape.length === 2 && table.view && isWeightType(table.view.tensor.type)) {
    return lookUpIntegers(call, table, axis, idSizes);
  }
  call.lowering.markConstant(table);
  return sharedActivation(shapeOut);
}

/** Rows of whole numbers, which are scaled after they have been looked up. */
function lookUpIntegers(
  call: OperatorCall,
  table: Constant,
  axis: number,
  idSizes: readonly number[],
): Activation {
  const { lowering } = call;
  const tensor = dequantised(table, []);
  lowering.tensors.set(tensor.name, tensor);
  const view = { tensor, offset: 0, strides: rowMajorStrides(table.shape) };
  const rows = lookUpTable(call, { ...table, view }, view, axis, idSizes);
  return { ...rows, quantisation: { kind: 'table', layer: lowering.layers.length - 1, table } };
}

/** Every row along `axis` may become the features, which lie along the other axes. */
function lookUpTable(
  call: OperatorCall,
  table: Constant,
  { tensor, offset, strides }: NonNullable<Constant['view']>,
  axis: number,
  idSizes: readonly number[],
): Activation {
  const others = table.shape.map((size, index) => (index === axis ? 1 : size));
  const count = product(others);
  const rows = viewOffsets([table.shape[axis]], [strides[axis]], offset);
  const columns = viewOffsets(others, strides, 0);
  const channels = call.lowering.addWriter(
    call.layerName(table),
    count,
    'feature',
    product(idSizes),
    (writes) => ({
      ...{ kind: 'embedding', role: 'token', tensor, rows, columns },
      channels: consecutive(writes),
    }),
  );
  const steps = rowMajorStrides(others);
  const axes = others.flatMap((size, index): Axis[] => {
    if (index === axis) return idSizes.map(positionAxis);
    const factors = size === 1 ? [] : [{ size, stride: steps[index], axis: 'channel' as const }];
    return [[{ base: 0, factors }]];
  });
  return { kind: 'activation', axes, channels };
}

/** Concat of constants with channels along the channel axis: features of every position, the same for every input. */
export function joinFeatures(
  call: OperatorCall,
  values: readonly (Activation | Constant)[],
  axis: number,
): Activation {
  const layout = values.find((value) => value.kind === 'activation' && !isShared(value)) as
    | Activation
    | undefined;
  if (!layout || layout.axes.some((other, index) => index !== axis && hasChannels(other))) {
    throw new NotUnderstoodError('concatenates constants with channels that lie along several axes');
  }
  const sizes = shapeOf(layout);
  const parts = values.map((value): Activation => {
    if (value.kind === 'activation') return asFeatures(call, value, axis);
    const { shape } = value;
    if (
      shape.length !== sizes.length ||
      shape.some((size, index) => index !== axis && size !== sizes[index])
    ) {
      throw new NotUnderstoodError(`concatenates ${sizes.join('×')} with ${shape.join('×')}`);
    }
    const axes = layout.axes.map((old, index) =>
      index === axis ? channelAxis(shape[axis]) : withoutBase(old),
    );
    return { kind: 'activation', axes, channels: addFeatures(call, value, axis) };
  });
  return concat(parts, axis);
}

/** A value as data whose channels lie along `axis`: constants are a table with a row for every place of the other axes. */
export function dataAlong(call: OperatorCall, value: Known, axis: number): Activation {
  const rank = shapeOfMovable(value).length;
  if (axis >= rank) throw new NotUnderstoodError(`reads axis ${axis} of ${rank}`);
  if (value.kind === 'constant') {
    const axes = value.shape.map((size, index) => (index === axis ? channelAxis(size) : positionAxis(size)));
    return { kind: 'activation', axes, channels: addFeatures(call, value, axis) };
  }
  if (value.kind === 'activation') return withZeroFeatures(call, asFeatures(call, value, axis));
  const what = value.kind === 'scores' ? 'attention scores' : 'a list';
  throw new NotUnderstoodError(`takes ${what} where channels are expected`);
}

/** What the file stores is a table of parameters, a row per position; what the program computes itself is not. */
function addFeatures(call: OperatorCall, constant: Constant, axis: number): Int32Array {
  const { lowering, operator } = call;
  const { shape, view } = constant;
  const count = shape[axis];
  if (count < 1) throw new NotUnderstoodError('concatenates channels with none');
  const positions = elementCount(constant) / count;
  if (!view) {
    const name = operator.name.replace(/^\//, '');
    const channels = lowering.addWriter(name, count, 'feature', positions, (writes) => ({
      kind: 'input',
      writes,
    }));
    lowering.keepOrder(channels);
    return channels;
  }
  const { tensor, offset, strides } = view;
  // Along an expanded axis the same rows come again.
  const rowAxes = [...shape.keys()].filter((index) => index !== axis && strides[index] !== 0);
  const pick = (sizes: readonly number[]) => rowAxes.map((index) => sizes[index]);
  return lowering.addWriter(call.layerName(constant), count, 'feature', positions, (writes) => ({
    kind: 'embedding',
    role: 'position',
    tensor,
    channels: consecutive(writes),
    rows: viewOffsets(pick(shape), pick(strides), offset),
    columns: viewOffsets([count], [strides[axis]], 0),
  }));
}

/** Concat of a constant with tokens along their positions: a class token (or several). */
export function joinClassToken(
  call: OperatorCall,
  activations: readonly Activation[],
  constants: readonly Constant[],
  axis: number,
): Activation {
  const tokens = concat(activations, axis);
  const channelAxes = tokens.axes.flatMap((candidate, index) => (hasChannels(candidate) ? [index] : []));
  let size = axisSize(tokens.axes[axis]);
  for (const constant of constants) {
    size += constant.shape[axis];
    // Zeros before or after: padding.
    const isZero = constant.numbers?.every((number) => number === 0) ?? false;
    if (isZero) call.lowering.markConstant(constant);
    if (isZero || !constant.view) continue;
    const { tensor, offset, strides } = constant.view;
    const rowAxes = [...constant.shape.keys()].filter((index) => !channelAxes.includes(index));
    const along = (axes: readonly number[]) =>
      [axes.map((index) => constant.shape[index]), axes.map((index) => strides[index])] as const;
    call.lowering.addLayer(call.layerName(constant), {
      kind: 'embedding',
      role: 'class',
      tensor,
      channels: allChannels(tokens),
      rows: viewOffsets(...along(rowAxes), offset),
      columns: viewOffsets(...along(channelAxes), 0),
    });
  }
  return {
    ...tokens,
    axes: tokens.axes.map((old, index) => (index === axis ? positionAxis(size) : old)),
  };
}
