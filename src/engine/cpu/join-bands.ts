/** What the bands made, joined in their order. */
import { type GraphShape, sourcesPerTarget, targetsPerSource } from '../../graph';
import { DEVIATION_EPSILON, incomingKind, KINDS, OUTGOING } from '../../metanets/gmn/gmn';
import { type Band, sourceRows } from '../bands';

/** Adds a band's sums to those of all nodes, [nodes, KINDS, H]. */
export function addSums(
  sums: Float64Array,
  band: Band,
  graph: GraphShape,
  width: number,
  targetSums: Float32Array,
  sourceSums: Float32Array,
): void {
  const add = (rows: Float32Array, count: number, firstNode: number, kind: number) => {
    for (let row = 0; row < count; row++) {
      const to = ((firstNode + row) * KINDS + kind) * width;
      const from = row * width;
      for (let k = 0; k < width; k++) sums[to + k] += rows[from + k];
    }
  };
  add(targetSums, band.targets, band.firstTarget, incomingKind(graph.blocks[band.block]));
  add(sourceSums, sourceRows(band), band.firstSource, OUTGOING);
}

/** Edges of each kind at every node, [nodes, KINDS]. */
export function edgeCounts(graph: GraphShape): Float64Array {
  const counts = new Float64Array(graph.nodeCount * KINDS);
  graph.blocks.forEach((block) => {
    const add = (group: number, kind: number, edges: number) => {
      const { first, count } = graph.groups[group];
      for (let node = first; node < first + count; node++) counts[node * KINDS + kind] += edges;
    };
    add(block.target, incomingKind(block), sourcesPerTarget(block, graph.groups));
    add(block.source, OUTGOING, targetsPerSource(block, graph.groups));
  });
  return counts;
}

/** Mean and deviation of the states of every block, from means and sums of squared distances of its bands. */
export class BlockPool {
  readonly #counts: Float64Array;
  /** [blocks, 2·H]: means, sums of squared distances. */
  readonly #states: Float64Array;

  constructor(
    readonly graph: GraphShape,
    readonly width: number,
  ) {
    this.#counts = new Float64Array(graph.blocks.length);
    this.#states = new Float64Array(graph.blocks.length * 2 * width);
  }

  /** Joins a band's [2, H] (Chan, Golub and LeVeque). */
  join({ block, pairCount }: Band, pooled: Float32Array): void {
    const { width } = this;
    const count = this.#counts[block];
    const share = pairCount / (count + pairCount);
    const at = block * 2 * width;
    for (let k = 0; k < width; k++) {
      const distance = pooled[k] - this.#states[at + k];
      this.#states[at + k] += distance * share;
      this.#states[at + width + k] += pooled[width + k] + distance * distance * count * share;
    }
    this.#counts[block] += pairCount;
  }

  /** [blocks, 2·H]: mean, standard deviation (ε under the root). */
  finish(): Float64Array {
    const { width } = this;
    return this.#states.map((value, index) =>
      index % (2 * width) < width
        ? value
        : Math.sqrt(value / this.#counts[Math.floor(index / (2 * width))] + DEVIATION_EPSILON),
    );
  }
}
