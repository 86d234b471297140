/**
 * How alike the elements of two models are, given the partners of all that they are linked with: the sum, over their
 * parameters, of the products of corresponding values. Each parameter counts in units of its block's root mean square, so
 * that running variances do not drown weights.
 */
import type { EdgeBlock, ParameterGraph } from '../graph';
import type { Pace } from '../pace';
import { firstSource, type PairShape, pairShape } from './block-loop';
import type { Both, ModelValues } from './classes';
import { type Elements, type Partners, partnersOfGroup } from './elements';
import { addProducts } from './products';

/** What matching needs to know of two models; made once. */
export interface Problem {
  readonly graph: ParameterGraph;
  readonly elements: Elements;
  readonly values: Both<ModelValues>;
  /** Per block 1 / (root mean square of the first · of the second); 0 for blocks that tell nothing. */
  readonly weights: readonly number[];
}

export function newProblem(graph: ParameterGraph, elements: Elements, values: Both<ModelValues>): Problem {
  const weights = graph.blocks.map((block, index) => {
    if (block.values.kind === 'constant') return 0;
    const scale = rootMeanSquare(values.first[index]) * rootMeanSquare(values.second[index]);
    return scale > 0 ? 1 / scale : 0;
  });
  return { graph, elements, values, weights };
}

/** NaN and infinities say nothing about likeness. */
const finite = (value: number) => (Number.isFinite(value) ? value : 0);

function rootMeanSquare(values: Float32Array): number {
  let squares = 0;
  for (let index = 0; index < values.length; index++) squares += finite(values[index]) ** 2;
  return Math.sqrt(squares / values.length);
}

/** [count, count] for a branch that groups lie on: all its elements of the first model with all of the second. */
export async function branchSimilarity(
  problem: Problem,
  branch: number,
  partners: Partners,
  pace: Pace,
): Promise<Float64Array> {
  const { graph, elements, values, weights } = problem;
  const { count } = elements.branches[branch];
  const similarity = new Float64Array(count * count);
  for (const [index, block] of graph.blocks.entries()) {
    if (weights[index] === 0) continue;
    for (const end of endsOn(block, elements, branch)) {
      const first = incomingValues(problem, block, end, values.first[index], partners);
      const second = incomingValues(problem, block, end, values.second[index], undefined);
      await addProducts(similarity, first, second, count, weights[index], pace);
    }
  }
  return similarity;
}

type End = 'target' | 'source';

/** The ends of a block that lie on a branch; one-to-one blocks are met once. */
function endsOn(block: EdgeBlock, { branchOf }: Elements, branch: number): End[] {
  const ends: End[] = [];
  if (branchOf[block.target] === branch) ends.push('target');
  if (branchOf[block.source] === branch && block.pattern !== 'diagonal') ends.push('source');
  return ends;
}

/**
 * Per node of one end of a block the values of its edges: [nodes, met · taps]. `partners` puts what the first model's nodes
 * meet into the order of the second; what has no partner yet is left out (0). In a grouped block the place within the part
 * is what counts: which part it is, is up to the node.
 */
function incomingValues(
  { graph, elements }: Problem,
  block: EdgeBlock,
  end: End,
  values: Float32Array,
  partners: Partners | undefined,
): Float32Array {
  const shape = pairShape(block, graph);
  const { taps } = shape;
  const other = end === 'target' ? block.source : block.target;
  const places = placesOf(partners && partnersOfGroup(elements, partners, other), shape, end);
  const met = end === 'target' ? shape.perTarget : shape.perSource;
  const nodes = end === 'target' ? shape.targets : shape.sources;
  const rows = new Float32Array(nodes * met * taps);
  let edge = 0;
  for (let target = 0; target < shape.targets; target++) {
    const first = firstSource(shape, target);
    for (let source = first; source < first + shape.perTarget; source++, edge += taps) {
      const [node, place] = end === 'target' ? [target, places[source]] : [source, places[target]];
      if (place < 0) continue;
      const at = (node * met + place) * taps;
      for (let tap = 0; tap < taps; tap++) rows[at + tap] = finite(values[edge + tap]);
    }
  }
  return rows;
}

/** Per node of the other end its place among those that a node meets; -1 where it has no partner yet. */
function placesOf(partners: Int32Array | undefined, shape: PairShape, end: End): Int32Array {
  const met = end === 'target' ? shape.perTarget : shape.perSource;
  const count = end === 'target' ? shape.sources : shape.targets;
  return Int32Array.from({ length: count }, (_, node) => {
    if (met === 1) return 0;
    const partner = partners ? partners[node] : node;
    return partner < 0 ? -1 : partner % met;
  });
}

/** The similarity of the models as they are aligned: Σ over blocks of weight · ⟨first, aligned second⟩. */
export function likeness({ graph, elements, values, weights }: Problem, partners: Partners): number {
  let total = 0;
  graph.blocks.forEach((block, index) => {
    if (weights[index] === 0) return;
    const aligned = alignedValues(block, graph, elements, partners, values.second[index]);
    const own = values.first[index];
    let sum = 0;
    for (let edge = 0; edge < own.length; edge++) sum += finite(own[edge]) * finite(aligned[edge]);
    total += weights[index] * sum;
  });
  return total;
}

/** The second model's values of a block, in the first one's order: [edgeCount]. */
export function alignedValues(
  block: EdgeBlock,
  graph: ParameterGraph,
  elements: Elements,
  partners: Partners,
  values: Float32Array,
): Float32Array {
  const shape = pairShape(block, graph);
  const { taps, perTarget } = shape;
  const sources = partnersOfGroup(elements, partners, block.source);
  const targets = partnersOfGroup(elements, partners, block.target);
  const aligned = new Float32Array(values.length);
  let edge = 0;
  for (let target = 0; target < shape.targets; target++) {
    const first = firstSource(shape, target);
    for (let source = first; source < first + perTarget; source++) {
      const from = (targets[target] * perTarget + (sources[source] % perTarget)) * taps;
      for (let tap = 0; tap < taps; tap++) aligned[edge++] = values[from + tap];
    }
  }
  return aligned;
}
