/**
 * How the weights of a network are arranged: what training leaves in them, and neither a fresh network has nor one whose weights
 * have been shuffled. Statistics of single weights, StatNN's, are the same for the latter.
 *
 * Of every weight tensor w[target, source, tap]:
 *
 *   F ratios   for each way to divide its entries into groups of n (by target, by source, by pair of both, by tap), of the weights
 *              and of their squares: log( n · Var over groups of (mean over the group) / Var of all )            (./f-ratios)
 *   spectra    of the three matrices that it can be laid out as: log( ‖M Mᵀ‖² / ‖M‖⁴ ) over that of chance      (./spectrum)
 *   shape      log( max |w| / rms ), log( mean w⁴ / rms⁴ ): both are known for a fresh network                    (./numbers)
 *   scale      log( rms · √fan-in )
 *
 * Of every two tensors of which one reads the n neurons that the other writes, with Gram matrices P of the writer's rows and Q of
 * the reader's columns (for linear networks training keeps P − Q as it is: Du et al., NeurIPS 2018): log( n tr(PQ) / (tr P tr Q) ),
 * and the correlations of their entries off the diagonal and on it.
 * Of every vector v (biases, norms): log( ε + rms v ), log( ε + rms (v − 1) ), shape; and for every tensor that writes the neurons
 * it belongs to, or reads them, its correlation with the logarithm of their squared weights' sums and with the sums themselves.
 * (./pair-numbers, ./vector-numbers, ./strengths; ./rows says which there are.)
 *
 * What cannot be formed stands at 0. Per network the mean, the largest and the smallest of each, and the first and the last.
 * training/metanets/arrangement.py is the same.
 */
import type { MetanetInput } from '../input';
import { centred } from './correlation';
import type { Gram } from './gram';
import { pairNumbers } from './pair-numbers';
import { type ArrangementRows, arrangementRows, type BesideRow, type End } from './rows';
import { besideTensor, type Strengths, strengths } from './strengths';
import { type NumbersByFamily, summaries } from './summary';
import { layoutsOf, tensorNumbers } from './tensor-numbers';
import { vectorNumbers } from './vector-numbers';

/** Rows of numbers, and what several of them are formed from, by block. */
export interface ArrangementTrace {
  readonly rows: ArrangementRows;
  readonly numbers: NumbersByFamily;
  /** Gram matrices over the neurons that tensors write. */
  readonly written: readonly Gram[];
  readonly strengths: Readonly<Record<End, readonly Strengths[]>>;
  /** Less their mean. */
  readonly vectors: readonly Float64Array[];
}

export function traceArrangement({ graph, values }: MetanetInput): ArrangementTrace {
  const rows = arrangementRows(graph);
  const [tensors, pairs]: number[][][] = [[], []];
  const written: Gram[] = [];
  const [writers, readers]: Strengths[][] = [[], []];
  for (const tensor of rows.tensors) {
    const { block } = tensor;
    const weights = { ...tensor, values: values[block] };
    const layouts = layoutsOf(weights);
    const [byTarget, bySource] = layouts;
    const read = bySource.products;
    tensors.push(tensorNumbers(weights, layouts));
    if (read) pairs.push(...tensor.writers.map((writer) => pairNumbers(written[writer], read)));
    if (byTarget.products) written[block] = byTarget.products;
    writers[block] = strengths(byTarget.matrix);
    readers[block] = strengths(bySource.matrix);
  }
  const vectors: Float64Array[] = [];
  for (const block of rows.vectors) vectors[block] = centred(values[block]);
  const beside = (list: readonly BesideRow[], tensorsOf: readonly Strengths[]) =>
    list.map(({ vector, tensor }) => besideTensor(vectors[vector], tensorsOf[tensor]));
  return {
    rows,
    numbers: {
      tensors,
      pairs,
      vectors: rows.vectors.map((block) => vectorNumbers(values[block])),
      besideWriters: beside(rows.besideWriters, writers),
      besideReaders: beside(rows.besideReaders, readers),
    },
    written,
    strengths: { target: writers, source: readers },
    vectors,
  };
}

/** By input: the readout asks for them, and so does the domain check. */
const formed = new WeakMap<MetanetInput, Float64Array>();

/** [ARRANGEMENT_FEATURES] */
export function arrangement(input: MetanetInput): Float64Array {
  const numbers = formed.get(input) ?? summaries(traceArrangement(input).numbers);
  formed.set(input, numbers);
  return numbers;
}
