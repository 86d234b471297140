/** How far two models' tensors are from each other, and what that says of the models. */
import { type EdgeBlock, isWeightBlock, type ParameterGraph } from '../graph';
import type { ModelValues } from './classes';

export interface Difference {
  /** ‖first − second‖, and as a share of the longer of the two; infinite where a number that is not finite differs. */
  readonly norm: number;
  readonly relative: number;
  /** ⟨first, second⟩ / (‖first‖ · ‖second‖); 1 for two that are zero, 0 if only one is. */
  readonly cosine: number;
  /** Largest |first − second| of an entry. */
  readonly largest: number;
  readonly rounding: Rounding;
}

/**
 * The coarsest rounding that explains a difference. float32: the largest entry differs by less than 1e-6 of the largest
 * magnitude (sums formed in another order). float16: no entry differs by more than its neighbour in half precision.
 */
export type Rounding = 'exact' | 'float32' | 'float16' | 'none';

export const ROUNDINGS: readonly Rounding[] = ['exact', 'float32', 'float16', 'none'];

/** A tensor of each model that stands at the same place; the part of it that is on the graph. */
export interface TensorDifference {
  readonly first: string;
  readonly second: string;
  readonly kind: EdgeBlock['kind'];
  readonly isWeight: boolean;
  readonly elementCount: number;
  /** All elements are one number: that they agree says nothing. */
  readonly isConstant: boolean;
  /** As the files have them, and aligned. */
  readonly before: Difference;
  readonly after: Difference;
  /**
   * The cosine that matching reaches where there is nothing to find: with values drawn at random from the second model's.
   * Only for models that are different.
   */
  readonly chance?: number;
}

const FLOAT32_ROUNDING = 1e-6;
/** Half precision: 11 bits of significand, and the distance of its smallest numbers. One rounding each way. */
const HALF_SPACING = 2 ** -10;
const HALF_SMALLEST = 2 ** -24;

/** Per tensor how `first` differs from the second model's values before and after they are aligned. Values per block. */
export function tensorDifferences(
  graphs: { readonly first: ParameterGraph; readonly second: ParameterGraph },
  first: ModelValues,
  second: { readonly before: ModelValues; readonly after: ModelValues },
): TensorDifference[] {
  return [...blocksByTensor(graphs.first)].map(([name, indices]) => {
    const values = (of: ModelValues) => indices.map((index) => of[index]);
    const [block, own] = [graphs.first.blocks[indices[0]], values(first)];
    return {
      first: name,
      second: graphs.second.blocks[indices[0]].tensorName ?? '',
      kind: block.kind,
      isWeight: isWeightBlock(block),
      elementCount: own.reduce((total, { length }) => total + length, 0),
      isConstant: own.every((list) => list.every((value) => value === own[0][0])),
      before: difference(own, values(second.before)),
      after: difference(own, values(second.after)),
    };
  });
}

/** Blocks of every tensor; where layers share a part of one, that part's first block only. */
function blocksByTensor({ blocks }: ParameterGraph): Map<string, number[]> {
  const byTensor = new Map<string, number[]>();
  const seen = new Set<string>();
  blocks.forEach(({ values }, index) => {
    if (values.kind === 'constant') return;
    const { tensor, rows, columns, taps } = values;
    const part = `${rows[0] + columns[0] + taps[0]} ${tensor.name}`;
    if (seen.has(part)) return;
    seen.add(part);
    const own = byTensor.get(tensor.name);
    if (own) own.push(index);
    else byTensor.set(tensor.name, [index]);
  });
  return byTensor;
}

/** Of two lists of blocks, element by element. What is not finite is the same only as itself, and left out of the cosine. */
export function difference(first: readonly Float32Array[], second: readonly Float32Array[]): Difference {
  let [squares, ownSquares, otherSquares, product] = [0, 0, 0, 0];
  let [largest, magnitude, isHalf] = [0, 0, true];
  first.forEach((values, list) => {
    const others = second[list];
    for (let index = 0; index < values.length; index++) {
      const a = values[index];
      const b = others[index];
      if (!Number.isFinite(a) || !Number.isFinite(b)) {
        if (!Object.is(a, b)) squares = largest = Number.POSITIVE_INFINITY;
        continue;
      }
      const distance = Math.abs(a - b);
      squares += distance * distance;
      ownSquares += a * a;
      otherSquares += b * b;
      product += a * b;
      largest = Math.max(largest, distance);
      magnitude = Math.max(magnitude, Math.abs(a), Math.abs(b));
      if (distance > HALF_SPACING * Math.abs(a) + HALF_SMALLEST) isHalf = false;
    }
  });
  const norm = Math.sqrt(squares);
  const longer = Math.sqrt(Math.max(ownSquares, otherSquares));
  const both = Math.sqrt(ownSquares * otherSquares);
  return {
    ...{ norm, largest },
    relative: norm > 0 ? norm / longer : 0,
    cosine: both > 0 ? product / both : longer > 0 ? 0 : 1,
    rounding: roundingOf(largest, magnitude, isHalf),
  };
}

function roundingOf(largest: number, magnitude: number, isHalf: boolean): Rounding {
  if (largest === 0) return 'exact';
  if (!Number.isFinite(largest)) return 'none';
  if (largest <= FLOAT32_ROUNDING * magnitude) return 'float32';
  return isHalf ? 'float16' : 'none';
}

export type Verdict =
  /** The same function, up to the order of neurons and rounding. */
  | { readonly kind: 'same'; readonly rounding: Exclude<Rounding, 'none'> }
  /** Weights of other layers are the same numbers: these tensors are not, or what layers do with them differs. */
  | { readonly kind: 'sameExcept'; readonly tensors: readonly TensorDifference[] }
  /** No layer's weights are the same. Means over all weights of the cosines per tensor say how alike they are. */
  | { readonly kind: 'different'; readonly cosine: Readonly<Record<'before' | 'after' | 'chance', number>> };

/** `haveSameSettings`: the layers do the same with their parameters. */
export function verdictOf(tensors: readonly TensorDifference[], haveSameSettings: boolean): Verdict {
  const coarsest = ROUNDINGS[Math.max(0, ...tensors.map(({ after }) => ROUNDINGS.indexOf(after.rounding)))];
  if (coarsest !== 'none' && haveSameSettings) return { kind: 'same', rounding: coarsest };
  const isSame = ({ after }: TensorDifference) => after.rounding === 'exact' || after.rounding === 'float32';
  if (tensors.some((tensor) => tensor.isWeight && !tensor.isConstant && isSame(tensor))) {
    return { kind: 'sameExcept', tensors: tensors.filter((tensor) => !isSame(tensor)) };
  }
  const cosine = (of: (tensor: TensorDifference) => number) => meanOverWeights(tensors, of);
  return {
    kind: 'different',
    cosine: {
      before: cosine(({ before }) => before.cosine),
      after: cosine(({ after }) => after.cosine),
      chance: cosine(({ chance }) => chance ?? Number.NaN),
    },
  };
}

/** NaN for models without weights. */
function meanOverWeights(
  tensors: readonly TensorDifference[],
  read: (tensor: TensorDifference) => number,
): number {
  const weights = tensors.filter(({ isWeight }) => isWeight);
  const count = weights.reduce((total, { elementCount }) => total + elementCount, 0);
  return weights.reduce((total, tensor) => total + read(tensor) * tensor.elementCount, 0) / count;
}
