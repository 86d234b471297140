/**
 * Do intervals hold what they promise? Split-conformal intervals (Lei et al., 2018) at many levels: widths from the networks for
 * validation, coverage counted on others. What is compared are distances between predicted and true accuracy, in units of what an
 * interval is wide at that prediction.
 */

export interface CalibrationPoint {
  /** Promised coverage, 0 … 1. */
  readonly promised: number;
  /** What the distances' unit is to be multiplied with. */
  readonly factor: number;
  /** Share of the judged within it. */
  readonly held: number;
}

/** From 5 to 95 %. */
const LEVELS = Array.from({ length: 19 }, (_, index) => (index + 1) / 20);

/** The distance that covers the wanted share of further networks: the ⌈(n + 1)·coverage⌉-th of n in rising order. */
function conformalFactor(rising: Float64Array, coverage: number): number {
  const rank = Math.ceil((rising.length + 1) * coverage);
  return rising[Math.min(rank, rising.length) - 1];
}

/** `calibration`, `judged`: the distances. Empty where there is nothing to calibrate on or to judge. */
export function calibrationCurve(calibration: Float64Array, judged: Float64Array): CalibrationPoint[] {
  if (calibration.length === 0 || judged.length === 0) return [];
  const rising = calibration.toSorted();
  return LEVELS.map((promised) => {
    const factor = conformalFactor(rising, promised);
    const held = judged.filter((distance) => distance <= factor).length / judged.length;
    return { promised, factor, held };
  });
}
