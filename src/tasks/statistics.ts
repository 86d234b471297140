/**
 * Statistics and histogram of one tensor's elements.
 */

export const HISTOGRAM_BINS = 48;

export interface TensorStatistics {
  readonly count: number;
  readonly mean: number;
  readonly deviation: number;
  readonly least: number;
  readonly most: number;
  readonly zeros: number;
  /** NaN and infinities; they are left out of everything else. */
  readonly notFinite: number;
  /** Counts of equal bins from `least` to `most`: [HISTOGRAM_BINS]. */
  readonly histogram: Uint32Array;
}

/** One pass for the moments, one for the bins. */
export function tensorStatistics(values: Float32Array): TensorStatistics {
  let [sum, squares, zeros, notFinite] = [0, 0, 0, 0];
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!Number.isFinite(value)) {
      notFinite++;
      continue;
    }
    sum += value;
    squares += value * value;
    if (value === 0) zeros++;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const finite = values.length - notFinite;
  const histogram = new Uint32Array(HISTOGRAM_BINS);
  if (finite === 0) {
    return { count: values.length, mean: 0, deviation: 0, least: 0, most: 0, zeros, notFinite, histogram };
  }
  const mean = sum / finite;
  const perBin = (most - least) / HISTOGRAM_BINS || 1;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    histogram[Math.min(HISTOGRAM_BINS - 1, Math.floor((values[i] - least) / perBin))]++;
  }
  const deviation = Math.sqrt(Math.max(0, squares / finite - mean * mean));
  return { count: values.length, mean, deviation, least, most, zeros, notFinite, histogram };
}
