/**
 * The gradient of the numbers of ./arrangement with respect to every weight of the network, by reverse-mode differentiation: from
 * the summaries to the rows, from those that read several tensors and vectors to what they read of them (Gram matrices,
 * strengths), and from there, with the numbers of each tensor and vector alone, to the weights. Formulas stand with each number.
 * Matrices are formed anew, one tensor at a time, and not kept from the forward pass.
 *
 * The numbers have kinks where another weight becomes the largest, or another row the extreme of the summary: there the gradient
 * is that of the first. Where a number cannot be formed and stands at 0, the gradient is 0, too.
 */
import type { MetanetInput } from '../input';
import { type ArrangementTrace, traceArrangement } from './arrangement';
import { centred } from './correlation';
import { gram } from './gram';
import { addPairGradient } from './pair-numbers';
import type { BesideRow, End } from './rows';
import { addBesideGradient, type Strengths } from './strengths';
import { type NumberRows, type NumbersByFamily, summariesGradient } from './summary';
import { addTensorGradient } from './tensor-numbers';
import { addVectorGradient } from './vector-numbers';
import { asMatrix } from './weights';

/** By block, for each end of its tensor: a gradient where rows of numbers read something of it. */
type ByEnd<T> = Readonly<Record<End, (T | undefined)[]>>;

/** From the gradient of the numbers, [ARRANGEMENT_FEATURES], to that of every edge's raw value: per block, [edgeCount]. */
export function arrangementGradient(input: MetanetInput, slopes: Float64Array): Float64Array[] {
  const trace = traceArrangement(input);
  const ofRows = summariesGradient(trace.numbers, slopes);
  const products = productsGradient(input, trace, ofRows);
  const { strengths, vectors } = besidesGradient(trace, ofRows);
  const gradient = input.values.map((values) => new Float64Array(values.length));
  trace.rows.tensors.forEach((tensor, row) => {
    const { block } = tensor;
    const at = (end: End) => ({ products: products[end][block], strengths: strengths[end][block] });
    const ofLayouts = { target: at('target'), source: at('source'), tap: {} };
    const weights = { ...tensor, values: input.values[block] };
    addTensorGradient(gradient[block], weights, ofRows.tensors[row], ofLayouts);
  });
  trace.rows.vectors.forEach((block, row) => {
    gradient[block].set(centred(vectors[block]));
    addVectorGradient(gradient[block], input.values[block], ofRows.vectors[row]);
  });
  return gradient;
}

/** Gradients of the Gram matrices that pairs are made of. */
function productsGradient(
  { values }: MetanetInput,
  { rows, written }: ArrangementTrace,
  { pairs }: NumbersByFamily,
): ByEnd<Float64Array> {
  const products: ByEnd<Float64Array> = { target: [], source: [] };
  let row = 0;
  for (const tensor of rows.tensors) {
    const { block, writers } = tensor;
    const read = writers.length > 0 && gram(asMatrix({ ...tensor, values: values[block] }, 'source'));
    if (!read) continue;
    const ofRead = new Float64Array(read.values.length);
    products.source[block] = ofRead;
    for (const writer of writers) {
      const own = written[writer];
      products.target[writer] ??= new Float64Array(own.values.length);
      addPairGradient(ofRead, read, own, pairs[row]);
      addPairGradient(products.target[writer], own, read, pairs[row]);
      row++;
    }
  }
  return products;
}

/** Gradients of strengths, and of the vectors that stand beside them. */
function besidesGradient(
  { rows, strengths, vectors }: ArrangementTrace,
  { besideWriters, besideReaders }: NumbersByFamily,
): { readonly strengths: ByEnd<Strengths>; readonly vectors: readonly Float64Array[] } {
  const ofStrengths: ByEnd<Strengths> = { target: [], source: [] };
  const ofVectors = vectors.map(({ length }) => new Float64Array(length));
  const add = (end: End, beside: readonly BesideRow[], slopes: NumberRows) =>
    beside.forEach(({ vector, tensor }, row) => {
      const own = strengths[end][tensor];
      const zeros = () => new Float64Array(own.sums.length);
      ofStrengths[end][tensor] ??= { sums: zeros(), logarithms: zeros() };
      const to = { vector: ofVectors[vector], tensor: ofStrengths[end][tensor] };
      addBesideGradient(to, vectors[vector], own, slopes[row]);
    });
  add('target', rows.besideWriters, besideWriters);
  add('source', rows.besideReaders, besideReaders);
  return { strengths: ofStrengths, vectors: ofVectors };
}
