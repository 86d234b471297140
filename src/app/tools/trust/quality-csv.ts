/** The measures of every layer, as a file to take away: full precision, empty where there is none. */
import type { MeasuredLayer } from '../../../quality';
import { csv } from '../../csv';

export function qualityCsv(layers: readonly MeasuredLayer[]): string {
  return csv(
    layers.map(({ name, rows, columns, matrixCount, quantiles, tail, ...layer }) => ({
      weight: name,
      ...{ rows, columns, matrices: matrixCount },
      frobenius_norm: finite(layer.frobeniusNorm),
      spectral_norm: finite(layer.spectralNorm),
      stable_rank: finite(layer.stableRank),
      alpha: tail.kind === 'fitted' ? tail.alpha : undefined,
      fit_distance: tail.kind === 'fitted' ? tail.fitDistance : undefined,
      alpha_weighted: tail.kind === 'fitted' ? tail.alphaWeighted : undefined,
      log_alpha_norm: tail.kind === 'fitted' ? tail.logAlphaNorm : undefined,
      no_alpha_because: tail.kind === 'refused' ? tail.reason : undefined,
      least: finite(quantiles[0]),
      lower_quartile: finite(quantiles[1]),
      median: finite(quantiles[2]),
      upper_quartile: finite(quantiles[3]),
      largest: finite(quantiles[4]),
    })),
  );
}

const finite = (value: number) => (Number.isFinite(value) ? value : undefined);
