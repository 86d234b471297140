/**
 * Tensors that lie in a file beside the model: only in one that was given along with it, never elsewhere.
 */
import type { ByteSource } from '../byte-source';
import { FormatError } from '../format-error';
import { byteLengthOf, type StoredTensor, type TensorStorage } from '../tensor';
import type { TensorContext } from './tensor-proto';
import { type Field, readFields, readText } from './wire';

/** Finds the file that holds a tensor's bytes outside the model, by the name that the model gives. */
export type ExternalFiles = (name: string) => ByteSource | undefined;

const UNFIT = 'The two files do not belong together, or one was cut short.';

/** Where the elements of a tensor lie, from the key–value pairs of its external_data. */
export async function externalStorage(
  { reader, externalFiles, missingFiles }: TensorContext,
  { name, type, elementCount }: Omit<StoredTensor, 'storage'>,
  entries: readonly Field[],
): Promise<TensorStorage> {
  const values = new Map<string, string>();
  for (const entry of entries) {
    const texts = ['', ''];
    for (const field of await readFields(reader, entry)) {
      if (field.number === 1 || field.number === 2) texts[field.number - 1] = await readText(reader, field);
    }
    values.set(texts[0], texts[1]);
  }
  const byteLength = byteLengthOf(type, elementCount);
  // Only the last part of the path counts: what was dropped has no folders, and a model may not reach for others.
  const fileName = (values.get('location') ?? '').split(/[\\/]/).at(-1) ?? '';
  const offset = Number(values.get('offset') ?? 0);
  const stated = Number(values.get('length') ?? byteLength);
  const source = externalFiles(fileName);
  if (source === undefined) {
    missingFiles.add(fileName);
    return { kind: 'fill', value: Number.NaN };
  }
  if (stated !== byteLength) {
    throw new FormatError(
      `Tensor "${name}" needs ${byteLength} bytes and is said to have ${stated}`,
      source.name,
      UNFIT,
    );
  }
  if (!Number.isSafeInteger(offset) || offset < 0 || offset + byteLength > source.byteLength) {
    throw new FormatError(
      `Tensor "${name}" lies at bytes ${offset} to ${offset + byteLength} of a file of ${source.byteLength} bytes`,
      source.name,
      UNFIT,
    );
  }
  return { kind: 'bytes', source, offset };
}
