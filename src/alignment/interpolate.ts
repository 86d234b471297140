/** Models between two: for the loss barrier on the straight line from one to the other, once they are aligned. */
import type { ModelValues } from './classes';

/**
 * (1 − t) · first + t · aligned, per block in edge order; t from 0 to 1. Running statistics are interpolated like weights:
 * what they would be for the model between is known only after data has passed through it.
 */
export function interpolate(first: ModelValues, aligned: ModelValues, t: number): Float32Array[] {
  return first.map((values, block) =>
    values.map((value, edge) => (1 - t) * value + t * aligned[block][edge]),
  );
}
