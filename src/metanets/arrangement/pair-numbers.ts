/**
 * Whether one tensor reads what another writes: numbers of the Gram matrices over the n neurons between them, P of the writer's
 * rows and Q of the reader's columns. In P, and the other way round in Q:
 *
 *   log( n tr(PQ) / (tr P tr Q) )                          ∂/∂P = Q / tr(PQ) − 1 / tr P
 *   correlations of the entries above the diagonal, and of those on it, less their mean      (./correlation)
 */
import { addCorrelationGradient, centred, correlation, sumOfProducts } from './correlation';
import { addToDiagonal, diagonal, type Gram, trace } from './gram';

/** Everything above the diagonal, row by row. */
function above({ values, size }: Gram): Float64Array {
  const kept = new Float64Array((size * (size - 1)) / 2);
  for (let i = 0, at = 0; i < size; i++) {
    for (let j = i + 1; j < size; j++) kept[at++] = values[i * size + j];
  }
  return kept;
}

/** What reads each neuron on its own, a depthwise convolution, has no Gram matrix over all of them. */
const areOfSameNeurons = (written: Gram, read: Gram) => written.size === read.size;

/** [3] */
export function pairNumbers(written: Gram, read: Gram): number[] {
  if (!areOfSameNeurons(written, read)) return [0, 0, 0];
  const traces = trace(written) * trace(read);
  const product = sumOfProducts(written.values, read.values);
  return [
    traces > 0 && product > 0 ? Math.log((product * read.size) / traces) : 0,
    correlation(above(written), above(read)),
    correlation(centred(diagonal(written)), centred(diagonal(read))),
  ];
}

/** Adds the gradient of one of the two Gram matrices. */
export function addPairGradient(to: Float64Array, own: Gram, other: Gram, slopes: readonly number[]): void {
  if (!areOfSameNeurons(own, other)) return;
  const [ofProduct, ofEntries, ofDiagonals] = slopes;
  const { size } = own;
  const product = sumOfProducts(own.values, other.values);
  if (trace(own) * trace(other) > 0 && product > 0) {
    for (let k = 0; k < to.length; k++) to[k] += (ofProduct / product) * other.values[k];
    addToDiagonal(to, size, -ofProduct / trace(own));
  }
  const entries = new Float64Array((size * (size - 1)) / 2);
  addCorrelationGradient(entries, above(own), above(other), ofEntries);
  const onDiagonal = new Float64Array(size);
  addCorrelationGradient(onDiagonal, centred(diagonal(own)), centred(diagonal(other)), ofDiagonals);
  const moved = centred(onDiagonal);
  for (let i = 0, at = 0; i < size; i++) {
    to[i * size + i] += moved[i];
    for (let j = i + 1; j < size; j++) to[i * size + j] += entries[at++];
  }
}
