/**
 * The numbers of ./arrangement as ONNX operators, for metanets that are taken elsewhere. Which of them can be formed is known from
 * the architecture and decided here; whether weights are all 0, or all the same, is for the operators to see.
 *
 * They compute in float32, so the formulas are turned until that suffices. Weights are divided by the largest of them,
 * u = w / max |w|: fourth powers of small ones do not vanish, and sums of equal ones are equal. With N weights and the
 * deviations d of u or of u² from their mean:
 *
 *   F ratios   log( Σ over groups of (Σ of d in the group)² / Σ d² )
 *   spectra    log( ‖M Mᵀ‖² / ‖u‖⁴ · (a b + 2) / (a + b + 1) ), by the smaller of M Mᵀ and Mᵀ M, with u laid out as M[a, b]
 *   shape      log( √N max |u| / ‖u‖ ), log( N Σ u⁴ / ‖u‖⁴ )
 *
 * Sums over a tensor are of sums over its rows: of a million numbers added up in one go three digits are right.
 *
 * Everything is a fraction within a logarithm or an asinh. Those of all tensors (or pairs, or vectors) are gathered into a matrix
 * before that: a row for each. Tensors are [targets, sources · taps], lists [n, 1], single numbers [1, 1].
 */
import type { OnnxGraph } from '../../formats/onnx/write-onnx';
import { type GraphShape, isWeightBlock } from '../../graph';
import { LEAST_SIZE } from './correlation';
import { isGramFormed } from './gram';
import { LEAST } from './numbers';
import { arrangementRows, type BesideRow, type End, type TensorRow } from './rows';
import { COUNTS } from './summary';
import { type Axis, matrixShape } from './weights';

/** The order of a tensor's axes where it is laid out as a matrix with these rows. */
const ORDERS = { source: [1, 0, 2], tap: [2, 0, 1] } as const;

type Reduction = 'ReduceSum' | 'ReduceSumSquare' | 'ReduceMean' | 'ReduceMax' | 'ReduceMin';

/** factor · numerator / denominator; the latter two are values of the ONNX graph. */
interface Fraction {
  readonly factor: number;
  readonly numerator: string;
  readonly denominator: string;
}

/** What writes neurons, and what reads them. */
interface Pair {
  readonly writer: TensorRow;
  readonly reader: TensorRow;
}

/** What reads each neuron on its own, a depthwise convolution, has no Gram matrix over all of them. */
const areOfSameNeurons = ({ writer, reader }: Pair) => writer.targets === reader.sources;

/**
 * The numbers of ./arrangement of a network whose blocks' values are these tensors of the ONNX graph, in edge order. Returns the
 * name of a tensor [1, ARRANGEMENT_FEATURES].
 */
export function arrangementToOnnx(onnx: OnnxGraph, graph: GraphShape, values: readonly string[]): string {
  return new Export(onnx, graph, values).run();
}

class Export {
  readonly #written = new Map<string, string>();

  constructor(
    readonly onnx: OnnxGraph,
    readonly graph: GraphShape,
    readonly values: readonly string[],
  ) {}

  run(): string {
    const { tensors, vectors, besideWriters, besideReaders } = arrangementRows(this.graph);
    const byBlock: TensorRow[] = [];
    for (const tensor of tensors) byBlock[tensor.block] = tensor;
    const pairs = tensors.flatMap((reader) =>
      reader.writers.map((writer) => ({ writer: byBlock[writer], reader })),
    );
    const beside = (end: End) => (rows: readonly BesideRow[]) =>
      this.#correlations(rows.map(({ vector, tensor }) => this.#beside(vector, byBlock[tensor], end)));
    const families = [
      this.#summary(tensors, COUNTS.tensors, (rows) =>
        this.#logarithms(rows.map((tensor) => this.#ofTensor(tensor))),
      ),
      this.#summary(pairs, COUNTS.pairs, (rows) => this.#ofPairs(rows)),
      this.#summary(vectors, COUNTS.vectors, (rows) =>
        this.#logarithms(rows.map((vector) => this.#ofVector(vector))),
      ),
      this.#summary(besideWriters, COUNTS.besideWriters, beside('target')),
      this.#summary(besideReaders, COUNTS.besideReaders, beside('source')),
    ];
    return this.#op('Concat', families, { axis: 1 });
  }

  /** [1, 5 · count], of a matrix [rows, count] of numbers. */
  #summary<Row>(rows: readonly Row[], count: number, numbersOf: (rows: readonly Row[]) => string): string {
    if (rows.length === 0) return this.#constant(new Array(5 * count).fill(0));
    const numbers = numbersOf(rows);
    const over = (['ReduceMean', 'ReduceMax', 'ReduceMin'] as const).map((type) =>
      this.#reduce(type, numbers, 0),
    );
    const ends = [0, rows.length - 1].map((row) =>
      this.#op('Gather', [numbers, this.#integers([row])], { axis: 0 }),
    );
    return this.#op('Concat', [...over, ...ends], { axis: 1 });
  }

  /** 0 of 0, and of 0 / 0. */
  #logarithms(rows: readonly (readonly Fraction[])[]): string {
    const { numerators, denominators } = this.#gathered(rows);
    return this.#op('Log', [this.#positive(this.#ratio(numerators, denominators))]);
  }

  #correlations(rows: readonly (readonly Fraction[])[]): string {
    const { numerators, denominators } = this.#gathered(rows);
    const least = this.#constant([LEAST_SIZE]);
    // A NaN would not be chosen below, but spoil gradients.
    const ratios = this.#op('Div', [numerators, this.#op('Max', [denominators, least])]);
    const isLarge = this.#op('Greater', [denominators, least]);
    return this.#op('Where', [isLarge, this.#op('Asinh', [ratios]), this.#constant([0])]);
  }

  /** As matrices. */
  #gathered(rows: readonly (readonly Fraction[])[]): { numerators: string; denominators: string } {
    const dims = [rows.length, rows[0].length];
    const all = rows.flat();
    const matrix = (values: readonly string[]) =>
      this.#reshape(this.#op('Concat', values, { axis: 1 }), dims);
    const factors = this.#constant(
      all.map(({ factor }) => factor),
      dims,
    );
    return {
      numerators: this.#times(matrix(all.map(({ numerator }) => numerator)), factors),
      denominators: matrix(all.map(({ denominator }) => denominator)),
    };
  }

  /** Stands for what cannot be formed: 0 in the end. */
  get #none(): Fraction {
    return { factor: 1, numerator: this.#constant([0]), denominator: this.#constant([1]) };
  }

  #ofTensor(tensor: TensorRow): Fraction[] {
    const { block, sources, taps, isWhole } = tensor;
    const u = this.#scaled(block);
    return [
      ...this.#fRatios(u, tensor),
      ...this.#fRatios(this.#squared(u), tensor),
      isWhole ? this.#spectrum(tensor, 'target') : this.#none,
      isWhole ? this.#spectrum(tensor, 'source') : this.#none,
      this.#spectrum(tensor, 'tap'),
      ...this.#shape(block),
      this.#scale(this.#valuesOf(block), block, sources * taps),
    ];
  }

  #ofVector(block: number): Fraction[] {
    const values = this.#valuesOf(block);
    const fromOne = this.#op('Sub', [values, this.#constant([1])]);
    return [this.#scale(values, block, 1), this.#scale(fromOne, block, 1), ...this.#shape(block)];
  }

  #ofPairs(pairs: readonly Pair[]): string {
    const rows = pairs.map((pair) => {
      if (!areOfSameNeurons(pair)) return [this.#none, this.#none, this.#none];
      return [this.#product(pair), ...this.#entries(pair)];
    });
    const products = this.#logarithms(rows.map(([product]) => [product]));
    const entries = this.#correlations(rows.map(([, ...both]) => both));
    return this.#op('Concat', [products, entries], { axis: 1 });
  }

  /** n tr(PQ) / (tr P tr Q) */
  #product({ writer, reader }: Pair): Fraction {
    const entries = this.#times(this.#gram(writer, 'target'), this.#gram(reader, 'source'));
    return {
      factor: reader.sources,
      numerator: this.#sum(entries),
      denominator: this.#times(this.#squares(writer.block), this.#squares(reader.block)),
    };
  }

  /** [2]: above the diagonals, and on them. */
  #entries({ writer, reader }: Pair): Fraction[] {
    const above = [this.#above(writer, 'target'), this.#above(reader, 'source')];
    const on = [this.#rowSquares(writer, 'target'), this.#rowSquares(reader, 'source')];
    const count = reader.sources;
    return [
      this.#correlation(above, (count * (count - 1)) / 2),
      this.#correlation(
        on.map((list) => this.#centred(list)),
        count,
      ),
    ];
  }

  /** [2] */
  #beside(vector: number, tensor: TensorRow, end: End): Fraction[] {
    const { edgeCount } = this.graph.blocks[vector];
    return [this.#logarithmsOfSquares(tensor, end), this.#rowSums(tensor, end)].map((strengths) =>
      this.#correlation([this.#centred(this.#valuesOf(vector)), this.#centred(strengths)], edgeCount),
    );
  }

  /** [4]: by target, source, pair and tap. */
  #fRatios(matrix: string, { targets, sources, taps, isWhole }: TensorRow): Fraction[] {
    const mean = this.#reduce('ReduceMean', this.#reduce('ReduceMean', matrix, 1), 0);
    const deviations = this.#op('Sub', [matrix, mean]);
    const cube = this.#reshape(deviations, [targets, sources, taps]);
    const over = (axis: number) => this.#op('ReduceSum', [cube, this.#integers([axis])], { keepdims: 0 });
    const [byPair, byTap] = [over(2), over(1)];
    const ratio = (groups: number, sums: () => string): Fraction => {
      // Means of one group, or of single numbers, have no ratio.
      if (groups < 2 || groups === targets * sources * taps) return this.#none;
      const [numerator, denominator] = [sums(), deviations].map((x) => this.#sumOfSquares(x));
      return { factor: 1, numerator, denominator };
    };
    return [
      ratio(targets, () => this.#reduce('ReduceSum', byPair, 1)),
      ratio(isWhole ? sources : 0, () => this.#reduce('ReduceSum', byPair, 0)),
      ratio(targets * sources, () => byPair),
      ratio(taps, () => this.#reduce('ReduceSum', byTap, 0)),
    ];
  }

  #spectrum(tensor: TensorRow, axis: Axis): Fraction {
    const { rows, columns } = matrixShape(tensor, axis);
    const smaller = { rows: Math.min(rows, columns), columns: Math.max(rows, columns) };
    if (smaller.rows < 2 || !isGramFormed(smaller)) return this.#none;
    const products = rows <= columns ? this.#gram(tensor, axis) : this.#products(tensor, axis, 'transA');
    return {
      factor: (rows * columns + 2) / (rows + columns + 1),
      numerator: this.#sumOfSquares(products),
      denominator: this.#squared(this.#squares(tensor.block)),
    };
  }

  /** [2] */
  #shape(block: number): Fraction[] {
    const { edgeCount } = this.graph.blocks[block];
    const u = this.#scaled(block);
    const squares = this.#squares(block);
    return [
      {
        factor: Math.sqrt(edgeCount),
        numerator: this.#largest(u),
        denominator: this.#op('Sqrt', [squares]),
      },
      {
        factor: edgeCount,
        numerator: this.#sumOfSquares(this.#squared(u)),
        denominator: this.#squared(squares),
      },
    ];
  }

  /** ε + rms · √fan-in, of a list as long as the block's. */
  #scale(list: string, block: number, fanIn: number): Fraction {
    const factor = Math.sqrt(fanIn / this.graph.blocks[block].edgeCount);
    const numerator = this.#op('Add', [this.#length(list), this.#constant([LEAST / factor])]);
    return { factor, numerator, denominator: this.#constant([1]) };
  }

  /** √n x·y / (|x| |y|) */
  #correlation([x, y]: readonly string[], count: number): Fraction {
    return {
      factor: Math.sqrt(count),
      numerator: this.#sum(this.#times(x, y)),
      denominator: this.#times(this.#length(x), this.#length(y)),
    };
  }

  /** From the first number, then from the mean: of equal ones nothing is left. */
  #centred(list: string): string {
    const first = this.#op('Gather', [list, this.#integers([0])], { axis: 0 });
    const moved = this.#op('Sub', [list, first]);
    return this.#op('Sub', [moved, this.#reduce('ReduceMean', moved, 0)]);
  }

  /** A tensor's, or a vector's as a list. */
  #valuesOf(block: number): string {
    const { target, edgeCount, kind } = this.graph.blocks[block];
    const rows = isWeightBlock({ kind }) ? this.graph.groups[target].count : edgeCount;
    return this.#reshape(this.values[block], [rows, edgeCount / rows]);
  }

  #largest(x: string): string {
    return this.#op('ReduceMax', [this.#op('Abs', [x])], { keepdims: 1 });
  }

  /** u */
  #scaled(block: number): string {
    const values = this.#valuesOf(block);
    return this.#ratio(values, this.#largest(values));
  }

  /** ‖u‖² */
  #squares(block: number): string {
    return this.#sumOfSquares(this.#scaled(block));
  }

  /** u as a matrix. */
  #laidOut(tensor: TensorRow, axis: Axis): string {
    const { block, targets, sources, taps } = tensor;
    const { rows, columns } = matrixShape(tensor, axis);
    if (axis === 'target') return this.#scaled(block);
    const u = this.#reshape(this.#scaled(block), [targets, sources, taps]);
    return this.#reshape(this.#op('Transpose', [u], { perm: ORDERS[axis] }), [rows, columns]);
  }

  /** Mᵀ M or M Mᵀ, of u. */
  #products(tensor: TensorRow, axis: Axis, transposed: 'transA' | 'transB'): string {
    const matrix = this.#laidOut(tensor, axis);
    return this.#op('Gemm', [matrix, matrix], { [transposed]: 1 });
  }

  #gram(tensor: TensorRow, axis: Axis): string {
    return this.#products(tensor, axis, 'transB');
  }

  /** What is known of u², as it is of w². */
  #inSquares(x: string, { block }: TensorRow): string {
    return this.#times(x, this.#squared(this.#largest(this.#valuesOf(block))));
  }

  /** The Gram matrix of w above its diagonal, and 0 elsewhere. */
  #above(tensor: TensorRow, end: End): string {
    const above = [this.#gram(tensor, end), this.#integers([1], [])];
    return this.#inSquares(this.#op('Trilu', above, { upper: 1 }), tensor);
  }

  /** Σ w² over its rows: the diagonal of its Gram matrix. */
  #rowSquares(tensor: TensorRow, end: End): string {
    return this.#inSquares(this.#reduce('ReduceSumSquare', this.#laidOut(tensor, end), 1), tensor);
  }

  /** Σ w over its rows. */
  #rowSums(tensor: TensorRow, end: End): string {
    const sums = this.#reduce('ReduceSum', this.#laidOut(tensor, end), 1);
    return this.#times(sums, this.#largest(this.#valuesOf(tensor.block)));
  }

  /** log( ε² + Σ w² ), from that of the largest: where all are the same, all are 0. */
  #logarithmsOfSquares(tensor: TensorRow, end: End): string {
    const floored = this.#op('Add', [this.#rowSquares(tensor, end), this.#constant([LEAST ** 2])]);
    return this.#op('Log', [this.#op('Div', [floored, this.#reduce('ReduceMax', floored, 0)])]);
  }

  /** 1 in the place of 0. */
  #positive(x: string): string {
    return this.#op('Where', [this.#op('Greater', [x, this.#constant([0])]), x, this.#constant([1])]);
  }

  /** 0 / 0 = 0 */
  #ratio(x: string, y: string): string {
    return this.#op('Div', [x, this.#positive(y)]);
  }

  #length(x: string): string {
    return this.#op('Sqrt', [this.#sumOfSquares(x)]);
  }

  #sum(matrix: string): string {
    return this.#reduce('ReduceSum', this.#reduce('ReduceSum', matrix, 1), 0);
  }

  #sumOfSquares(matrix: string): string {
    return this.#reduce('ReduceSum', this.#reduce('ReduceSumSquare', matrix, 1), 0);
  }

  #times(x: string, y: string): string {
    return this.#op('Mul', [x, y]);
  }

  #squared(x: string): string {
    return this.#times(x, x);
  }

  #reshape(x: string, dims: readonly number[]): string {
    return this.#op('Reshape', [x, this.#integers(dims)]);
  }

  /** Over a matrix's rows (axis 0) or columns. */
  #reduce(type: Reduction, matrix: string, axis: 0 | 1): string {
    return this.#op(type, [matrix, this.#integers([axis])], { keepdims: 1 });
  }

  #constant(values: readonly number[], dims: readonly number[] = [1, values.length]): string {
    return this.#once(['float', values, dims], () => this.onnx.constant(values, dims));
  }

  #integers(values: readonly number[], dims: readonly number[] = [values.length]): string {
    return this.#once(['integers', values, dims], () => this.onnx.integers(values, dims));
  }

  #op(...operator: Parameters<OnnxGraph['op']>): string {
    return this.#once(operator, () => this.onnx.op(...operator));
  }

  /** The formulas ask for the same matrices and sums again and again: each is written once. */
  #once(what: unknown, write: () => string): string {
    const key = JSON.stringify(what);
    const name = this.#written.get(key) ?? write();
    this.#written.set(key, name);
    return name;
  }
}
