/** Where what is marked in one model is found in the other. Nodes are numbered as in their own model's file. */
import type { SideName } from './compare-store';

export interface Marks {
  /** Drawn with all its connections. */
  readonly node: number | undefined;
  /** The node of the same number as the one that was selected, where that is another. */
  readonly samePlace: number | undefined;
}

const NOTHING: Marks = { node: undefined, samePlace: undefined };

/** Entry i is where i stands in a permutation. */
export function inverse(permutation: Int32Array): Int32Array {
  const places = new Int32Array(permutation.length);
  permutation.forEach((to, from) => {
    places[to] = from;
  });
  return places;
}

/**
 * What to mark in both models when a node of one is selected. `permutation`: by node of the right model, its number in the
 * left one; undefined where they have not been aligned.
 */
export function marksOf(
  { side, node }: { readonly side: SideName; readonly node: number },
  permutation: Int32Array | undefined,
): Record<SideName, Marks> {
  const own: Marks = { node, samePlace: undefined };
  if (!permutation) return { left: NOTHING, right: NOTHING, [side]: own };
  const aligned = side === 'left' ? permutation.indexOf(node) : permutation[node];
  const other = { node: aligned, samePlace: aligned === node ? undefined : node };
  return side === 'left' ? { left: own, right: other } : { left: other, right: own };
}
