/** The first step of an exported GMN that reads the tensors of the network's own file: each block's values out of them. */
import type { OnnxGraph } from '../../formats/onnx/write-onnx';
import type { BlockShape, ValuePlaces } from '../../graph';

/** Indices of scattered values are written into the export, eight bytes each. */
const MAX_SCATTERED = 4e6;

/** Of residual sums, gates, heads: the value of every edge that holds no parameter. */
const CONSTANT = 1;

/** Adds what a block's values are: the name of a value of any shape with the block's edges in order. */
export type BlockValues = (onnx: OnnxGraph, block: BlockShape, index: number) => string;

/**
 * Inputs are the tensors, by their names and with their shapes, as float32. Throws where the values of a network lie so
 * strewn that the export would be larger than the network.
 */
export function valuesFromTensors(places: readonly (ValuePlaces | undefined)[]): BlockValues {
  const scattered = places.reduce(
    (total, place) => total + (place?.order.kind === 'scattered' ? place.order.offsets.length : 0),
    0,
  );
  if (scattered > MAX_SCATTERED) {
    throw new Error(
      `${scattered.toLocaleString('en')} parameters lie in the file in an order of their own; an export reads up to ${MAX_SCATTERED.toLocaleString('en')} of that kind.`,
    );
  }
  const flat = new Map<string, string>();
  const elements = (onnx: OnnxGraph, { tensor, shape }: ValuePlaces) => {
    const known = flat.get(tensor);
    if (known !== undefined) return known;
    const value = onnx.op('Reshape', [onnx.input(tensor, shape), onnx.integers([-1])]);
    flat.set(tensor, value);
    return value;
  };
  return (onnx, block, index) => {
    const place = places[index];
    if (!place) return onnx.constant(new Float32Array(block.edgeCount).fill(CONSTANT), [block.edgeCount]);
    const all = elements(onnx, place);
    const { order } = place;
    switch (order.kind) {
      case 'run': {
        const ends = [order.first, order.first + block.edgeCount].map((end) => onnx.integers([end]));
        return onnx.op('Slice', [all, ...ends]);
      }
      case 'transposed': {
        const matrix = onnx.op('Reshape', [all, onnx.integers([order.rows, order.columns])]);
        return onnx.op('Transpose', [matrix], { perm: [1, 0] });
      }
      case 'scattered':
        return onnx.op('Gather', [all, onnx.integers([...order.offsets])]);
      default:
        return order satisfies never;
    }
  };
}
