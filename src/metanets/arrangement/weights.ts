/** A weight tensor, [target, source, tap]. */
export interface Weights {
  readonly values: Float32Array;
  readonly targets: number;
  readonly sources: number;
  readonly taps: number;
  /** Every target reads every source, so that sources are groups, too. */
  readonly isWhole: boolean;
}

type Axis = 'target' | 'source' | 'tap';

/** The tensor as a matrix whose rows are its targets, sources or taps. */
export interface Matrix {
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

/** Laid out with these rows; the columns go on in the order of the tensor. */
export function asMatrix(weights: Weights, axis: Axis): Matrix {
  const { values, targets, sources, taps } = weights;
  const rows = { target: targets, source: sources, tap: taps }[axis];
  const columns = values.length / rows;
  if (axis === 'target') return { values, rows, columns };
  // Where the next target, source and tap go.
  const [byTarget, bySource, byTap] = axis === 'source' ? [taps, columns, 1] : [sources, 1, columns];
  const laid = new Float32Array(values.length);
  let index = 0;
  for (let target = 0; target < targets; target++) {
    for (let source = 0; source < sources; source++) {
      const first = target * byTarget + source * bySource;
      for (let tap = 0; tap < taps; tap++) laid[first + tap * byTap] = values[index++];
    }
  }
  return { values: laid, rows, columns };
}
