/** Weight tensors, and the matrices that they are laid out as. */

/** What a graph says of a weight tensor, [target, source, tap]. */
export interface WeightsShape {
  readonly targets: number;
  readonly sources: number;
  readonly taps: number;
  /** Every target reads every source, so that sources are groups, too. */
  readonly isWhole: boolean;
}

export interface Weights extends WeightsShape {
  readonly values: Float32Array;
}

export interface MatrixShape {
  readonly rows: number;
  readonly columns: number;
}

export interface Matrix extends MatrixShape {
  readonly values: Float32Array;
}

/** What a tensor's rows are when it is laid out as a matrix. */
export type Axis = 'target' | 'source' | 'tap';

export function matrixShape({ targets, sources, taps }: WeightsShape, axis: Axis): MatrixShape {
  const rows = { target: targets, source: sources, tap: taps }[axis];
  return { rows, columns: (targets * sources * taps) / rows };
}

/** Where the next target, source and tap go in the matrix. */
const stepsOf = ({ sources, taps }: WeightsShape, axis: Axis, { columns }: MatrixShape) =>
  ({ target: [columns, taps, 1], source: [taps, columns, 1], tap: [sources, 1, columns] })[axis];

/** Laid out with these rows; the columns go on in the order of the tensor. */
export function asMatrix(weights: Weights, axis: Axis): Matrix {
  const { values, targets, sources, taps } = weights;
  const shape = matrixShape(weights, axis);
  if (axis === 'target') return { values, ...shape };
  const [byTarget, bySource, byTap] = stepsOf(weights, axis, shape);
  const laid = new Float32Array(values.length);
  let index = 0;
  for (let target = 0; target < targets; target++) {
    for (let source = 0; source < sources; source++) {
      const first = target * byTarget + source * bySource;
      for (let tap = 0; tap < taps; tap++) laid[first + tap * byTap] = values[index++];
    }
  }
  return { values: laid, ...shape };
}

/** Adds the gradient of a matrix to that of the tensor which was laid out as it. */
export function addLaidOut(
  to: Float64Array,
  ofMatrix: Float64Array,
  weights: WeightsShape,
  axis: Axis,
): void {
  const { targets, sources, taps } = weights;
  const [byTarget, bySource, byTap] = stepsOf(weights, axis, matrixShape(weights, axis));
  let index = 0;
  for (let target = 0; target < targets; target++) {
    for (let source = 0; source < sources; source++) {
      const first = target * byTarget + source * bySource;
      for (let tap = 0; tap < taps; tap++) to[index++] += ofMatrix[first + tap * byTap];
    }
  }
}
