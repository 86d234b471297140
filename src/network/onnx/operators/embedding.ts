/**
 * Tables of parameters: token embeddings, positional embeddings, class tokens.
 */
import {
  type Activation,
  allChannels,
  axisSize,
  channelAxis,
  concat,
  consecutive,
  hasChannels,
  NotUnderstoodError,
  positionAxis,
  shapeOf,
} from '../../activation';
import { type Constant, elementCount, viewOffsets } from '../../constant';
import type { OperatorCall, Value } from '../lowering';
import type { AttentionScores } from './attention';

/** Gather(table [rows, features], ids): every row may become the features. */
export function lookUpEmbedding(
  call: OperatorCall,
  table: Activation | Constant,
  ids: Activation | AttentionScores,
): Value {
  if (table.kind !== 'constant' || !table.view || ids.kind !== 'activation') {
    throw new NotUnderstoodError('picks elements that are only known when the network runs');
  }
  if (table.shape.length !== 2 || call.number('axis', 0) !== 0 || ids.channels.length > 0) {
    throw new NotUnderstoodError('looks up a table that is not a list of rows');
  }
  const [rowCount, features] = table.shape;
  const { tensor, offset, strides } = table.view;
  const { lowering } = call;
  const positions = shapeOf(ids).reduce((product, size) => product * size, 1);
  const channels = lowering.addWriter(call.layerName(table), features, 'feature', positions, (writes) => ({
    kind: 'embedding',
    role: 'token',
    tensor,
    channels: consecutive(writes),
    rows: viewOffsets([rowCount], [strides[0]], offset),
    columns: viewOffsets([features], [strides[1]], 0),
  }));
  return { kind: 'activation', axes: [...ids.axes, channelAxis(features)], channels };
}

/** Concat of constants with channels along the channel axis: features of every position, the same for every input. */
export function joinFeatures(
  call: OperatorCall,
  values: readonly (Activation | Constant)[],
  axis: number,
): Activation {
  const layout = values.find((value) => value.kind === 'activation');
  if (!layout || layout.axes.some((other, index) => index !== axis && hasChannels(other))) {
    throw new NotUnderstoodError('concatenates constants with channels that lie along several axes');
  }
  const sizes = shapeOf(layout);
  const parts = values.map((value): Activation => {
    if (value.kind === 'activation') return value;
    const { shape } = value;
    if (
      shape.length !== sizes.length ||
      shape.some((size, index) => index !== axis && size !== sizes[index])
    ) {
      throw new NotUnderstoodError(`concatenates ${sizes.join('×')} with ${shape.join('×')}`);
    }
    const axes = layout.axes.map((old, index) =>
      index === axis ? channelAxis(shape[axis]) : old.map((segment) => ({ ...segment, base: 0 })),
    );
    return { kind: 'activation', axes, channels: addFeatures(call, value, axis) };
  });
  return concat(parts, axis);
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
    for (const set of lowering.setsOf(channels)) set.hasOrder = true;
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
  const [tokens] = activations;
  if (activations.length > 1) throw new NotUnderstoodError('concatenates several activations with constants');
  const channelAxes = tokens.axes.flatMap((candidate, index) => (hasChannels(candidate) ? [index] : []));
  let size = axisSize(tokens.axes[axis]);
  for (const constant of constants) {
    if (!constant.view)
      throw new NotUnderstoodError('concatenates with a constant that is not stored in the file');
    const { tensor, offset, strides } = constant.view;
    size += constant.shape[axis];
    call.lowering.addLayer(call.layerName(constant), {
      kind: 'embedding',
      role: 'class',
      tensor,
      channels: allChannels(tokens),
      rows: viewOffsets([constant.shape[axis]], [strides[axis]], offset),
      columns: viewOffsets(
        channelAxes.map((index) => constant.shape[index]),
        channelAxes.map((index) => strides[index]),
        0,
      ),
    });
  }
  return {
    ...tokens,
    axes: tokens.axes.map((old, index) => (index === axis ? positionAxis(size) : old)),
  };
}
