/**
 * The computation graph of a feed-forward network (Lim et al., ICLR 2024, section 2): every neuron a node, at every position
 * where a layer is evaluated; every product of a weight with an activation an edge. A node's value is
 *
 *   x_j = φ_j( Σ over edges i → j of w_ij · x_i + b_j )
 *
 * Weights that a convolution shares stand on many edges; this is what tells it from the parameter graph, in which they stand
 * on one. Nodes without incoming edges hold the network's input and constants in b. Edges are sorted by their target.
 */
import { UnsupportedModelError } from '../../network';
import { IDENTITY, type Nonlinearity, RELU, SQUARE } from './nonlinearity';

export interface ComputationGraph {
  readonly nodeCount: number;
  readonly edgeCount: number;
  /** The nonlinearities that occur; φ_j is entry labels[j]. */
  readonly nonlinearities: readonly Nonlinearity[];
  /** [nodes] */
  readonly labels: Uint8Array;
  readonly biases: Float64Array;
  /** Edges on the longest path to each node. */
  readonly depths: Int32Array;
  /** [nodes + 1]: edges into node j are firstEdges[j] to firstEdges[j + 1]. */
  readonly firstEdges: Int32Array;
  /** [edges] */
  readonly sources: Int32Array;
  readonly weights: Float64Array;
  /** Deepest of `depths`. */
  readonly depth: number;
}

/** 12 bytes each, and as much again for a moment while there come to be more; a million are written out and run in a fifth of a second. */
export const MAX_EDGES = 45_000_000;
const MAX_NODES = 4_000_000;
const MAX_NONLINEARITIES = 255;

/** Half as many elements more, of large lists; small ones double. */
const LARGE = 2 ** 22;

/** A copy with room for `length` elements, with some to spare. Throws RangeError where there is no memory for it. */
function grown<Elements extends Uint8Array | Int32Array | Float64Array>(
  old: Elements,
  length: number,
): Elements {
  if (length <= old.length) return old;
  const roomy = Math.ceil(old.length * (old.length < LARGE ? 2 : 1.5));
  const larger = new (old.constructor as new (length: number) => Elements)(Math.max(length, roomy));
  larger.set(old);
  return larger;
}

/** Builds a graph node by node: edges belong to the node that was added last, and come from earlier ones. */
export class ComputationGraphBuilder {
  #nodeCount = 0;
  #edgeCount = 0;
  #nonlinearities: Nonlinearity[] = [IDENTITY];
  #labels = new Uint8Array(1024);
  #biases = new Float64Array(1024);
  #depths = new Int32Array(1024);
  #firstEdges = new Int32Array(1024);
  #sources = new Int32Array(4096);
  #weights = new Float64Array(4096);

  constructor(readonly fileName: string) {}

  /** Throws UnsupportedModelError beyond MAX_NODES. */
  addNode(bias = 0, nonlinearity = IDENTITY): number {
    const node = this.#nodeCount++;
    if (node === MAX_NODES) throw this.#tooLarge(`more than ${MAX_NODES.toLocaleString('en')} activations`);
    this.#labels = grown(this.#labels, node + 1);
    this.#biases = grown(this.#biases, node + 1);
    this.#depths = grown(this.#depths, node + 1);
    this.#firstEdges = grown(this.#firstEdges, node + 2);
    this.#labels[node] = this.#labelOf(nonlinearity);
    this.#biases[node] = bias;
    this.#firstEdges[node + 1] = this.#edgeCount;
    return node;
  }

  /** An edge into the node that was added last. Throws UnsupportedModelError beyond MAX_EDGES. */
  addEdge(source: number, weight: number): void {
    const edge = this.#edgeCount++;
    if (edge === MAX_EDGES) {
      throw this.#tooLarge(
        `more than ${MAX_EDGES.toLocaleString('en')} products of a weight and an activation`,
      );
    }
    this.#growEdges(edge + 1);
    this.#sources[edge] = source;
    this.#weights[edge] = weight;
    const node = this.#nodeCount - 1;
    this.#firstEdges[node + 1] = this.#edgeCount;
    this.#depths[node] = Math.max(this.#depths[node], this.#depths[source] + 1);
  }

  #growEdges(count: number): void {
    try {
      this.#sources = grown(this.#sources, count);
      this.#weights = grown(this.#weights, count);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw this.#tooLarge('more edges than there is memory for');
    }
  }

  /** A node whose value is Σ w·x under a nonlinearity. */
  addSum(sources: readonly number[], weights: readonly number[], nonlinearity = IDENTITY): number {
    const node = this.addNode(0, nonlinearity);
    sources.forEach((source, index) => {
      this.addEdge(source, weights[index]);
    });
    return node;
  }

  /** Σ x under a nonlinearity. */
  addTotal(nodes: readonly number[], nonlinearity = IDENTITY): number {
    return this.addSum(nodes, new Array<number>(nodes.length).fill(1), nonlinearity);
  }

  /** Σ x / count */
  addMean(nodes: readonly number[], count = nodes.length): number {
    return this.addSum(nodes, new Array<number>(nodes.length).fill(1 / count));
  }

  /** max(x, y) = y + relu(x − y) */
  addMaximum(x: number, y: number): number {
    return this.addTotal([y, this.addSum([x, y], [1, -1], RELU)]);
  }

  /** The largest of some nodes, two and two; of one, the node itself. */
  addLargest(nodes: readonly number[]): number {
    let left = nodes;
    while (left.length > 1) {
      left = Array.from({ length: Math.ceil(left.length / 2) }, (_, pair) => {
        const [x, y] = left.slice(2 * pair, 2 * pair + 2);
        return y === undefined ? x : this.addMaximum(x, y);
      });
    }
    return left[0];
  }

  /** x·y = ((x + y)² − (x − y)²) / 4, with nodes whose nonlinearity is the square. */
  addProduct(x: number, y: number): number {
    const squareOf = (factor: number) => this.addSum([x, y], [1, factor], SQUARE);
    return x === y ? this.addSum([x], [1], SQUARE) : this.addSum([squareOf(1), squareOf(-1)], [0.25, -0.25]);
  }

  get nodeCount(): number {
    return this.#nodeCount;
  }

  /** The node is a sum, under no nonlinearity. */
  isLinear(node: number): boolean {
    return this.#labels[node] === 0 && this.#firstEdges[node + 1] > this.#firstEdges[node];
  }

  /** Puts factor · x + shift in the place of a linear node's x. */
  rescale(node: number, factor: number, shift: number): void {
    this.#biases[node] = factor * this.#biases[node] + shift;
    for (let edge = this.#firstEdges[node]; edge < this.#firstEdges[node + 1]; edge++)
      this.#weights[edge] *= factor;
  }

  /** Puts φ(x) in the place of a linear node's x. */
  activate(node: number, nonlinearity: Nonlinearity): void {
    this.#labels[node] = this.#labelOf(nonlinearity);
  }

  finish(): ComputationGraph {
    const [nodes, edges] = [this.#nodeCount, this.#edgeCount];
    const depths = this.#depths.slice(0, nodes);
    return {
      nodeCount: nodes,
      edgeCount: edges,
      nonlinearities: this.#nonlinearities,
      labels: this.#labels.slice(0, nodes),
      biases: this.#biases.slice(0, nodes),
      depths,
      firstEdges: this.#firstEdges.slice(0, nodes + 1),
      // Not copied: they are the most of the memory.
      sources: this.#sources.subarray(0, edges),
      weights: this.#weights.subarray(0, edges),
      depth: depths.reduce((most, depth) => Math.max(most, depth), 0),
    };
  }

  #labelOf(nonlinearity: Nonlinearity): number {
    const known = this.#nonlinearities.findIndex(({ name }) => name === nonlinearity.name);
    if (known >= 0) return known;
    if (this.#nonlinearities.length === MAX_NONLINEARITIES)
      throw this.#tooLarge(`more than ${MAX_NONLINEARITIES} kinds of nonlinearities`);
    return this.#nonlinearities.push(nonlinearity) - 1;
  }

  #tooLarge(what: string): UnsupportedModelError {
    const advice = 'Open a smaller network, or one that takes smaller inputs.';
    return new UnsupportedModelError(`The computation graph has ${what}`, this.fileName, advice);
  }
}
