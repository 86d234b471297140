/** The columns of the layers' table: what is measured of the spectrum, and of the weights' distribution. */
import type { MeasuredLayer, SpectrumTail } from '../../../quality';

export interface LayerColumn {
  readonly key: string;
  readonly label: string;
  /** What the label is short for. */
  readonly title: string;
  /** NaN where a layer has none. */
  readonly value: (layer: MeasuredLayer) => number;
}

export type ColumnSet = 'spectrum' | 'quantiles';

const ofTail = (read: (tail: SpectrumTail) => number) => (layer: MeasuredLayer) =>
  layer.tail.kind === 'fitted' ? read(layer.tail) : Number.NaN;

const QUANTILES = [
  ['min', 'Smallest weight'],
  ['25 %', 'Lower quartile of the weights'],
  ['50 %', 'Median of the weights'],
  ['75 %', 'Upper quartile of the weights'],
  ['max', 'Largest weight'],
] as const;

export const LAYER_COLUMNS: Readonly<Record<ColumnSet, readonly LayerColumn[]>> = {
  spectrum: [
    { key: 'norm', label: '‖W‖', title: 'Frobenius norm', value: (layer) => layer.frobeniusNorm },
    {
      key: 'spectral',
      label: 'σ₁',
      title: 'Spectral norm: the largest singular value',
      value: (layer) => layer.spectralNorm,
    },
    {
      key: 'rank',
      label: 'rank',
      title: 'Stable rank: how many directions carry the weights',
      value: (layer) => layer.stableRank,
    },
    {
      key: 'alpha',
      label: 'α',
      title: 'Exponent of the power law fitted to the tail of the spectrum',
      value: ofTail(({ alpha }) => alpha),
    },
    {
      key: 'fit',
      label: 'D',
      title: 'Distance of that fit (Kolmogorov and Smirnov)',
      value: ofTail(({ fitDistance }) => fitDistance),
    },
  ],
  quantiles: QUANTILES.map(([label, title], index) => ({
    key: label,
    label,
    title,
    value: (layer) => layer.quantiles[index],
  })),
};

export interface LayerSort {
  /** A column's key; undefined: the order of the graph. */
  readonly column: string | undefined;
  readonly isDescending: boolean;
}

/** Layers without a number come last, either way. */
export function sortedLayers(
  layers: readonly MeasuredLayer[],
  columns: readonly LayerColumn[],
  { column, isDescending }: LayerSort,
): readonly MeasuredLayer[] {
  const value = columns.find(({ key }) => key === column)?.value;
  if (!value) return isDescending ? [...layers].reverse() : layers;
  const sign = isDescending ? -1 : 1;
  return [...layers].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (!Number.isFinite(x) || !Number.isFinite(y))
      return Number(!Number.isFinite(x)) - Number(!Number.isFinite(y));
    return sign * (x - y);
  });
}
