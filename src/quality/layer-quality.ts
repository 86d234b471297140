/**
 * What a layer's weights alone say of how well it is trained: norms, spectrum, quantiles. No data, and no promise: the table
 * that bench/quality.ts makes says how each measure ranks networks whose accuracy is known.
 */
import type { GraphShape } from '../graph';
import { gramMatrix, type LayerMatrices, layerMatrices } from './layer-matrices';
import { fitPowerLaw, LEAST_TAIL } from './power-law';
import { spectralNorm } from './spectral-norm';
import { symmetricEigenvalues } from './symmetric-eigenvalues';
import { type WeightArray, weightArrays } from './weight-arrays';

export interface LayerQuality {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly matrixCount: number;
  /** Of all the layer's weights; largest singular value of any of its matrices. */
  readonly frobeniusNorm: number;
  readonly spectralNorm: number;
  /** Σλ / λmax over all matrices: how many directions carry the weights. At least 1; NaN where all are zero. */
  readonly stableRank: number;
  /** Of the weights: least, lower quartile, median, upper quartile, largest. */
  readonly quantiles: readonly number[];
  readonly tail: SpectrumTail | NoTail;
}

/** The power law of the spectrum's tail; logarithms to base 10. */
export interface SpectrumTail {
  readonly kind: 'fitted';
  readonly eigenvalueCount: number;
  readonly alpha: number;
  /** Kolmogorov and Smirnov's distance of the fit. */
  readonly fitDistance: number;
  /** alpha · log λmax, and log Σ λ^alpha. */
  readonly alphaWeighted: number;
  readonly logAlphaNorm: number;
}

export interface NoTail {
  readonly kind: 'refused';
  readonly reason: string;
}

/** Multiplications that a layer's spectrum may take: some ten seconds. */
const MAX_WORK = 1e10;
/** Every start of the tail is tried, each with all that follows: some two seconds for so many. */
const MAX_EIGENVALUES = 16384;
/** WeightWatcher's: smaller eigenvalues are rounding. */
const LEAST_EIGENVALUE = 1e-5;
/** WeightWatcher (0.7.7) halves the eigenvalues of convolutions before it fits them. */
const CONVOLUTION_SCALE = 0.5;

/** Of a layer of the graph. */
export interface MeasuredLayer extends LayerQuality {
  /** The first block of its weights. */
  readonly block: number;
}

/** Layer by layer, in the graph's order; `values` per block in edge order. Each layer takes up to some ten seconds. */
export function* measureLayers(
  graph: GraphShape,
  values: readonly Float32Array[],
): Generator<MeasuredLayer, void> {
  for (const weights of weightArrays(graph, values)) {
    yield { block: weights.block, ...measureLayer(weights) };
  }
}

export function measureLayer(weights: WeightArray): LayerQuality {
  const { values, name, kind } = weights;
  const layer = layerMatrices(weights);
  const { rows, columns, matrices } = layer;
  let squares = 0;
  for (let index = 0; index < values.length; index++) squares += values[index] * values[index];
  const shape = { name, rows, columns, matrixCount: matrices.length };
  const reason = reasonToRefuse(layer, squares);
  const eigenvalues = reason === undefined ? pooledEigenvalues(layer) : undefined;
  const largest = eigenvalues
    ? Math.sqrt(eigenvalues[eigenvalues.length - 1])
    : Math.max(...matrices.map((matrix) => spectralNorm(matrix, rows, columns)));
  return {
    ...shape,
    frobeniusNorm: Math.sqrt(squares),
    spectralNorm: largest,
    stableRank: squares / largest ** 2,
    quantiles: quartiles(values),
    tail: eigenvalues
      ? fitTail(eigenvalues, kind === 'convWeight' ? CONVOLUTION_SCALE : 1)
      : { kind: 'refused', reason: reason ?? '' },
  };
}

function reasonToRefuse({ rows, columns, matrices }: LayerMatrices, squares: number): string | undefined {
  if (!Number.isFinite(squares)) return 'Some weights are not finite numbers.';
  const side = Math.min(rows, columns);
  const count = side * matrices.length;
  if (count < LEAST_TAIL) return `It has ${count} singular values, and a tail needs ${LEAST_TAIL}.`;
  const work = side * side * (Math.max(rows, columns) + side) * matrices.length;
  if (work > MAX_WORK || count > MAX_EIGENVALUES) {
    return `The spectrum of ${matrices.length} × ${rows} × ${columns} weights would take too long.`;
  }
  return undefined;
}

/** Squares of the singular values of all matrices, ascending, none below 0. */
function pooledEigenvalues({ rows, columns, matrices }: LayerMatrices): Float64Array {
  const side = Math.min(rows, columns);
  const all = new Float64Array(side * matrices.length);
  matrices.forEach((matrix, index) => {
    all.set(symmetricEigenvalues(gramMatrix(matrix, rows, columns), side), index * side);
  });
  return all.map((value) => Math.max(0, value)).sort();
}

function fitTail(eigenvalues: Float64Array, scale: number): SpectrumTail | NoTail {
  const scaled = eigenvalues.map((value) => value * scale);
  const fit = fitPowerLaw(scaled.filter((value) => value > LEAST_EIGENVALUE));
  if (!fit)
    return { kind: 'refused', reason: `Fewer than ${LEAST_TAIL} of its singular values tell anything.` };
  const { alpha, distance } = fit;
  const largest = Math.log10(scaled[scaled.length - 1]);
  // log Σ λ^α = α·log λmax + log Σ (λ/λmax)^α: λ^α itself overflows for steep tails.
  const rest = scaled.reduce((sum, value) => sum + (value / scaled[scaled.length - 1]) ** alpha, 0);
  return {
    ...{ kind: 'fitted', eigenvalueCount: eigenvalues.length, alpha, fitDistance: distance },
    alphaWeighted: alpha * largest,
    logAlphaNorm: alpha * largest + Math.log10(rest),
  };
}

/** Linear between neighbours, as NumPy's. */
function quartiles(values: Float32Array): number[] {
  const sorted = values.slice().sort();
  return [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const place = share * (sorted.length - 1);
    const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
    return below + (place - Math.floor(place)) * (above - below);
  });
}
