/**
 * Tables of parameters: token embeddings, positional embeddings, class tokens.
 */
import {
  type Activation,
  allChannels,
  axisSize,
  channelAxis,
  consecutive,
  hasChannels,
  NotUnderstoodError,
  positionAxis,
  shapeOf,
} from '../../activation';
import { type Constant, viewOffsets } from '../../constant';
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

/** Concat of a constant with tokens along their positions: a class token (or several). */
export function joinClassToken(
  call: OperatorCall,
  activations: readonly Activation[],
  constants: readonly Constant[],
  axis: number,
): Activation {
  const [tokens] = activations;
  if (activations.length > 1 || hasChannels(tokens.axes[axis])) {
    throw new NotUnderstoodError('concatenates channels with constants');
  }
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
