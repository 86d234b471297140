/**
 * How the weights of a network are arranged: what training leaves in them, and neither a fresh network has nor one whose weights
 * have been shuffled. Statistics of single weights, StatNN's, are the same for the latter.
 *
 * Of every weight tensor w[target, source, tap]:
 *
 *   F ratios   for each way to divide its entries into groups of n (by target, by source, by pair of both, by tap), of the weights
 *              and of their squares: log( n · Var over groups of (mean over the group) / Var of all )            (./f-ratios)
 *   spectra    of the three matrices that it can be laid out as: log( ‖M Mᵀ‖² / ‖M‖⁴ ) over that of chance      (./gram)
 *   shape      log( max |w| / rms ), log( mean w⁴ / rms⁴ ): both are known for a fresh network                    (./numbers)
 *   scale      log( rms · √fan-in )
 *
 * Of every two tensors of which one reads the n neurons that the other writes, with Gram matrices P of the writer's rows and Q of
 * the reader's columns (for linear networks training keeps P − Q as it is: Du et al., NeurIPS 2018): log( n tr(PQ) / (tr P tr Q) ),
 * and the correlations of their entries off the diagonal and on it.
 * Of every vector v (biases, norms): log( ε + rms v ), log( ε + rms (v − 1) ), shape; and for every tensor that writes the neurons
 * it belongs to, or reads them, its correlation with the logarithm of their squared weights' sums and with the sums themselves.
 *
 * What cannot be formed stands at 0. Per network the mean, the largest and the smallest of each, and the first and the last.
 * training/metanets/arrangement.py is the same.
 */
import { isWeightBlock, sourcesPerTarget } from '../../graph';
import type { MetanetInput } from '../input';
import { holdsParameters } from '../parameters';
import { fRatios } from './f-ratios';
import { type Gram, gram, pairNumbers, spectrum } from './gram';
import {
  besideTensor,
  centred,
  guardedLog,
  rootMeanSquare,
  type Strengths,
  shapeOf,
  strengths,
  vectorNumbers,
} from './numbers';
import { asMatrix, type Weights } from './weights';

/** Tensors and vectors with fewer numbers say little. */
const LEAST_WEIGHTS = 64;
const LEAST_OF_VECTOR = 4;
/** Numbers of a tensor, of two tensors, of a vector, of a vector with a writer and with a reader. */
const [OF_TENSOR, OF_PAIR, OF_VECTOR, BESIDE_WRITER, BESIDE_READER] = [14, 3, 4, 2, 2];
export const ARRANGEMENT_FEATURES = 5 * (OF_TENSOR + OF_PAIR + OF_VECTOR + BESIDE_WRITER + BESIDE_READER);

/** By group of neurons, in the order of the graph. */
type ByGroup<T> = Map<number, T[]>;

function add<T>(map: ByGroup<T>, group: number, value: T): void {
  const list = map.get(group);
  if (list) list.push(value);
  else map.set(group, [value]);
}

/** [5 · count] */
function summary(rows: readonly (readonly number[])[], count: number): number[] {
  if (rows.length === 0) return new Array(5 * count).fill(0);
  const over = (of: (numbers: number[]) => number) =>
    Array.from({ length: count }, (_, k) => of(rows.map((row) => row[k])));
  return [
    ...over((numbers) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length),
    ...over((numbers) => Math.max(...numbers)),
    ...over((numbers) => Math.min(...numbers)),
    ...rows[0],
    ...rows[rows.length - 1],
  ];
}

/** [ARRANGEMENT_FEATURES] */
export function arrangement({ graph, values: all }: MetanetInput): Float64Array {
  const [tensors, pairs, vectors]: number[][][] = [[], [], []];
  const grams: ByGroup<Gram> = new Map();
  const [writers, readers]: ByGroup<Strengths>[] = [new Map(), new Map()];
  const found: { readonly group: number; readonly vector: Float64Array }[] = [];
  graph.blocks.forEach((block, index) => {
    const values = all[index];
    if (!isWeightBlock(block)) {
      if (!holdsParameters(block) || values.length < LEAST_OF_VECTOR) return;
      vectors.push(vectorNumbers(values));
      found.push({ group: block.target, vector: centred(values) });
    } else if (values.length >= LEAST_WEIGHTS) {
      const sources = sourcesPerTarget(block, graph.groups);
      const targets = block.pairCount / sources;
      const isWhole = block.groups === 1;
      const weights: Weights = { values, targets, sources, taps: block.taps, isWhole };
      const matrices = (['target', 'source', 'tap'] as const).map((axis) => asMatrix(weights, axis));
      const [byTarget, bySource, byTap] = matrices;
      const [written, read, ofTaps] = matrices.map(gram);
      // Targets that read sources of their own have no columns in common.
      tensors.push([
        ...fRatios(weights, false),
        ...fRatios(weights, true),
        isWhole ? spectrum(byTarget, written) : 0,
        isWhole ? spectrum(bySource, read) : 0,
        spectrum(byTap, ofTaps),
        ...shapeOf(values),
        guardedLog(rootMeanSquare(values) * Math.sqrt(sources * block.taps)),
      ]);
      add(writers, block.target, strengths(byTarget));
      if (!isWhole) return;
      if (read) pairs.push(...(grams.get(block.source) ?? []).map((before) => pairNumbers(before, read)));
      if (written) add(grams, block.target, written);
      add(readers, block.source, strengths(bySource));
    }
  });
  /** Every vector beside every tensor there is by its group; some vectors belong to a part of it. */
  const beside = (map: ByGroup<Strengths>) =>
    found.flatMap(({ group, vector }) =>
      (map.get(group) ?? [])
        .filter(({ sums }) => sums.length === vector.length)
        .map((tensor) => besideTensor(vector, tensor)),
    );
  return Float64Array.from([
    ...summary(tensors, OF_TENSOR),
    ...summary(pairs, OF_PAIR),
    ...summary(vectors, OF_VECTOR),
    ...summary(beside(writers), BESIDE_WRITER),
    ...summary(beside(readers), BESIDE_READER),
  ]);
}
