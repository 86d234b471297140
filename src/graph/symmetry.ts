/**
 * Symmetries: permutations of hidden nodes that leave the input network's function unchanged (the neural DAG automorphisms
 * of Lim et al., ICLR 2024, that keep every group in place).
 *
 * A group's node number is a product of factors, each with a permutation of its own: a plain hidden layer has one factor;
 * the value nodes of attention have two (head, dimension within the head). One-to-one blocks tie all factors of their
 * ends, grouped blocks tie the factor that counts their parts, shared tensors the groups that read them. Inner factors permute independently within each part.
 */
import type { BlockShape, GraphShape } from './parameter-graph';
import { type Random, randomPermutation } from './random';

interface Factor {
  readonly size: number;
  isFixed: boolean;
}

/** Per group its factors, outermost first; tied groups share factor objects. */
export type Factors = readonly (readonly Factor[])[];

class FactorTable {
  readonly groups: Factor[][];

  constructor(graph: GraphShape) {
    this.groups = graph.groups.map(({ count, orderedRun }) => {
      const factors = [
        { size: count / orderedRun, isFixed: false },
        { size: orderedRun, isFixed: true },
      ];
      return factors.filter(({ size }) => size > 1);
    });
  }

  #replace(old: Factor, by: Factor[]): void {
    this.groups.forEach((factors, group) => {
      const at = factors.indexOf(old);
      if (at >= 0) this.groups[group] = [...factors.slice(0, at), ...by, ...factors.slice(at + 1)];
    });
  }

  #split(factor: Factor, outerSize: number): void {
    const { size, isFixed } = factor;
    this.#replace(factor, [
      { size: outerSize, isFixed },
      { size: size / outerSize, isFixed },
    ]);
  }

  #freeze(group: number): void {
    for (const factor of this.groups[group]) factor.isFixed = true;
  }

  /** Ties the first factors of two groups, up to `extent` nodes of outer factors; true if anything changed. */
  tie(a: number, b: number, extent: number): boolean {
    let changed = false;
    let tied = 1;
    for (let place = 0; tied < extent; place++) {
      const [left, right] = [this.groups[a][place], this.groups[b][place]];
      if (!left || !right) break;
      const size = Math.min(left.size, right.size, extent / tied);
      if (left.size % size || right.size % size || !Number.isInteger(size)) {
        // The two structures do not nest: only the identity is sure to be a symmetry.
        const isNews = [...this.groups[a], ...this.groups[b]].some((factor) => !factor.isFixed);
        this.#freeze(a);
        this.#freeze(b);
        return changed || isNews;
      }
      if (left.size > size) this.#split(left, size);
      const other = this.groups[b][place];
      if (other.size > size) this.#split(other, size);
      const [first, second] = [this.groups[a][place], this.groups[b][place]];
      if (first !== second || left.size > size || right.size > size) changed = true;
      if (first !== second) {
        first.isFixed ||= second.isFixed;
        this.#replace(second, [first]);
      }
      tied *= size;
    }
    return changed;
  }
}

/** The factors of every group of a graph. */
export function symmetryFactors(graph: GraphShape): Factors {
  const table = new FactorTable(graph);
  const extent = (block: BlockShape) =>
    block.pattern === 'diagonal' ? graph.groups[block.target].count : block.groups;
  const tying = graph.blocks.filter(({ pattern }) => pattern !== 'dense');
  let isChanging = true;
  while (isChanging) {
    isChanging = false;
    for (const block of tying) {
      if (table.tie(block.source, block.target, extent(block))) isChanging = true;
    }
    for (const [a, b] of graph.ties) {
      if (table.tie(a, b, graph.groups[a].count)) isChanging = true;
    }
  }
  return table.groups;
}

/**
 * A random symmetry: entry i is the new number of node i. Shape [nodeCount]. `onlyGroup`: moves this group and what is tied to
 * it, `onlyFactor`: of it one factor.
 */
export function randomSymmetry(
  graph: GraphShape,
  random: Random,
  onlyGroup?: number,
  onlyFactor?: number,
): Int32Array {
  const factors = symmetryFactors(graph);
  const ofGroup = onlyGroup === undefined ? undefined : factors[onlyGroup];
  const chosen =
    ofGroup && new Set(onlyFactor === undefined ? ofGroup : ofGroup.slice(onlyFactor, onlyFactor + 1));
  const drawn = new Map<Factor, Map<number, Int32Array>>();
  const permutationOf = (factor: Factor, part: number) => {
    const parts = drawn.get(factor) ?? new Map<number, Int32Array>();
    drawn.set(factor, parts);
    const isMoved = !factor.isFixed && (chosen === undefined || chosen.has(factor));
    const identity = () => Int32Array.from({ length: factor.size }, (_, index) => index);
    const permutation = parts.get(part) ?? (isMoved ? randomPermutation(factor.size, random) : identity());
    parts.set(part, permutation);
    return permutation;
  };
  const moved = new Int32Array(graph.nodeCount);
  graph.groups.forEach(({ first, count }, group) => {
    for (let node = 0; node < count; node++) {
      let [from, to, inner] = [0, 0, count];
      for (const factor of factors[group]) {
        inner /= factor.size;
        const index = Math.floor(node / inner) % factor.size;
        to = to * factor.size + permutationOf(factor, from)[index];
        from = from * factor.size + index;
      }
      moved[first + node] = first + to;
    }
  });
  return moved;
}

/**
 * The values of a block after its nodes have moved: the edge between two nodes takes its value along.
 * `permutation` as from randomSymmetry; values and result [edgeCount].
 */
export function permuteBlockValues(
  block: BlockShape,
  graph: GraphShape,
  permutation: Int32Array,
  values: Float32Array,
): Float32Array {
  const source = graph.groups[block.source];
  const target = graph.groups[block.target];
  const moved = new Float32Array(values.length);
  const { taps, pattern } = block;
  const perTarget = pattern === 'diagonal' ? 1 : source.count / block.groups;
  const targetsPerPart = target.count / block.groups;
  for (let t = 0; t < target.count; t++) {
    const newTarget = permutation[target.first + t] - target.first;
    const part = pattern === 'grouped' ? Math.floor(t / targetsPerPart) : 0;
    for (let s = 0; s < perTarget; s++) {
      const newSource = permutation[source.first + part * perTarget + s] - source.first;
      const from = (t * perTarget + s) * taps;
      const place = pattern === 'diagonal' ? 0 : newSource % perTarget;
      const to = (newTarget * perTarget + place) * taps;
      for (let tap = 0; tap < taps; tap++) moved[to + tap] = values[from + tap];
    }
  }
  return moved;
}
