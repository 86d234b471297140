/** Real numbers back into the integers that stand for them: x = scale · (q − zero point), with one scale for a tensor. */
import { readTensor, type StoredTensor } from '../tensor';

/**
 * The integers that stand for `values`, each the nearest. `tensor` is what the integers of `stored` mean; scale and zero point
 * are those that its own elements show. Undefined where there are several scales, or too few elements to tell.
 */
export async function requantised(
  tensor: StoredTensor,
  stored: StoredTensor,
  values: Float32Array,
): Promise<Float32Array | undefined> {
  const hasOneScale = tensor.encoding?.endsWith(', one scale') && tensor.elementCount === stored.elementCount;
  if (!hasOneScale) return undefined;
  const integers = await readTensor(stored);
  const real = await readTensor(tensor);
  let [low, high] = [0, 0];
  integers.forEach((integer, index) => {
    if (integer < integers[low]) low = index;
    if (integer > integers[high]) high = index;
  });
  if (integers[low] === integers[high]) return undefined;
  const scale = (real[high] - real[low]) / (integers[high] - integers[low]);
  const zeroPoint = Math.round(integers[low] - real[low] / scale);
  return values.map((value) => Math.round(value / scale) + zeroPoint);
}
