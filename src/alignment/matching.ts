/**
 * Weight matching (Ainsworth, Hayase and Srinivasa, "Git Re-Basin", 2022, algorithm 1): tree by tree, the permutation that
 * makes the second model's parameters most like the first's while all others stand still, again and again until none moves.
 * Heads are matched by how well their dimensions can be. Elements keep to the classes that were found before.
 */
import { UnsupportedModelError } from '../network';
import { type Pace, partOfWork } from '../pace';
import { type Classes, isAmbiguous, pairInOrder } from './classes';
import type { Partners } from './elements';
import { largestAssignment } from './linear-assignment';
import { branchSimilarity, likeness, type Problem } from './similarity';

/** Similarities of so many elements with as many others take 128 MB. */
const MAX_MATCHED = 4096;
/** Matching settles after a handful of sweeps. */
const MAX_SWEEPS = 50;
/** A change for less than this share of a tree's similarity is rounding. */
const LEAST_GAIN = 1e-9;
/** The first way through the trees, as a share of the work. */
const ONWARDS = 0.2;

/** Partners that no single tree's permutation can improve; pace is told the share that is done. */
export async function matchWeights(problem: Problem, classes: Classes, pace: Pace): Promise<Partners> {
  const { elements } = problem;
  const trees = elements.trees.filter((tree) => isAmbiguous(elements, tree, classes));
  for (const tree of trees) checkSize(problem, tree);
  const inOrder = pairInOrder(elements, classes);
  if (trees.length === 0) return inOrder;
  // From the input on, each tree by what is settled before it: this undoes a permutation even where values are rounded.
  const onwards = inOrder.map((own) => own.slice());
  for (const tree of trees) for (const branch of tree) onwards[branch].fill(-1);
  for (const [index, tree] of trees.entries()) {
    await pace((ONWARDS * index) / trees.length);
    (await bestPartners(problem, classes, tree, onwards, pace)).apply(onwards);
  }
  // Two checkpoints of one training run are alike as the files have them: no start may lose that.
  const start = likeness(problem, onwards) >= likeness(problem, inOrder) ? onwards : inOrder;
  await settle(problem, classes, trees, start, partOfWork(pace, ONWARDS, 1));
  return start;
}

function checkSize({ elements, graph }: Problem, tree: readonly number[]): void {
  const widest = Math.max(...tree.map((branch) => elements.branches[branch].count));
  if (widest <= MAX_MATCHED) return;
  const group = tree.flatMap((branch) => elements.branches[branch].groups)[0];
  throw new UnsupportedModelError(
    `A layer has ${widest} neurons, and the two models' weights differ, so that they would have to be matched one by one`,
    `layer "${graph.groups[group]?.name}"`,
    `Models of up to ${MAX_MATCHED} neurons a layer can be matched; wider ones only if one is the other in another order.`,
  );
}

/** Sweeps over the trees until no permutation changes. `partners` is changed in place. */
async function settle(
  problem: Problem,
  classes: Classes,
  trees: readonly (readonly number[])[],
  partners: Int32Array[],
  pace: Pace,
): Promise<void> {
  const meets = neighbours(problem, trees);
  const isDue = trees.map(() => true);
  for (let sweep = 0; sweep < MAX_SWEEPS && isDue.includes(true); sweep++) {
    for (const [index, tree] of trees.entries()) {
      if (!isDue[index]) continue;
      // Every sweep does half of what was left, more or less.
      await pace(1 - 0.5 ** (sweep + index / trees.length));
      isDue[index] = false;
      const best = await bestPartners(problem, classes, tree, partners, pace);
      if (!(best.gain > LEAST_GAIN)) continue;
      const before = tree.map((branch) => partners[branch].slice());
      const isCoupled = meets[index].has(index);
      const likenessBefore = isCoupled ? likeness(problem, partners) : 0;
      best.apply(partners);
      // A layer that feeds itself: the step assumed that its other end stands still, and may have been too bold.
      if (isCoupled && likeness(problem, partners) <= likenessBefore * (1 + LEAST_GAIN)) {
        tree.forEach((branch, place) => {
          partners[branch].set(before[place]);
        });
        continue;
      }
      for (const other of meets[index]) isDue[other] = true;
    }
  }
}

/** Per tree the trees that it shares a block with; itself, where a block has both ends in it and is not one-to-one. */
function neighbours(
  { graph, elements, weights }: Problem,
  trees: readonly (readonly number[])[],
): Set<number>[] {
  const treeOf = (group: number) => trees.findIndex((tree) => tree.includes(elements.branchOf[group]));
  const meets = trees.map(() => new Set<number>());
  graph.blocks.forEach((block, index) => {
    if (weights[index] === 0 || block.pattern === 'diagonal') return;
    const [source, target] = [treeOf(block.source), treeOf(block.target)];
    if (source < 0 || target < 0) return;
    meets[source].add(target);
    meets[target].add(source);
  });
  return meets;
}

interface BestPartners {
  /** By how much the tree's similarity grows, as a share of it. */
  readonly gain: number;
  apply(partners: Int32Array[]): void;
}

/** The best permutation of a tree, all others standing still. */
async function bestPartners(
  problem: Problem,
  { first, second }: Classes,
  tree: readonly number[],
  partners: Partners,
  pace: Pace,
): Promise<BestPartners> {
  const { branches } = problem.elements;
  const similarities = new Map<number, Float64Array>();
  for (const branch of tree) {
    if (branches[branch].groups.length === 0) continue;
    similarities.set(branch, await branchSimilarity(problem, branch, partners, pace));
  }
  /** How alike two elements can be: themselves, and what they hold at its best. */
  const worth = (branch: number, element: number, other: number): number => {
    const own = similarities.get(branch)?.[element * branches[branch].count + other] ?? 0;
    return branches[branch].children.reduce((sum, child) => sum + assign(child, element, other).value, own);
  };
  /** The best partners for what two elements of the parent hold, class by class. */
  const assign = (
    branch: number,
    above: number,
    across: number,
  ): { value: number; pairs: [number, number][] } => {
    const { size } = branches[branch];
    const pairs: [number, number][] = [];
    let value = 0;
    const theirs = byClass(second[branch], across * size, size);
    for (const [number, own] of byClass(first[branch], above * size, size)) {
      const others = theirs.get(number) ?? [];
      const profits = new Float64Array(own.length * own.length);
      own.forEach((element, row) => {
        others.forEach((other, column) => {
          profits[row * own.length + column] = worth(branch, element, other);
        });
      });
      largestAssignment(profits, own.length).forEach((column, row) => {
        value += profits[row * own.length + column];
        pairs.push([own[row], others[column]]);
      });
    }
    return { value, pairs };
  };
  const write = (into: Int32Array[], branch: number, pairs: readonly (readonly [number, number])[]): void => {
    for (const [element, other] of pairs) {
      into[branch][element] = other;
      for (const child of branches[branch].children) write(into, child, assign(child, element, other).pairs);
    }
  };
  const current = [...similarities].reduce((sum, [branch, similarity]) => {
    const { count } = branches[branch];
    partners[branch].forEach((other, element) => {
      if (other >= 0) sum += similarity[element * count + other];
    });
    return sum;
  }, 0);
  const best = assign(tree[0], 0, 0);
  return {
    gain: (best.value - current) / Math.max(Math.abs(best.value), Math.abs(current), Number.MIN_VALUE),
    apply: (into) => write(into, tree[0], best.pairs),
  };
}

function byClass(classes: Int32Array, start: number, size: number): Map<number, number[]> {
  const lists = new Map<number, number[]>();
  for (let element = start; element < start + size; element++) {
    const list = lists.get(classes[element]);
    if (list) list.push(element);
    else lists.set(classes[element], [element]);
  }
  return lists;
}
