/**
 * Weights that PyTorch computes whenever a layer runs, from tensors that stand in the file in their place: a direction and a
 * length (weight norm), a weight and its largest singular vectors (spectral norm), a weight and what was pruned of it.
 */
import { readTensor, type StoredTensor } from '../../../formats';
import { product } from '../../activation';
import { StoredFormError, type Tensors } from './stored-form-error';

type Shape = readonly number[];
type Values = Float32Array<ArrayBuffer>;

interface Form {
  /** What it is called where tensors are listed. */
  readonly label: string;
  /** Of the tensors that the weight is computed from, so many were learned; the others are constants. */
  readonly learned: number;
  /** The axis along which the other tensors count, −1 for none; undefined where they do not fit the first. */
  axis(shapes: readonly Shape[]): number | undefined;
  /** Changes the elements of the first tensor, which has the weight's shape, into those of the weight. */
  apply(values: readonly Values[], shape: Shape, axis: number): void;
}

/** Calls `visit` for every element with its place along the axis, and its place along all others. */
function forEachAlong(
  shape: Shape,
  axis: number,
  visit: (index: number, along: number, across: number) => void,
): void {
  const [size, inner, count] = [axis < 0 ? 1 : shape[axis], product(shape.slice(axis + 1)), product(shape)];
  for (let index = 0; index < count; index++) {
    const outer = Math.floor(index / (size * inner));
    visit(index, Math.floor(index / inner) % size, outer * inner + (index % inner));
  }
}

/** w = g · v / ‖v‖, one length g for each place along an axis, or one for all. */
const WEIGHT_NORM: Form = {
  label: 'weight norm',
  learned: 2,
  axis([shape, lengths]) {
    if (product(lengths) === 1) return -1;
    const axis = lengths.findIndex((size) => size > 1);
    const fits = lengths.length === shape.length && product(lengths) === shape[axis];
    return fits ? axis : undefined;
  },
  apply([weight, lengths], shape, axis) {
    const squares = new Float64Array(lengths.length);
    forEachAlong(shape, axis, (index, along) => {
      squares[along] += weight[index] ** 2;
    });
    forEachAlong(shape, axis, (index, along) => {
      weight[index] *= lengths[along] / Math.sqrt(squares[along]);
    });
  },
};

/** w / (uᵀ·w·v): the weight as a matrix, with one axis down and all others across. */
const SPECTRAL_NORM: Form = {
  label: 'spectral norm',
  learned: 1,
  axis([shape, left, right]) {
    const axis = shape.indexOf(product(left));
    return axis >= 0 && product(left) * product(right) === product(shape) ? axis : undefined;
  },
  apply([weight, left, right], shape, axis) {
    let largest = 0;
    forEachAlong(shape, axis, (index, along, across) => {
      largest += left[along] * weight[index] * right[across];
    });
    for (let index = 0; index < weight.length; index++) weight[index] /= largest;
  },
};

/** w · mask. */
const PRUNED: Form = {
  label: 'pruned by a mask',
  learned: 1,
  axis: ([shape, mask]) => (shape.join() === mask.join() ? -1 : undefined),
  apply([weight, mask]) {
    for (let index = 0; index < weight.length; index++) weight[index] *= mask[index];
  },
};

interface Naming {
  readonly form: Form;
  /** The name of the first tensor; $1 and $2 in the other names are what its groups hold. */
  readonly first: RegExp;
  readonly others: readonly string[];
  readonly weight: string;
}

/** Parametrizations of PyTorch 1.9 and later have a module of their own. */
const PARAMETRIZED = '$1parametrizations.$2';

const NAMINGS: readonly Naming[] = [
  { form: WEIGHT_NORM, first: /^(.*)_v$/, others: ['$1_g'], weight: '$1' },
  {
    form: WEIGHT_NORM,
    first: /^(.*)parametrizations\.(\w+)\.original1$/,
    others: [`${PARAMETRIZED}.original0`],
    weight: '$1$2',
  },
  { form: SPECTRAL_NORM, first: /^(.*)_orig$/, others: ['$1_u', '$1_v'], weight: '$1' },
  {
    form: SPECTRAL_NORM,
    first: /^(.*)parametrizations\.(\w+)\.original$/,
    others: [`${PARAMETRIZED}.0._u`, `${PARAMETRIZED}.0._v`],
    weight: '$1$2',
  },
  { form: PRUNED, first: /^(.*)_orig$/, others: ['$1_mask'], weight: '$1' },
];

export interface ComputedWeight {
  readonly weight: StoredTensor;
  /** Names of the learned tensors that it stands for. */
  readonly replaces: readonly string[];
}

/** The weight that is computed from `first` and what belongs to it; undefined for tensors from which none is. */
export function computed(first: StoredTensor, tensors: Tensors): ComputedWeight | undefined {
  const { name } = first;
  for (const { form, first: pattern, others, weight } of NAMINGS) {
    if (!pattern.test(name)) continue;
    const rest = others.flatMap((other) => tensors.get(name.replace(pattern, other)) ?? []);
    const parts = [first, ...rest];
    const axis = rest.length === others.length ? form.axis(parts.map((part) => part.shape)) : undefined;
    if (axis === undefined) continue;
    return {
      weight: weightOf(name.replace(pattern, weight), parts, form, axis),
      replaces: parts.slice(0, form.learned).map((part) => part.name),
    };
  }
  return undefined;
}

/** Throws where a weight is computed in a way of its own from what is left. */
export function refuseUnknownForms(left: Tensors): void {
  const unknown = [...left.keys()].find((name) => /(^|\.)parametrizations\.\w+\.original\d*$/.test(name));
  if (unknown) {
    throw new StoredFormError(
      `A weight is computed from "${unknown}" by a parametrization that the file does not describe`,
    );
  }
}

function weightOf(name: string, parts: readonly StoredTensor[], form: Form, axis: number): StoredTensor {
  const [{ shape, type, elementCount }] = parts;
  const read = async () => {
    const own = await Promise.all(parts.map((part) => readTensor(part)));
    form.apply(own, shape, axis);
    return own[0];
  };
  return {
    name,
    shape,
    type: 'float32',
    elementCount,
    encoding: `${type}, ${form.label}`,
    storage: {
      kind: 'encoded',
      read: async (from, count) => (await read()).subarray(from, from + count),
    },
  };
}
