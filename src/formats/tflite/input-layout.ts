/**
 * Which axis of an input holds the channels. TensorFlow has them last; a network that was converted from elsewhere may
 * begin by moving them there.
 */
import { readerBehind } from '../input-reader';
import { readTensor } from '../tensor';
import type { OperatorGraph } from './operator-graph';

/** Operators that leave the axes as they are. */
const KEEPS_AXES = new Set([
  'QUANTIZE',
  'DEQUANTIZE',
  'CAST',
  'ADD',
  'SUB',
  'MUL',
  'DIV',
  'PAD',
  'PADV2',
  'MIRROR_PAD',
]);

/** −1 where every element is a position of one channel (a grey picture without a channel axis). */
export async function findChannelAxis(graph: OperatorGraph, input: number): Promise<number> {
  const { tensors } = graph.subgraph;
  const rank = tensors[input].shape.length;
  const last = rank - 1;
  if (rank < 3) return last;
  const { reader } = readerBehind(input, (value) => graph.firstReader(value), KEEPS_AXES);
  if (!reader || reader.outputs.length === 0) return last;
  if (reader.type === 'TRANSPOSE') {
    const stored = tensors[reader.inputs[1]]?.stored;
    const permutation = stored && stored.elementCount === rank ? await readTensor(stored) : [];
    return permutation[last] === 1 ? 1 : last;
  }
  const isReshape = reader.type === 'RESHAPE' || reader.type === 'EXPAND_DIMS';
  const { shape } = tensors[reader.outputs[0]];
  // [batch, height, width] that gets a channel axis of 1, or is flattened at once.
  const addsChannel = shape.length === rank + 1 && shape.at(-1) === 1;
  return rank === 3 && isReshape && (addsChannel || shape.length === 2) ? -1 : last;
}
