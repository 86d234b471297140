/**
 * Weights that are stored as numbers of a byte or less, beside the scale that makes them real: FP8 checkpoints (one scale, one
 * per row, or one per block of both axes) and the int8 of bitsandbytes.
 */
import { isFloatingPoint, type StoredTensor } from '../../../formats';
import { numbersConstant, tensorConstant } from '../../constant';
import { dequantised, type Scale, scaleAlong } from '../../dequantised';
import { StoredFormError, type Tensors } from './stored-form-error';

/** What bitsandbytes divides by: its scale is the largest magnitude of a row, which it stores as 127. */
const LARGEST_INT8 = 127;

const isSmallFloat = ({ type }: StoredTensor) => /^float[48]/.test(type);

/** Numbers of an inference engine's own types, which mean nothing without a scale. */
const isCode = (tensor: StoredTensor) =>
  tensor.storage.kind !== 'encoded' && (isSmallFloat(tensor) || !isFloatingPoint(tensor.type));

/** The real weight that a tensor is stored for; undefined for those that are stored as they are. */
export function scaled(tensor: StoredTensor, tensors: Tensors): StoredTensor | undefined {
  if (!isCode(tensor)) return undefined;
  const { name, shape } = tensor;
  const scale = tensors.get(`${name}_scale`) ?? tensors.get(`${name}_scale_inv`);
  const largest = name.endsWith('.weight') ? tensors.get(name.replace(/weight$/, 'SCB')) : undefined;
  const isByte = isSmallFloat(tensor) || tensor.type === 'int8';
  if (scale && isByte) {
    const zeroPoint = tensors.get(`${name}_zero_point`);
    return dequantised(
      tensorConstant(tensor),
      [scaleOf(scale, tensor)],
      zeroPoint && scaleOf(zeroPoint, tensor),
    );
  }
  if (largest && tensor.type === 'int8') {
    const share = scaleAlong(numbersConstant([1 / LARGEST_INT8]), shape, 0);
    return dequantised(tensorConstant(tensor), [scaleOf(largest, tensor), share]);
  }
  // Integers may be counters and tables; small floats are made for weights, and for their scales.
  const isWeight = isSmallFloat(tensor) ? !/scale/.test(name) : /(^|\.)q?weight(_packed)?$/.test(name);
  if (shape.length > 1 && isWeight) {
    throw new StoredFormError(
      `The weight "${name}" is stored as ${tensor.type}, and nothing beside it that is understood says which real numbers it stands for`,
    );
  }
  return undefined;
}

/** A scale is one number, a vector with a number per row, or has as many axes as the weight. */
function scaleOf(scale: StoredTensor, { name, shape }: StoredTensor): Scale {
  const values = tensorConstant(scale);
  if (scale.elementCount === 1) return scaleAlong(values, shape, 0);
  const grid = scale.shape.length === 1 ? [scale.elementCount, ...shape.slice(1).map(() => 1)] : scale.shape;
  const blocks = shape.flatMap((size, axis) => blockOf(size, grid[axis]) ?? []);
  if (grid.length === shape.length && blocks.length === shape.length) return { values, blocks };
  throw new StoredFormError(
    `The scale "${scale.name}" of shape ${scale.shape.join('×')} does not fit the weight "${name}" of shape ${shape.join('×')}`,
  );
}

/** Places along an axis that share each of `count` scales: blocks are powers of two, and the last may be cut short. */
function blockOf(size: number, count: number): number | undefined {
  if (count === 1) return size;
  const block = 2 ** Math.ceil(Math.log2(size / count));
  return Math.ceil(size / block) === count ? block : undefined;
}
