/** Products with matrices. */
import { type TfliteCall, UntranslatableError } from '../program';

/** Weight [out, in]. The data is flattened to rows of `in` values, unless it keeps its axes. */
export async function fullyConnected(call: TfliteCall): Promise<void> {
  const [outputs, inputs] = call.shape(1);
  if (call.shape(1).length !== 2 || !(inputs >= 1) || !(outputs >= 1)) {
    throw new UntranslatableError(`has a weight of shape ${call.shape(1).join('×')}`);
  }
  if (call.int8(1) !== 0) throw new UntranslatableError('has a weight whose elements are shuffled');
  const fused = call.int8(0);
  const data = call.input(0);
  const rank = call.shape(0).length;
  if (rank > 2 && call.flag(2)) {
    const product = [data, call.transpose(call.input(1), [1, 0])];
    if (call.has(2)) call.write('Add', [call.add('MatMul', product), call.input(2)], {}, fused);
    else call.write('MatMul', product, {}, fused);
    return;
  }
  const rows = rank === 2 ? data : call.add('Reshape', [data, call.list([-1, inputs])]);
  const read = [rows, call.input(1), ...(call.has(2) ? [call.input(2)] : [])];
  call.write('Gemm', read, { transB: 1 }, fused);
}

export async function batchMatMul(call: TfliteCall): Promise<void> {
  const operand = (index: number, isTransposed: boolean) => {
    const rank = call.shape(index).length;
    if (!isTransposed || rank < 2) return call.input(index);
    const axes = Array.from({ length: rank }, (_, axis) => axis);
    return call.transpose(call.input(index), [...axes.slice(0, -2), rank - 1, rank - 2]);
  };
  call.write('MatMul', [operand(0, call.flag(0)), operand(1, call.flag(1))]);
}
