/**
 * What a symmetry moves. The factors of graph/symmetry form trees: heads, and the dimensions within each head; a plain
 * hidden layer is a tree of one branch. Groups that are tied (by residual sums, one-to-one blocks, shared tensors) lie on
 * the same branch, so that one permutation of its elements moves all of them.
 *
 * Elements of a branch are numbered parent · size + place; where a group lies on a branch, node k of it is element k.
 */
import { type GraphShape, symmetryFactors } from '../graph';

export interface Branch {
  /** Elements within each element of the parent, and in all. */
  readonly size: number;
  readonly count: number;
  /** Branches, -1 for none; parents come before their children. */
  readonly parent: number;
  readonly root: number;
  readonly children: readonly number[];
  /** Elements keep their places within their parent. */
  readonly isFixed: boolean;
  /** The groups whose nodes are this branch's elements. */
  readonly groups: readonly number[];
}

export interface Elements {
  readonly branches: readonly Branch[];
  /** Per group its branch; -1 for groups of one node. */
  readonly branchOf: Int32Array;
  /** Branches of every tree, the root first; trees in the order of the graph. */
  readonly trees: readonly (readonly number[])[];
}

/** Per branch the element of the second model that each of the first one corresponds to: [branch][count]. */
export type Partners = readonly Int32Array[];

type Open = Omit<Branch, 'children' | 'groups'> & { children: number[]; groups: number[] };

export function elementsOf(graph: GraphShape): Elements {
  const branches: Open[] = [];
  const known = new Map<object, number>();
  const branchOf = new Int32Array(graph.groups.length).fill(-1);
  symmetryFactors(graph).forEach((factors, group) => {
    let parent = -1;
    for (const factor of factors) {
      let branch = known.get(factor);
      if (branch === undefined) {
        branch = branches.length;
        known.set(factor, branch);
        const { size, isFixed } = factor;
        const [count, root] =
          parent < 0 ? [size, branch] : [size * branches[parent].count, branches[parent].root];
        branches.push({ size, count, parent, root, isFixed, children: [], groups: [] });
        if (parent >= 0) branches[parent].children.push(branch);
      }
      parent = branch;
    }
    branchOf[group] = parent;
    if (parent >= 0) branches[parent].groups.push(group);
  });
  const trees = branches.flatMap(({ parent }, root) =>
    parent >= 0 ? [] : [branches.flatMap((branch, index) => (branch.root === root ? [index] : []))],
  );
  return { branches, branchOf, trees };
}

const ONE_NODE = Int32Array.of(0);

/** Per node of a group of the first model its partner in the same group of the second, -1 if it has none yet: [count]. */
export function partnersOfGroup({ branchOf }: Elements, partners: Partners, group: number): Int32Array {
  return branchOf[group] < 0 ? ONE_NODE : partners[branchOf[group]];
}

/** The second model's nodes in the order of the first's, as `permuteBlockValues` reads it: [nodeCount]. */
export function asPermutation(graph: GraphShape, elements: Elements, partners: Partners): Int32Array {
  const permutation = new Int32Array(graph.nodeCount);
  graph.groups.forEach(({ first }, group) => {
    partnersOfGroup(elements, partners, group).forEach((partner, node) => {
      permutation[first + partner] = first + node;
    });
  });
  return permutation;
}
