/**
 * Edge values: read from the tensors block by block, and written back.
 */
import { readTensor, type StoredTensor } from '../formats';
import { type EdgeBlock, type NodeGroup, sourcesPerTarget, type TensorValues } from './parameter-graph';

/** Calls `visit(edge, offset)` for every edge of a block, in order, with its element in the tensor. */
export function forEachEdge(
  block: EdgeBlock,
  groups: readonly NodeGroup[],
  visit: (edge: number, offset: number) => void,
): void {
  if (block.values.kind === 'constant') return;
  const { rows, columns, taps } = block.values;
  const perTarget = sourcesPerTarget(block, groups);
  const targetsPerPart = rows.length / block.groups;
  let edge = 0;
  for (let target = 0; target < rows.length; target++) {
    const firstSource =
      block.pattern === 'diagonal' ? target : Math.floor(target / targetsPerPart) * perTarget;
    for (let source = 0; source < perTarget; source++) {
      const base =
        rows[target] + (block.pattern === 'dense' ? columns[source] : columns[firstSource + source]);
      for (let tap = 0; tap < taps.length; tap++) visit(edge++, base + taps[tap]);
    }
  }
}

/** True if the block's values lie in the tensor one after the other in edge order, from offset rows[0] + columns[0] on. */
function isContiguous(block: EdgeBlock & { values: TensorValues }, perTarget: number): boolean {
  if (block.pattern !== 'dense') return false;
  const { rows, columns, taps } = block.values;
  const steps = (list: Int32Array, step: number) =>
    list.every((offset, index) => offset === list[0] + index * step);
  return (
    steps(taps, 1) && taps[0] === 0 && steps(columns, taps.length) && steps(rows, taps.length * perTarget)
  );
}

/** The values of a block in edge order, [edgeCount], from the elements of its tensor. */
export function blockValues(
  block: EdgeBlock,
  groups: readonly NodeGroup[],
  elements: Float32Array,
): Float32Array {
  if (block.values.kind === 'constant') return new Float32Array(block.edgeCount).fill(block.values.value);
  if (isContiguous({ ...block, values: block.values }, sourcesPerTarget(block, groups))) {
    const start = block.values.rows[0] + block.values.columns[0];
    return elements.subarray(start, start + block.edgeCount);
  }
  const values = new Float32Array(block.edgeCount);
  forEachEdge(block, groups, (edge, offset) => {
    values[edge] = elements[offset];
  });
  return values;
}

const NOTHING = new Float32Array(0);

/** Reads the values of a block from its file. */
export async function readBlockValues(block: EdgeBlock, groups: readonly NodeGroup[]): Promise<Float32Array> {
  const elements = block.values.kind === 'tensor' ? await readTensor(block.values.tensor) : NOTHING;
  return blockValues(block, groups, elements);
}

/** Writes a block's values into the elements of its tensor, in place. */
export function writeBlockValues(
  block: EdgeBlock,
  groups: readonly NodeGroup[],
  values: Float32Array,
  elements: Float32Array,
): void {
  forEachEdge(block, groups, (edge, offset) => {
    elements[offset] = values[edge];
  });
}

/** Reads every block's values, each tensor once. Blocks without parameters yield their constant. */
export async function readAllValues(
  blocks: readonly EdgeBlock[],
  groups: readonly NodeGroup[],
  readElements: (tensor: StoredTensor) => Promise<Float32Array> = readTensor,
): Promise<Float32Array[]> {
  const elements = new Map<StoredTensor, Promise<Float32Array>>();
  return await Promise.all(
    blocks.map(async (block) => {
      if (block.values.kind === 'constant') return blockValues(block, groups, NOTHING);
      const { tensor } = block.values;
      const read = elements.get(tensor) ?? readElements(tensor);
      elements.set(tensor, read);
      return blockValues(block, groups, await read);
    }),
  );
}
