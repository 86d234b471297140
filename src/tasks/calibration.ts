/**
 * Do intervals hold what they promise? Split-conformal intervals (Lei et al., 2018) at many levels: every network is judged by
 * widths from others, of other runs. What is compared are distances between predicted and true accuracy, in units of what an
 * interval is wide at that prediction.
 */

export interface JudgedNetwork {
  readonly run: number;
  readonly distance: number;
}

export interface CalibrationPoint {
  /** Promised coverage, 0 … 1. */
  readonly promised: number;
  /** What the distances' unit is to be multiplied with for networks of further runs. */
  readonly factor: number;
  /** Share of the judged within it. */
  readonly held: number;
}

/** From 5 to 95 %. */
const LEVELS = Array.from({ length: 19 }, (_, index) => (index + 1) / 20);

/** A tenth of the runs is judged by the other nine: how wide, not in what proportions, which training/metanets/checkpoint.py fits anew too. */
const FOLDS = 10;

/** The distance that covers the wanted share of further networks: the ⌈(n + 1)·coverage⌉-th of n in rising order. */
function conformalFactor(rising: Float64Array, coverage: number): number {
  const rank = Math.ceil((rising.length + 1) * coverage);
  return rising[Math.min(rank, rising.length) - 1];
}

/** Empty where there is nothing to calibrate on or to judge. */
export function calibrationCurve(
  calibration: readonly JudgedNetwork[],
  judged: readonly JudgedNetwork[],
): CalibrationPoint[] {
  if (calibration.length === 0 || judged.length === 0) return [];
  const runs = [...new Set(calibration.map(({ run }) => run))].sort((a, b) => a - b);
  const foldOf = new Map(runs.map((run, index) => [run, index % FOLDS]));
  const risingWithout = (fold: number | undefined) => {
    const kept = calibration.filter(({ run }) => foldOf.get(run) !== fold);
    return Float64Array.from(kept, ({ distance }) => distance).sort();
  };
  const all = risingWithout(undefined);
  const others = Array.from({ length: FOLDS }, (_, fold) => risingWithout(fold));
  return LEVELS.map((promised) => {
    const factor = conformalFactor(all, promised);
    const factors = others.map((rising) => conformalFactor(rising, promised));
    const held = judged.filter(({ run, distance }) => distance <= (factors[foldOf.get(run) ?? -1] ?? factor));
    return { promised, factor, held: held.length / judged.length };
  });
}
