/**
 * Layers that share a tensor (an embedding that is the output's weight too, a block that is used again and again): what
 * permutes the nodes of one must permute those of the other.
 */
import type { EdgeBlock, TensorValues } from './parameter-graph';

type TensorBlock = EdgeBlock & { readonly values: TensorValues };

/** Pairs of groups that may only be permuted together. */
export function findTies(blocks: readonly EdgeBlock[]): (readonly [number, number])[] {
  const ties: (readonly [number, number])[] = [];
  const met = new Map<string, TensorBlock[]>();
  for (const block of blocks) {
    if (block.values.kind === 'constant') continue;
    const own = { ...block, values: block.values };
    const others = met.get(block.values.tensor.name) ?? [];
    met.set(block.values.tensor.name, others);
    const same = others.find(({ values }) => isSame(values, own.values));
    const turned = others.find(({ values }) => isTurned(values, own.values));
    if (same) ties.push([same.source, block.source], [same.target, block.target]);
    else if (turned) ties.push([turned.source, block.target], [turned.target, block.source]);
    else others.push(own);
  }
  return ties.filter(([a, b]) => a !== b);
}

const equal = (a: Int32Array, b: Int32Array) =>
  a.length === b.length && a.every((offset, index) => offset === b[index]);

const isSame = (a: TensorValues, b: TensorValues) =>
  equal(a.rows, b.rows) && equal(a.columns, b.columns) && equal(a.taps, b.taps);

const isTurned = (a: TensorValues, b: TensorValues) =>
  equal(a.rows, b.columns) && equal(a.columns, b.rows) && equal(a.taps, b.taps);
