/** Numbers of vectors (biases, norms): how far each is from 0 and from 1, where they begin, and its shape. */
import { addScaleGradient, addShapeGradient, scaleOf, shapeOf } from './numbers';

const fromOne = (values: Float32Array) => Float64Array.from(values, (x) => x - 1);

/** [4] */
export const vectorNumbers = (values: Float32Array) => [
  scaleOf(values, 1),
  scaleOf(fromOne(values), 1),
  ...shapeOf(values),
];

export function addVectorGradient(
  to: Float64Array,
  values: Float32Array,
  [fromZero, fromOnes, ...ofShape]: readonly number[],
): void {
  addScaleGradient(to, values, 1, fromZero);
  addScaleGradient(to, fromOne(values), 1, fromOnes);
  addShapeGradient(to, values, ofShape);
}
