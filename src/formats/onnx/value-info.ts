/** ONNX ValueInfoProto: the name and shape of a graph's input or output. */
import type { ValueInfo } from '../model-file';
import type { TensorContext } from './tensor-proto';
import { type ByteRange, type Field, readFields, readText } from './wire';

/** What ONNX calls the axis of the channels, where a file says which it is. */
export const CHANNELS = 'DATA_CHANNEL';

/** ValueInfoProto → TypeProto (2) → Tensor (1) → shape (2) → dimensions (1): size (1) or name (2), meaning (3). */
export async function readValueInfo({ reader }: TensorContext, range: ByteRange): Promise<ValueInfo> {
  const fields = await readFields(reader, range);
  const named = fields.find(({ number, isBytes }) => number === 1 && isBytes);
  const name = named ? await readText(reader, named) : '';
  const descend = async (from: readonly Field[], number: number) => {
    const field = from.find((candidate) => candidate.number === number && candidate.isBytes);
    return field ? await readFields(reader, field) : [];
  };
  const tensorType = await descend(await descend(fields, 2), 1);
  const elementType = tensorType.find(({ number }) => number === 1)?.value ?? 0;
  const shapeField = tensorType.find(({ number, isBytes }) => number === 2 && isBytes);
  if (!shapeField) return { name, shape: undefined, elementType };
  const shape: (number | string)[] = [];
  let channelAxis: number | undefined;
  for (const dimension of await readFields(reader, shapeField)) {
    if (!dimension.isBytes) continue;
    const parts = await readFields(reader, dimension);
    const size = parts.find(({ number }) => number === 1);
    const label = parts.find(({ number, isBytes }) => number === 2 && isBytes);
    const denoted = parts.find(({ number, isBytes }) => number === 3 && isBytes);
    if (denoted && (await readText(reader, denoted)) === CHANNELS) channelAxis = shape.length;
    shape.push(size ? size.value : label ? await readText(reader, label) : '?');
  }
  return { name, shape, elementType, ...(channelAxis === undefined ? {} : { channelAxis }) };
}
