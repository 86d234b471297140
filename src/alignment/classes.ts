/**
 * Which elements of two models can correspond, where weights are equal bit for bit: colour refinement (Weisfeiler and
 * Leman). An element's class is what it and all that it is linked with look like, whatever the order of neurons. Where one
 * model is the other in another order, classes of trained networks have one element each, and the permutation is found.
 *
 * Only what is equal is looked at. A block whose values differ between the models, whatever the order, is left out, and a
 * refinement that the models disagree about is not made: such elements stay together, for matching to tell apart.
 */
import type { ParameterGraph } from '../graph';
import type { Pace } from '../pace';
import type { Branch, Elements } from './elements';
import { addHash, asKey, type Hashes, hashBlock, holdTheSame } from './hashes';

/** One of something for each of the two models. */
export interface Both<T> {
  readonly first: T;
  readonly second: T;
}

/** Values per block, in edge order, as `readAllValues` gives them. */
export type ModelValues = readonly Float32Array[];

/** Per branch, per element, the number of its class: the same numbers mean the same in both models. */
export type Classes = Both<readonly Int32Array[]>;

/** Every round but the last makes more classes; more rounds than this are met in contrived networks only. */
const MAX_ROUNDS = 100;

const ONE_CLASS = new Int32Array(1);

export async function findClasses(
  graph: ParameterGraph,
  elements: Elements,
  values: Both<ModelValues>,
  pace: Pace,
): Promise<Classes> {
  const { branches, branchOf, trees } = elements;
  const firstClasses = () =>
    branches.map(({ count, size, isFixed }) =>
      Int32Array.from({ length: count }, (_, element) => (isFixed ? element % size : 0)),
    );
  const of = { first: firstClasses(), second: firstClasses() };
  /** Blocks whose values are not the same numbers in another order. */
  const differing = new Set<number>();
  let classCount = 0;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const sums = { first: zeroHashes(elements), second: zeroHashes(elements) };
    for (const [index, block] of graph.blocks.entries()) {
      if (block.values.kind === 'constant' || differing.has(index)) continue;
      await pace();
      const ends = { targets: branchOf[block.target], sources: branchOf[block.source] };
      const classes = (model: keyof typeof of) => ({
        targets: of[model][ends.targets] ?? ONE_CLASS,
        sources: of[model][ends.sources] ?? ONE_CLASS,
      });
      const [a, b] = [classes('first'), classes('second')];
      const first = hashBlock(block, graph, values.first[index], a);
      const second = hashBlock(block, graph, values.second[index], b);
      for (const end of ['targets', 'sources'] as const) {
        if (!holdTheSame(first[end], a[end], second[end], b[end])) differing.add(index);
      }
      if (differing.has(index)) continue;
      for (const end of ['targets', 'sources'] as const) {
        // Which block it is, and which end of it, counts.
        const salt = 2 * index + (end === 'targets' ? 0 : 1);
        add(sums.first[ends[end]], first[end], salt);
        add(sums.second[ends[end]], second[end], salt);
      }
    }
    const counts = trees.map((tree) => refineTree(elements, tree, sums, of));
    const newCount = counts.reduce((total, count) => total + count, 0);
    if (newCount === classCount) break;
    classCount = newCount;
  }
  return of;
}

const zeroHashes = ({ branches }: Elements) => branches.map(({ count }) => new Int32Array(2 * count));

/** `sums` is undefined for groups of one node, which need no class. */
function add(sums: Hashes | undefined, hashes: Hashes, salt: number): void {
  if (!sums) return;
  for (let entry = 0; 2 * entry < hashes.length; entry++) {
    addHash(sums, entry, hashes[2 * entry], hashes[2 * entry + 1], salt);
  }
}

/** New classes for the branches of a tree, unless the models disagree about them; the number of classes. */
function refineTree(
  { branches }: Elements,
  tree: readonly number[],
  sums: Both<Hashes[]>,
  of: Both<Int32Array[]>,
): number {
  for (const model of ['first', 'second'] as const) addToParents(branches, tree, sums[model], of[model]);
  const found = new Map<number, Numbered>();
  for (const branch of tree) {
    const above = found.get(branches[branch].parent);
    found.set(branch, numberElements(branches[branch], branch, sums, of, above));
  }
  const isAgreed = [...found.values()].every(({ first, second, count }) => {
    const balance = new Int32Array(count);
    for (const number of first) balance[number]++;
    for (const number of second) balance[number]--;
    return balance.every((rest) => rest === 0);
  });
  let total = 0;
  for (const [branch, { first, second, count }] of found) {
    if (isAgreed) {
      of.first[branch] = first;
      of.second[branch] = second;
    }
    total += isAgreed ? count : new Set(of.first[branch]).size;
  }
  return total;
}

/** An element is told apart by what it holds: from the innermost branches outwards. */
function addToParents(
  branches: readonly Branch[],
  tree: readonly number[],
  sums: Hashes[],
  of: Int32Array[],
): void {
  for (const branch of [...tree].reverse()) {
    const { parent, size, count } = branches[branch];
    if (parent < 0) continue;
    for (let element = 0; element < count; element++) {
      const salt = of[branch][element] * branches.length + branch;
      const [low, high] = sums[branch].subarray(2 * element);
      addHash(sums[parent], Math.floor(element / size), low, high, salt);
    }
  }
}

/** Classes of a branch's elements in both models, numbered from 0. */
type Numbered = Both<Int32Array> & { readonly count: number };

/** An element is told apart by its hash, the class that it had, and the class of what it lies in. */
function numberElements(
  { count, size }: Branch,
  branch: number,
  sums: Both<Hashes[]>,
  of: Both<Int32Array[]>,
  above: Numbered | undefined,
): Numbered {
  const numbers = new Map<number, number>();
  const key = new Int32Array(2);
  const numbered = (model: 'first' | 'second') =>
    Int32Array.from({ length: count }, (_, element) => {
      key.fill(0);
      const [low, high] = sums[model][branch].subarray(2 * element);
      addHash(key, 0, low, high, of[model][branch][element]);
      const outer = above?.[model][Math.floor(element / size)] ?? 0;
      addHash(key, 0, outer, outer, 0);
      const word = asKey(key[0], key[1]);
      const number = numbers.get(word) ?? numbers.size;
      numbers.set(word, number);
      return number;
    });
  const [first, second] = [numbered('first'), numbered('second')];
  return { first, second, count: numbers.size };
}

/** True for trees that hold an element with others of its class beside it. */
export function isAmbiguous({ branches }: Elements, tree: readonly number[], { first }: Classes): boolean {
  return tree.some((branch) => {
    const { count, size } = branches[branch];
    const classes = first[branch];
    for (let start = 0; start < count; start += size) {
      if (new Set(classes.subarray(start, start + size)).size < size) return true;
    }
    return false;
  });
}

/** The elements of each class, in order, become partners. */
export function pairInOrder({ branches }: Elements, { first, second }: Classes): Int32Array[] {
  const partners: Int32Array[] = [];
  branches.forEach(({ size, count, parent }, branch) => {
    const own = new Int32Array(count);
    partners.push(own);
    for (let start = 0; start < count; start += size) {
      const across = parent < 0 ? 0 : partners[parent][start / size] * size;
      const ordered = (classes: Int32Array, from: number) =>
        Array.from({ length: size }, (_, place) => from + place).sort(
          (a, b) => classes[a] - classes[b] || a - b,
        );
      const theirs = ordered(second[branch], across);
      ordered(first[branch], start).forEach((element, place) => {
        own[element] = theirs[place];
      });
    }
  });
  return partners;
}
