/**
 * Reads safetensors: u64 header length, JSON header, tensor bytes. Only the header is read here.
 * Checks what the format promises: offsets within the file, in order, without gaps or overlaps, and as long as
 * shape and type say.
 */
import type { ByteSource } from './byte-source';
import { FormatError } from './format-error';
import type { ModelFile } from './model-file';
import { RefusedTensors } from './refused-tensors';
import { checkedElementCount, ELEMENT_BYTES, type ElementType, type StoredTensor } from './tensor';

/** The format's own bound on its header. */
export const MAX_HEADER_BYTES = 100_000_000;

/** Element types by the names that the format gives them. */
export const SAFETENSORS_TYPES = new Map<string, ElementType>([
  ['F64', 'float64'],
  ['F32', 'float32'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['F8_E4M3', 'float8e4m3'],
  ['F8_E5M2', 'float8e5m2'],
  ['F8_E4M3FNUZ', 'float8e4m3fnuz'],
  ['F8_E5M2FNUZ', 'float8e5m2fnuz'],
  ['F8_E8M0', 'float8e8m0'],
  ['F4', 'float4e2m1'],
  ['I64', 'int64'],
  ['I32', 'int32'],
  ['I16', 'int16'],
  ['I8', 'int8'],
  ['U64', 'uint64'],
  ['U32', 'uint32'],
  ['U16', 'uint16'],
  ['U8', 'uint8'],
  ['BOOL', 'bool'],
]);

interface Entry {
  name: string;
  dtype: string;
  shape: number[];
  start: number;
  end: number;
}

function isNumberList(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function parseEntry(name: string, value: unknown, fileName: string): Entry {
  const entry = value as { dtype?: unknown; shape?: unknown; data_offsets?: unknown } | null;
  if (
    typeof entry !== 'object' ||
    entry === null ||
    typeof entry.dtype !== 'string' ||
    !isNumberList(entry.shape) ||
    !isNumberList(entry.data_offsets) ||
    entry.data_offsets.length !== 2
  ) {
    throw new FormatError(
      'An entry of the header is not {dtype, shape, data_offsets}',
      `tensor "${name}" in ${fileName}`,
      'The file is damaged; save it again.',
    );
  }
  return {
    name,
    dtype: entry.dtype,
    shape: entry.shape,
    start: entry.data_offsets[0],
    end: entry.data_offsets[1],
  };
}

async function readHeader(source: ByteSource): Promise<{ header: Map<string, unknown>; dataStart: number }> {
  const damaged = (what: string) =>
    new FormatError(
      what,
      `header of ${source.name}`,
      'The file is damaged or cut short; download or save it again.',
    );
  if (source.byteLength < 8) throw damaged('The file ends before its header');
  const lengthBytes = await source.read(0, 8);
  const headerLength = Number(
    new DataView(lengthBytes.buffer, lengthBytes.byteOffset, 8).getBigUint64(0, true),
  );
  if (headerLength > MAX_HEADER_BYTES) throw damaged(`The header claims ${headerLength} bytes`);
  if (8 + headerLength > source.byteLength) {
    throw damaged(`The header claims ${headerLength} bytes, the file has ${source.byteLength}`);
  }
  const text = new TextDecoder().decode(await source.read(8, headerLength));
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw damaged('The header is not valid JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw damaged('The header is not a JSON object');
  }
  return { header: new Map(Object.entries(parsed)), dataStart: 8 + headerLength };
}

/** Opens a safetensors file. Throws FormatError. */
export async function readSafetensors(source: ByteSource): Promise<ModelFile> {
  const { header, dataStart } = await readHeader(source);
  const metadata = new Map<string, string>();
  const declared = header.get('__metadata__');
  if (typeof declared === 'object' && declared !== null) {
    for (const [key, value] of Object.entries(declared)) metadata.set(key, String(value));
  }
  header.delete('__metadata__');

  const entries = [...header].map(([name, value]) => parseEntry(name, value, source.name));
  entries.sort((a, b) => a.start - b.start || a.end - b.end);
  const tensors = new Map<string, StoredTensor>();
  const refused = new RefusedTensors();
  let position = 0;
  for (const { name, dtype, shape, start, end } of entries) {
    const where = `tensor "${name}" in ${source.name}`;
    if (start !== position || end < start) {
      throw new FormatError(
        `A tensor's bytes do not follow the one before it`,
        where,
        'The file is damaged; save it again.',
      );
    }
    position = end;
    if (dataStart + end > source.byteLength) {
      throw new FormatError(
        `A tensor ends ${dataStart + end - source.byteLength} bytes after the end of the file`,
        where,
        'The file was cut short; download or copy it again.',
      );
    }
    const elementCount = checkedElementCount(shape, name, source.name);
    const type = SAFETENSORS_TYPES.get(dtype);
    if (type === undefined) {
      refused.add(name, `of the type ${dtype}`);
      continue;
    }
    if (elementCount * ELEMENT_BYTES[type] !== end - start) {
      throw new FormatError(
        `A tensor of shape ${shape.join('×') || 'scalar'} and type ${dtype} cannot have ${end - start} bytes`,
        where,
        'The file is damaged; save it again.',
      );
    }
    tensors.set(name, {
      name,
      shape,
      type,
      elementCount,
      storage: { kind: 'bytes', source, offset: dataStart + start },
    });
  }
  return {
    format: 'safetensors',
    fileName: source.name,
    byteLength: source.byteLength,
    metadata,
    tensors,
    refused: refused.names,
    warnings: refused.warnings,
  };
}
