/** The general algebra in jax-js. Its arrays are moved into the functions that use them: `ref` keeps a further hold. */
import { nn, numpy as np, vjp } from '@jax-js/jax';
import { LAYER_NORM_EPSILON } from '../../src/metanets/linear-algebra';
import type { Backend } from './algebra';

type Arr = np.Array;

export class JaxBackend implements Backend<Arr> {
  constant = (values: ArrayLike<number>, dims: readonly number[]) =>
    np.array(Float32Array.from(values), { shape: [...dims] });
  indices = (values: Int32Array) => np.array(values, { dtype: np.int32 });
  add = (a: Arr, b: Arr) => a.ref.add(b.ref);
  subtract = (a: Arr, b: Arr) => a.ref.sub(b.ref);
  multiply = (a: Arr, b: Arr) => a.ref.mul(b.ref);
  matmul = (a: Arr, b: Arr) => np.matmul(a.ref, b.ref);
  sqrt = (a: Arr) => np.sqrt(a.ref);
  silu = (a: Arr) => nn.silu(a.ref);

  layerNorm(a: Arr, scale: Arr, width: number) {
    const mean = np.sum(a.ref, -1, { keepdims: true }).mul(1 / width);
    const centred = a.ref.sub(mean);
    const variance = np.sum(np.square(centred.ref), -1, { keepdims: true }).mul(1 / width);
    return centred.div(np.sqrt(variance.add(LAYER_NORM_EPSILON))).mul(scale.ref);
  }

  concatenate = (parts: readonly Arr[], axis: 0 | 1) =>
    np.concatenate(
      parts.map((part) => part.ref),
      axis,
    );
  gather = (table: Arr, rows: Arr) => np.take(table.ref, rows.ref, 0);

  /** jax-js scatters in one place only: the derivative of `take`. */
  scatterAdd(rows: Arr, to: Arr, count: number, width: number) {
    const [taken, backward] = vjp((table: Arr) => np.take(table, to.ref, 0), [np.zeros([count, width])]);
    taken.dispose();
    const [sums] = backward(rows.ref);
    backward.dispose?.();
    return sums as Arr;
  }

  meanOfRows = (a: Arr) => np.mean(a.ref, 0, { keepdims: true });
}
