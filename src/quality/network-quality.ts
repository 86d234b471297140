/** A network's measures: means over its layers, as WeightWatcher summarises them. */
import type { LayerQuality } from './layer-quality';

/** In the order in which they are shown; logarithms to base 10. */
export const NETWORK_MEASURES = {
  logFrobeniusNorm: 'log Frobenius norm',
  logSpectralNorm: 'log spectral norm',
  stableRank: 'stable rank',
  alpha: 'alpha',
  alphaWeighted: 'alpha, weighted',
  logAlphaNorm: 'log alpha-norm',
  fitDistance: 'distance of the fit',
  lowerQuartile: 'lower quartile',
  median: 'median',
  upperQuartile: 'upper quartile',
  range: 'largest less smallest weight',
} as const;

export type NetworkMeasure = keyof typeof NETWORK_MEASURES;

/** NaN where no layer has the measure. */
export type NetworkQuality = Readonly<Record<NetworkMeasure, number>>;

export function networkQuality(layers: readonly LayerQuality[]): NetworkQuality {
  const tails = layers.flatMap(({ tail }) => (tail.kind === 'fitted' ? [tail] : []));
  const over = (read: (layer: LayerQuality) => number) => mean(layers.map(read));
  return {
    logFrobeniusNorm: over(({ frobeniusNorm }) => Math.log10(frobeniusNorm)),
    logSpectralNorm: over(({ spectralNorm }) => Math.log10(spectralNorm)),
    stableRank: over(({ stableRank }) => stableRank),
    alpha: mean(tails.map(({ alpha }) => alpha)),
    alphaWeighted: mean(tails.map(({ alphaWeighted }) => alphaWeighted)),
    logAlphaNorm: mean(tails.map(({ logAlphaNorm }) => logAlphaNorm)),
    fitDistance: mean(tails.map(({ fitDistance }) => fitDistance)),
    lowerQuartile: over(({ quantiles }) => quantiles[1]),
    median: over(({ quantiles }) => quantiles[2]),
    upperQuartile: over(({ quantiles }) => quantiles[3]),
    range: over(({ quantiles }) => quantiles[4] - quantiles[0]),
  };
}

/** Of the finite ones: a layer of zeros has no logarithm. */
function mean(values: readonly number[]): number {
  const finite = values.filter(Number.isFinite);
  return finite.reduce((sum, value) => sum + value, 0) / finite.length;
}
