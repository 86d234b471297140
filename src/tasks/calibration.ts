/**
 * Do intervals hold what they promise? Split-conformal intervals (Lei et al., 2018) at many levels: widths from the residuals of
 * the networks for validation, coverage counted on others.
 */

export interface CalibrationPoint {
  /** Promised coverage, 0 … 1. */
  readonly promised: number;
  /** Half of the interval's width, in shares of 1 as the residuals. */
  readonly halfWidth: number;
  /** Share of the judged residuals within it. */
  readonly held: number;
}

/** From 5 to 95 %. */
const LEVELS = Array.from({ length: 19 }, (_, index) => (index + 1) / 20);

/** The residual that covers the wanted share of further networks: the ⌈(n + 1)·coverage⌉-th of n in rising order. */
function conformalHalfWidth(rising: Float64Array, coverage: number): number {
  const rank = Math.ceil((rising.length + 1) * coverage);
  return rising[Math.min(rank, rising.length) - 1];
}

/** `calibration`, `judged`: distances between predicted and true accuracy. Empty where there is nothing to calibrate on or to judge. */
export function calibrationCurve(calibration: Float64Array, judged: Float64Array): CalibrationPoint[] {
  if (calibration.length === 0 || judged.length === 0) return [];
  const rising = calibration.toSorted();
  return LEVELS.map((promised) => {
    const halfWidth = conformalHalfWidth(rising, promised);
    const held = judged.filter((residual) => residual <= halfWidth).length / judged.length;
    return { promised, halfWidth, held };
  });
}
