/** Where the values of each block lie in the tensors of the file: for those who read the tensors somewhere else. */
import type { EdgeBlock, GraphShape, NodeGroup } from './parameter-graph';
import { forEachEdge } from './values';

/** The block's values, in edge order, among the elements of a tensor, in row-major order. */
export interface ValuePlaces {
  readonly tensor: string;
  readonly shape: readonly number[];
  readonly order: /** One after the other, from element `first` on. */
    | { readonly kind: 'run'; readonly first: number }
    /** All elements of the tensor, seen as a `rows` × `columns` matrix, column by column. */
    | { readonly kind: 'transposed'; readonly rows: number; readonly columns: number }
    /** One by one. */
    | { readonly kind: 'scattered'; readonly offsets: Int32Array };
}

/** By block; undefined for constants. */
export function valuePlaces(graph: {
  readonly blocks: readonly EdgeBlock[];
  readonly groups: GraphShape['groups'];
}): (ValuePlaces | undefined)[] {
  return graph.blocks.map((block) => placesOf(block, graph.groups));
}

function placesOf(block: EdgeBlock, groups: readonly NodeGroup[]): ValuePlaces | undefined {
  if (block.values.kind === 'constant') return undefined;
  const { name, shape, elementCount } = block.values.tensor;
  const offsets = new Int32Array(block.edgeCount);
  forEachEdge(block, groups, (edge, offset) => {
    offsets[edge] = offset;
  });
  const place = (order: ValuePlaces['order']): ValuePlaces => ({ tensor: name, shape, order });
  if (offsets.every((offset, edge) => offset === offsets[0] + edge)) {
    return place({ kind: 'run', first: offsets[0] });
  }
  // Two steps of edge order that are one step of the tensor apart tell how long a column is.
  const rows = offsets.indexOf(1);
  const columns = elementCount / rows;
  const isTransposed =
    rows > 0 &&
    offsets.length === elementCount &&
    offsets.every((offset, edge) => offset === (edge % rows) * columns + Math.floor(edge / rows));
  return place(isTransposed ? { kind: 'transposed', rows, columns } : { kind: 'scattered', offsets });
}
