/** Views of stored elements that are not simply one after the other. Strides are in elements and never negative. */

/** Strides of elements that lie one after the other, the last axis fastest. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  let step = 1;
  const strides = new Array<number>(shape.length);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis];
  }
  return strides;
}

/** Elements from the first to the last one of a view, both included. */
export function viewExtent(shape: readonly number[], strides: readonly number[]): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((extent, size, axis) => extent + (size - 1) * strides[axis], 1);
}

/** True where the view's elements lie one after the other, in order. */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    // The stride of an axis with one place is never used.
    if (shape[axis] !== 1 && strides[axis] !== step) return shape.includes(0);
    step *= shape[axis];
  }
  return true;
}

/** The elements of a view, row-major. */
export function gatherView(
  elements: Float32Array,
  shape: readonly number[],
  strides: readonly number[],
): Float32Array<ArrayBuffer> {
  const count = shape.reduce((total, size) => total * size, 1);
  const result = new Float32Array(count);
  const inner = shape.at(-1) ?? 1;
  const innerStride = strides.at(-1) ?? 0;
  const place = new Array<number>(Math.max(0, shape.length - 1)).fill(0);
  let offset = 0;
  for (let start = 0; start < count; start += inner) {
    for (let index = 0; index < inner; index++)
      result[start + index] = elements[offset + index * innerStride];
    // To the next row: the last place that is not full is counted up, those behind begin anew.
    for (let axis = place.length - 1; axis >= 0; axis--) {
      place[axis]++;
      offset += strides[axis];
      if (place[axis] < shape[axis]) break;
      offset -= place[axis] * strides[axis];
      place[axis] = 0;
    }
  }
  return result;
}
