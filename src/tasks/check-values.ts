/**
 * What is wrong with a network's numbers: values that are none, tensors that are copies of each other, neurons that do
 * nothing or do what another does. Reads every tensor once, one at a time.
 */
import { type ElementType, isFloatingPoint, readTensor, type StoredTensor } from '../formats';
import { blockValues, type EdgeBlock, type ParameterGraph } from '../graph';
import type { Network } from '../network';
import { fingerprint } from './fingerprint';
import { type NeuronFinding, NeuronMarks } from './neuron-marks';

export interface TensorFinding {
  readonly name: string;
  readonly nan: number;
  readonly infinite: number;
  /** So small that the type holds them with fewer digits, and processors slowly. */
  readonly subnormal: number;
}

export interface ValueCheck {
  /** Elements that were read. */
  readonly elementCount: number;
  /** Tensors that are too large to be read whole. */
  readonly skipped: readonly string[];
  /** Those of which something is to be told. */
  readonly tensors: readonly TensorFinding[];
  /** Tensors with the same values as one before them. */
  readonly copies: readonly { readonly name: string; readonly of: string }[];
  readonly neurons: readonly NeuronFinding[];
}

/** 512 MB once decoded. */
const MAX_TENSOR_ELEMENTS = 2 ** 27;

/** Shorter tensors are alike by chance. */
const LEAST_COPIED = 8;

/** Below it, numbers of a type are subnormal. */
const SMALLEST_NORMAL: Partial<Record<ElementType, number>> = {
  float16: 2 ** -14,
  bfloat16: 2 ** -126,
  float32: 2 ** -126,
};

export interface CheckOptions {
  /** Called with the share that is done, 0 to 1. */
  readonly onProgress?: (share: number) => void;
  /** Aborted, the check ends with the signal's reason. */
  readonly signal?: AbortSignal;
}

export async function checkValues(
  network: Network,
  graph: ParameterGraph,
  { onProgress, signal }: CheckOptions = {},
): Promise<ValueCheck> {
  const blocks = blocksByTensor(graph);
  const all = [...network.tensors.values()].filter(
    ({ name, type }) => isFloatingPoint(type) || blocks.has(name),
  );
  const read = all.filter(({ elementCount }) => elementCount <= MAX_TENSOR_ELEMENTS);
  const total = read.reduce((sum, { elementCount }) => sum + elementCount, 0);
  const marks = new NeuronMarks(graph);
  for (const block of blocks.get(undefined) ?? []) {
    marks.add(block, blockValues(block, graph.groups, new Float32Array(0)));
  }
  const tensors: TensorFinding[] = [];
  const copies: { name: string; of: string }[] = [];
  const known = new Map<string, string>();
  let elementCount = 0;
  for (const tensor of read) {
    signal?.throwIfAborted();
    const values = await readTensor(tensor);
    const finding = examine(tensor, values);
    if (finding.nan + finding.infinite + finding.subnormal > 0) tensors.push(finding);
    if (tensor.elementCount >= LEAST_COPIED && values.some((value) => value !== values[0])) {
      const print = `${tensor.shape.join('×')} ${fingerprint(values)}`;
      const of = known.get(print);
      if (of === undefined) known.set(print, tensor.name);
      else copies.push({ name: tensor.name, of });
    }
    for (const block of blocks.get(tensor.name) ?? []) {
      marks.add(block, blockValues(block, graph.groups, values));
    }
    elementCount += tensor.elementCount;
    onProgress?.(elementCount / total);
  }
  const skipped = all.filter((tensor) => !read.includes(tensor)).map(({ name }) => name);
  return { elementCount, skipped, tensors, copies, neurons: marks.findings(new Set(skipped)) };
}

/** Blocks by the tensor that holds their values; those of constants under undefined. */
function blocksByTensor({ blocks }: ParameterGraph): Map<string | undefined, EdgeBlock[]> {
  const byTensor = new Map<string | undefined, EdgeBlock[]>();
  for (const block of blocks) {
    const others = byTensor.get(block.tensorName);
    if (others) others.push(block);
    else byTensor.set(block.tensorName, [block]);
  }
  return byTensor;
}

function examine({ name, type }: StoredTensor, values: Float32Array): TensorFinding {
  const smallest = SMALLEST_NORMAL[type] ?? 0;
  let [nan, infinite, subnormal] = [0, 0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) nan++;
    else if (!Number.isFinite(value)) infinite++;
    else if (value !== 0 && Math.abs(value) < smallest) subnormal++;
  }
  return { name, nan, infinite, subnormal };
}
