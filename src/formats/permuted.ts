/** The same stored elements with their axes in another order, and some of them joined: nothing is copied. */
import { rowMajorStrides } from './strided-view';
import type { StoredTensor } from './tensor';

/**
 * A view of a tensor: each axis of the result is a run of neighbouring axes of the stored one (several make one axis), or
 * none (an axis of one place). Undefined where its storage cannot be seen that way.
 */
export function permutedTensor(
  tensor: StoredTensor,
  name: string,
  axes: readonly (readonly number[])[],
): StoredTensor | undefined {
  const { storage } = tensor;
  if (storage.kind !== 'bytes' && storage.kind !== 'strided') return undefined;
  const own = storage.kind === 'strided' ? storage.strides : rowMajorStrides(tensor.shape);
  const isJoined = (run: readonly number[]) =>
    run.every((axis, index) => index === 0 || own[run[index - 1]] === own[axis] * tensor.shape[axis]);
  if (!axes.every(isJoined)) return undefined;
  const { source, offset } = storage;
  return {
    ...tensor,
    name,
    shape: axes.map((run) => run.reduce((size, axis) => size * tensor.shape[axis], 1)),
    storage: { kind: 'strided', source, offset, strides: axes.map((run) => own[run.at(-1) ?? -1] ?? 1) },
  };
}
