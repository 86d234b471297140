/**
 * Weights of a few bits that ONNX Runtime packs into bytes, a scale for each block of them: what most language models for the
 * browser are stored as.
 */

import type { ElementType } from '../../../formats';
import { NotUnderstoodError } from '../../activation';
import { type Constant, elementCount, sliceConstant, tensorConstant } from '../../constant';
import { dequantised, scaleAlong } from '../../dequantised';
import type { Value } from '../lowering';
import type { OperatorCall } from '../operator-call';
import { shapeOfMovable } from './moving';

const TYPES: Readonly<Record<number, ElementType>> = { 2: 'uint2', 4: 'uint4', 8: 'uint8' };

/** Bytes read as elements of fewer bits: [rows, columns], the first element in the lowest bits. */
function asElements(constant: Constant, type: ElementType, bits: number, rows: number): Constant {
  const { view } = constant;
  if (view?.tensor.type !== 'uint8' || view.offset > 0 || view.tensor.storage.kind !== 'bytes') {
    throw new NotUnderstoodError('packs weights in a way that is not read');
  }
  const count = (elementCount(constant) * 8) / bits;
  return tensorConstant({ ...view.tensor, type, elementCount: count, shape: [rows, count / rows] });
}

/** MatMulNBits: data, packed weight [rows, blocks, bytes], scales [rows · blocks], zero points, order, bias. */
export function matMulNBits(call: OperatorCall): Value[] {
  const [columns, rows] = [call.number('K', 0), call.number('N', 0)];
  const [bits, block] = [call.number('bits', 4), call.number('block_size', 32)];
  const type = TYPES[bits];
  if (!type || !(rows >= 1) || !(block >= 1)) throw new NotUnderstoodError(`packs weights of ${bits} bits`);
  if (call.has(4)) throw new NotUnderstoodError('puts the columns of its weight into another order');
  const blocks = Math.ceil(columns / block);
  const weight = sliceConstant(asElements(call.constant(1), type, bits, rows), 1, 0, columns, 1);
  const scales = inBlocks(call.constant(2), rows, blocks);
  const zero = call.has(3) ? zeroPoints(call.constant(3), type, bits, rows, blocks) : undefined;
  for (const index of [2, 3]) if (call.has(index)) call.lowering.markConstant(call.constant(index));
  const middle: Constant = { kind: 'constant', shape: [], numbers: [2 ** (bits - 1)] };
  const tensor = dequantised(
    weight,
    [scaleAlong(scales, weight.shape, 1, block)],
    scaleAlong(zero ?? middle, weight.shape, 1, block),
  );
  call.lowering.tensors.set(tensor.name, tensor);
  const turned = call.apply('Transpose', [tensorConstant(tensor)], { perm: [1, 0] });
  const product = call.apply('MatMul', [call.input(0), turned]);
  const bias = call.maybe(5);
  return [bias ? call.apply('Add', [product, bias]) : product];
}

function inBlocks(constant: Constant, rows: number, blocks: number): Constant {
  const { view } = constant;
  if (!view || elementCount(constant) !== rows * blocks) {
    throw new NotUnderstoodError(
      `has scales of shape ${constant.shape.join('×')} for ${rows}×${blocks} blocks`,
    );
  }
  return { kind: 'constant', shape: [rows, blocks], view: { ...view, strides: [blocks, 1] } };
}

/** Packed like the weight, each row from a byte of its own; or plain numbers. */
function zeroPoints(
  constant: Constant,
  type: ElementType,
  bits: number,
  rows: number,
  blocks: number,
): Constant {
  const isPacked = constant.view?.tensor.type === 'uint8' && bits < 8;
  if (!isPacked) return inBlocks(constant, rows, blocks);
  return sliceConstant(asElements(constant, type, bits, rows), 1, 0, blocks, 1);
}

/** GatherBlockQuantized: a table of packed rows, its ids, scales and zero points. */
export function gatherBlockQuantized(call: OperatorCall): Value[] {
  const table = call.constant(0);
  const bits = call.number('bits', 4);
  const isPacked = table.view?.tensor.type === 'uint8' && bits < 8;
  const [rows] = table.shape;
  const type = TYPES[bits];
  const plain = isPacked && type ? asElements(table, type, bits, rows) : table;
  const block = call.number('block_size', 128);
  const axis = call.number('quantize_axis', 1);
  const scales = call.constant(2);
  const blocks = shapeOfMovable(scales).at(-1) ?? 1;
  const packedZero =
    call.has(3) && isPacked && type ? zeroPoints(call.constant(3), type, bits, rows, blocks) : undefined;
  const zero = packedZero ?? (call.has(3) ? call.constant(3) : undefined);
  const middle: Constant = { kind: 'constant', shape: [], numbers: [isPacked ? 2 ** (bits - 1) : 0] };
  for (const index of [2, 3]) if (call.has(index)) call.lowering.markConstant(call.constant(index));
  const tensor = dequantised(
    plain,
    [scaleAlong(scales, plain.shape, axis, block)],
    scaleAlong(zero ?? middle, plain.shape, axis, block),
  );
  call.lowering.tensors.set(tensor.name, tensor);
  return [
    call.apply('Gather', [tensorConstant(tensor), call.input(1)], { axis: call.number('gather_axis', 0) }),
  ];
}
