/** How a constant's elements fall on an activation's channels (and positions) when the two meet element by element. */
import type { StoredTensor } from '../../../formats';
import {
  type Activation,
  axisSize,
  checkedCount,
  hasChannels,
  NotUnderstoodError,
  product,
  type Segment,
  shapeOf,
} from '../../activation';
import { type Constant, elementCount } from '../../constant';
import { countOffsets, segmentChoices } from '../../reading';

export type ConstantMatch =
  /** One number for all. */
  | { kind: 'scalar' }
  /** One number per channel: entry i belongs to channels[i]. */
  | { kind: 'channels'; tensor: StoredTensor; channels: Int32Array; offsets: Int32Array }
  /** One number per channel and position: rows[r] + columns[i]. */
  | { kind: 'positions'; tensor: StoredTensor; channels: Int32Array; rows: Int32Array; columns: Int32Array };

/** The axes of an activation that a constant runs along, and its stride there; axes of one place are stretched. */
interface Along {
  readonly isIncluded: boolean;
  readonly stride: number;
}

export function matchConstant(activation: Activation, constant: Constant): ConstantMatch {
  const { view } = constant;
  const lead = activation.axes.length - constant.shape.length;
  const isParameter = view !== undefined && view.tensor.shape.length > 0;
  const onlyChannel = activation.channels.length === 1;
  if (elementCount(constant) === 1 && !(isParameter && onlyChannel)) return { kind: 'scalar' };
  if (!view) throw new NotUnderstoodError('meets a constant that is computed from other values');
  if (constant.shape.slice(0, Math.max(0, -lead)).some((size) => size !== 1)) {
    throw new NotUnderstoodError('meets a constant of higher rank');
  }
  const rowFactors: { size: number; stride: number }[] = [];
  const along = activation.axes.map((axis, index): Along => {
    const size = constant.shape[index - lead] ?? 1;
    const stride = view.strides[index - lead] ?? 0;
    if (size > 1 && axisSize(axis) === 1) rowFactors.push({ size, stride });
    else if (size > 1 && size !== axisSize(axis)) {
      throw new NotUnderstoodError(`meets ${shapeOf(activation).join('×')} with ${constant.shape.join('×')}`);
    }
    return { isIncluded: size > 1 && axisSize(axis) > 1, stride };
  });
  const channels: number[] = [];
  const columns: number[] = [];
  for (const { base, segments } of segmentChoices(activation.axes)) {
    const { start, channelFactors, positionFactors } = factorsAlong(activation, segments, along);
    const places = countOffsets(channelFactors);
    const offsets = countOffsets(channelFactors.map(({ size, step }) => ({ size, stride: step })));
    places.forEach((place, index) => {
      channels.push(activation.channels[base + place]);
      columns.push(start + offsets[index]);
    });
    rowFactors.push(...positionFactors);
  }
  checkedCount(product(rowFactors.map(({ size }) => size)));
  const rows = countOffsets(rowFactors, view.offset);
  const match = { tensor: view.tensor, channels: Int32Array.from(channels) };
  if (rows.length > 1) return { kind: 'positions', ...match, rows, columns: Int32Array.from(columns) };
  return { kind: 'channels', ...match, offsets: Int32Array.from(columns, (column) => rows[0] + column) };
}

/** The factors of one choice of segments, with the constant's step along each; 0 where it stays the same. */
function factorsAlong({ axes }: Activation, segments: readonly Segment[], along: readonly Along[]) {
  const channelFactors: { size: number; stride: number; step: number }[] = [];
  const positionFactors: { size: number; stride: number }[] = [];
  let start = 0;
  segments.forEach((segment, index) => {
    const { isIncluded, stride } = along[index];
    const steps = isIncluded ? stride : 0;
    const earlier = axes[index].slice(0, axes[index].indexOf(segment));
    start += axisSize(earlier) * steps;
    let step = product(segment.factors.map(({ size }) => size));
    for (const factor of segment.factors) {
      step /= factor.size;
      if (factor.axis === 'channel') channelFactors.push({ ...factor, step: step * steps });
      else if (isIncluded) positionFactors.push({ size: factor.size, stride: step * stride });
    }
  });
  return { start, channelFactors, positionFactors };
}

/** True where the constant tells the activation's channels apart. */
export function runsAlongChannels(activation: Activation, shape: readonly number[]): boolean {
  const lead = activation.axes.length - shape.length;
  return activation.axes.some((axis, index) => (shape[index - lead] ?? 1) > 1 && hasChannels(axis));
}
