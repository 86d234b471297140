/**
 * Fingerprints of a block's rows and columns that do not depend on the order of what they meet: sums of hashes of
 * (value, class of the other end). Two 32-bit words per node, next to each other.
 */
import type { BlockShape, GraphShape } from '../graph';
import { firstSource, pairShape } from './block-loop';

/** Two words per entry: [2 · count]. */
export type Hashes = Int32Array;

const scramble = (word: number) => {
  const mixed = Math.imul(word ^ (word >>> 16), 0x7feb352d);
  const again = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return again ^ (again >>> 16);
};

/** Adds a hash of two words and a number to an entry. */
export function addHash(hashes: Hashes, entry: number, low: number, high: number, salt: number): void {
  hashes[2 * entry] += scramble(low ^ Math.imul(salt + 1, 0x9e3779b1));
  hashes[2 * entry + 1] += scramble(high ^ Math.imul(salt + 1, 0x85ebca6b) ^ (low >>> 7));
}

/** A number for an entry, exact in float64: 53 bits. */
export const asKey = (low: number, high: number) => (high & 0x1fffff) * 2 ** 32 + (low >>> 0);

export interface BlockHashes {
  readonly targets: Hashes;
  readonly sources: Hashes;
}

/** Of both ends of a block, given the classes of its targets and sources. The two zeros count as the same value. */
export function hashBlock(
  block: BlockShape,
  graph: GraphShape,
  values: Float32Array,
  classes: { readonly targets: Int32Array; readonly sources: Int32Array },
): BlockHashes {
  const shape = pairShape(block, graph);
  const { taps, perTarget } = shape;
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  const targets = new Int32Array(2 * shape.targets);
  const sources = new Int32Array(2 * shape.sources);
  let edge = 0;
  for (let target = 0; target < shape.targets; target++) {
    const targetClass = Math.imul(classes.targets[target] + 1, 0xc2b2ae35);
    const first = firstSource(shape, target);
    let [low, high] = [0, 0];
    for (let source = first; source < first + perTarget; source++) {
      let kernel = taps;
      for (let tap = 0; tap < taps; tap++) {
        const word = bits[edge] === NEGATIVE_ZERO ? 0 : bits[edge];
        kernel = Math.imul(kernel ^ word, 0x9e3779b1);
        kernel ^= kernel >>> 15;
        edge++;
      }
      const sourceClass = Math.imul(classes.sources[source] + 1, 0x27d4eb2f);
      const seen = scramble(kernel ^ sourceClass);
      low += seen;
      high += Math.imul(seen ^ kernel, 0x165667b1);
      const sent = scramble(kernel ^ targetClass);
      sources[2 * source] += sent;
      sources[2 * source + 1] += Math.imul(sent ^ kernel, 0x165667b1);
    }
    targets[2 * target] = low;
    targets[2 * target + 1] = high;
  }
  return { targets, sources };
}

const NEGATIVE_ZERO = 1 << 31;

/** True if two lists hold the same (hash, class) pairs, in whatever order. */
export function holdTheSame(a: Hashes, aClasses: Int32Array, b: Hashes, bClasses: Int32Array): boolean {
  const total = (hashes: Hashes, classes: Int32Array) => {
    const sum = new Int32Array(2);
    for (let entry = 0; entry < classes.length; entry++) {
      addHash(sum, 0, hashes[2 * entry], hashes[2 * entry + 1], classes[entry]);
    }
    return sum;
  };
  const [first, second] = [total(a, aClasses), total(b, bClasses)];
  return first[0] === second[0] && first[1] === second[1];
}
