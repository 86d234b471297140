/** Numbers of weight tensors: F ratios, spectra, shape and scale. */
import { addFRatiosGradient, fRatios } from './f-ratios';
import { addGramGradient, type Gram, gram } from './gram';
import { addScaleGradient, addShapeGradient, scaleOf, shapeOf } from './numbers';
import { addSpectrumGradient, spectrum } from './spectrum';
import { addStrengthsGradient, type Strengths } from './strengths';
import { type Axis, addLaidOut, asMatrix, type Matrix, type Weights, type WeightsShape } from './weights';

const AXES = ['target', 'source', 'tap'] as const;

/** A tensor laid out as a matrix, and that one's Gram matrix where it is formed. */
interface Layout {
  readonly matrix: Matrix;
  readonly products: Gram | undefined;
}

/** Targets that read sources of their own have no columns in common. */
const haveCommonColumns = ({ isWhole }: WeightsShape, axis: Axis) => isWhole || axis === 'tap';

/** [3]: with targets, sources and taps as rows. */
export const layoutsOf = (weights: Weights): Layout[] =>
  AXES.map((axis) => {
    const matrix = asMatrix(weights, axis);
    return { matrix, products: haveCommonColumns(weights, axis) ? gram(matrix) : undefined };
  });

const fanInRoot = ({ sources, taps }: WeightsShape) => Math.sqrt(sources * taps);

/** [14] */
export const tensorNumbers = (weights: Weights, layouts: readonly Layout[]) => [
  ...fRatios(weights, false),
  ...fRatios(weights, true),
  ...layouts.map(({ matrix, products }, k) =>
    haveCommonColumns(weights, AXES[k]) ? spectrum(matrix, products) : 0,
  ),
  ...shapeOf(weights.values),
  scaleOf(weights.values, fanInRoot(weights)),
];

/** Gradients of what other rows of numbers read of a layout: its Gram matrix, and its strengths. */
interface OfLayout {
  readonly products?: Float64Array;
  readonly strengths?: Strengths;
}

/** Adds the gradient of the weights, from the slopes [14] of their own numbers and from what other rows read of each layout. */
export function addTensorGradient(
  to: Float64Array,
  weights: Weights,
  slopes: readonly number[],
  ofLayouts: Readonly<Record<Axis, OfLayout>>,
): void {
  addFRatiosGradient(to, weights, false, slopes.slice(0, 4));
  addFRatiosGradient(to, weights, true, slopes.slice(4, 8));
  addShapeGradient(to, weights.values, slopes.slice(11, 13));
  addScaleGradient(to, weights.values, fanInRoot(weights), slopes[13]);
  AXES.forEach((axis, k) => {
    const { products, strengths } = ofLayouts[axis];
    const matrix = asMatrix(weights, axis);
    const ofMatrix = new Float64Array(to.length);
    if (haveCommonColumns(weights, axis)) addSpectrumGradient(ofMatrix, matrix, slopes[8 + k]);
    if (products) addGramGradient(ofMatrix, products, matrix);
    if (strengths) addStrengthsGradient(ofMatrix, matrix, strengths);
    addLaidOut(to, ofMatrix, weights, axis);
  });
}
