/**
 * The weights of each layer in one piece. A tensor that reads from, or feeds, several node groups (after a concatenation, or
 * along a shortcut that pads channels) is several blocks of the graph: here they are put together again.
 */
import { type BlockShape, type EdgeKind, type GraphShape, isWeightBlock } from '../graph';

/**
 * [rows, columns, taps], row-major; rows are outputs, taps the positions of a kernel or the gates of a recurrent layer. In a
 * grouped layer, columns are the inputs of a part; in a layer that reads pixels, those.
 */
export interface WeightArray {
  /** The first of its blocks. */
  readonly block: number;
  readonly name: string;
  readonly kind: EdgeKind;
  readonly rows: number;
  readonly columns: number;
  readonly taps: number;
  readonly values: Float32Array;
}

const HAS_TAPS: ReadonlySet<EdgeKind> = new Set(['convWeight', 'recurrentInput', 'recurrentHidden']);

/** Embeddings are tables, not maps: their spectrum says nothing. */
export const isMeasured = (block: BlockShape) => isWeightBlock(block) && block.kind !== 'embedding';

/** In the graph's order; `values` per block in edge order. */
export function* weightArrays(
  graph: GraphShape,
  values: readonly Float32Array[],
): Generator<WeightArray, void> {
  const parts = new Map<string, WeightArray[]>();
  graph.blocks.forEach((shape, block) => {
    if (!isMeasured(shape)) return;
    const { layer, kind, tensorName } = shape;
    const key = JSON.stringify([layer, kind, tensorName ?? block]);
    const list = parts.get(key) ?? [];
    list.push(arrayOf(graph, block, values[block]));
    parts.set(key, list);
  });
  for (const list of parts.values()) {
    if (list.length === 1) yield list[0];
    else yield* joined(graph, list);
  }
}

function arrayOf({ blocks, groups }: GraphShape, block: number, values: Float32Array): WeightArray {
  const { name, tensorName, kind, target, edgeCount } = blocks[block];
  const rows = groups[target].count;
  const taps = HAS_TAPS.has(kind) ? blocks[block].taps : 1;
  const columns = edgeCount / taps / rows;
  return { block, name: tensorName ?? name, kind, rows, columns, taps, values };
}

/** Side by side where they share their outputs, below one another where they do not; as they are where they fit neither way. */
function joined({ blocks }: GraphShape, parts: readonly WeightArray[]): readonly WeightArray[] {
  const byTarget = new Map<number, WeightArray[]>();
  for (const part of parts) {
    const { target } = blocks[part.block];
    byTarget.set(target, [...(byTarget.get(target) ?? []), part]);
  }
  const bands = [...byTarget.values()].map(sideBySide);
  const [{ columns, taps }] = bands;
  if (bands.some((band) => band.columns !== columns || band.taps !== taps)) return parts;
  const values = new Float32Array(bands.reduce((total, band) => total + band.values.length, 0));
  let offset = 0;
  for (const band of bands) {
    values.set(band.values, offset);
    offset += band.values.length;
  }
  return [{ ...bands[0], rows: values.length / columns / taps, values }];
}

function sideBySide(parts: readonly WeightArray[]): WeightArray {
  if (parts.length === 1) return parts[0];
  const [{ rows, taps }] = parts;
  const columns = parts.reduce((total, part) => total + part.columns, 0);
  const values = new Float32Array(rows * columns * taps);
  let offset = 0;
  for (const part of parts) {
    const length = part.columns * taps;
    for (let row = 0; row < rows; row++) {
      values.set(part.values.subarray(row * length, (row + 1) * length), row * columns * taps + offset);
    }
    offset += length;
  }
  return { ...parts[0], columns, values };
}
