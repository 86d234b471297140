/**
 * Writes safetensors: the tensors of a model file of any format, edited or not. Element types that safetensors has are kept, bit
 * for bit where nothing was edited; all others, and weights in forms of their own, become float32.
 */
import { encodeChanged, encodeElements } from './encode-elements';
import { FormatError } from './format-error';
import type { ModelFile } from './model-file';
import { MAX_HEADER_BYTES, SAFETENSORS_TYPES } from './safetensors';
import { storedBytes } from './stored-bytes';
import { byteLengthOf, type ElementType, readTensor, type StoredTensor } from './tensor';

const METADATA = '__metadata__';
/** Tensors begin at a multiple of this, as the format's own writer has it. */
const ALIGNMENT = 8;

const NAMES = new Map([...SAFETENSORS_TYPES].map(([name, type]) => [type, name] as const));

/** The type that a tensor is written as. */
const writtenType = ({ type, storage }: StoredTensor): ElementType =>
  NAMES.has(type) && storage.kind !== 'encoded' ? type : 'float32';

/**
 * Writes the tensors of a network, which are those of the file but for those that others stand for: the largest elements first, so
 * that each lies at a multiple of its size, and otherwise in the file's order. `elements` has all elements of those that were
 * edited. Throws FormatError where the format cannot hold them.
 */
export async function writeSafetensors(
  { fileName, metadata }: Pick<ModelFile, 'fileName' | 'metadata'>,
  { tensors }: { readonly tensors: ReadonlyMap<string, StoredTensor> },
  elements: ReadonlyMap<string, Float32Array> = new Map(),
): Promise<Blob> {
  const ordered = [...tensors.values()].sort((a, b) => elementBytes(b) - elementBytes(a));
  const entries: [string, unknown][] = metadata.size ? [[METADATA, Object.fromEntries(metadata)]] : [];
  let offset = 0;
  for (const tensor of ordered) {
    const { name, shape, elementCount } = tensor;
    if (name === METADATA)
      throw refuse(`A tensor is called ${METADATA}, which safetensors uses itself`, fileName);
    const type = writtenType(tensor);
    const end = offset + byteLengthOf(type, elementCount);
    entries.push([name, { dtype: NAMES.get(type), shape, data_offsets: [offset, end] }]);
    offset = end;
  }
  const parts: BlobPart[] = [header(Object.fromEntries(entries), fileName)];
  for (const tensor of ordered) parts.push(await bytesOf(tensor, elements.get(tensor.name)));
  return new Blob(parts);
}

const elementBytes = (tensor: StoredTensor) => byteLengthOf(writtenType(tensor), 1);

function header(content: unknown, fileName: string): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify(content));
  const length = Math.ceil(text.byteLength / ALIGNMENT) * ALIGNMENT;
  if (length > MAX_HEADER_BYTES) throw refuse('The names and shapes of the tensors are too many', fileName);
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, 8);
  return bytes;
}

async function bytesOf(
  tensor: StoredTensor,
  edited: Float32Array | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const type = writtenType(tensor);
  if (type !== tensor.type || tensor.storage.kind === 'encoded') {
    return encodeElements(edited ?? (await readTensor(tensor)), type);
  }
  const bytes = await storedBytes(tensor);
  if (edited) encodeChanged(edited, type, bytes);
  return bytes;
}

const refuse = (what: string, fileName: string) =>
  new FormatError(what, fileName, 'Save the network as ONNX instead.');
