/**
 * ONNX TensorProto: where a tensor's elements lie. Weights stay in the file; only tensors that are written number by
 * number (unpacked fields, integers as varints) are decoded here.
 */
import { type ByteSource, PagedReader } from '../byte-source';
import { FormatError } from '../format-error';
import {
  checkedElementCount,
  decodeElements,
  ELEMENT_BYTES,
  type ElementType,
  type StoredTensor,
  type TensorStorage,
} from '../tensor';
import { appendNumbers, type ByteRange, damaged, type Field, readFields, readText } from './wire';

/** Field numbers of TensorProto. */
const DIMS = 1;
const DATA_TYPE = 2;
const FLOAT_DATA = 4;
const INT32_DATA = 5;
const INT64_DATA = 7;
const NAME = 8;
const RAW_DATA = 9;
const DOUBLE_DATA = 10;
const UINT64_DATA = 11;
const EXTERNAL_DATA = 13;
const DATA_LOCATION = 14;

/** TensorProto.DataType. Absent: strings, complex numbers, and types of less than a byte. */
export const ELEMENT_TYPES = new Map<number, ElementType>([
  [1, 'float32'],
  [2, 'uint8'],
  [3, 'int8'],
  [4, 'uint16'],
  [5, 'int16'],
  [6, 'int32'],
  [7, 'int64'],
  [9, 'bool'],
  [10, 'float16'],
  [11, 'float64'],
  [12, 'uint32'],
  [13, 'uint64'],
  [16, 'bfloat16'],
  [17, 'float8e4m3'],
  [19, 'float8e5m2'],
]);

/** Finds the file that holds a tensor's bytes outside the model, by the name that the model gives. */
export type ExternalFiles = (name: string) => ByteSource | undefined;

/** Collects what the model asks for and did not get, so that all of it can be asked for at once. */
export interface TensorContext {
  readonly reader: PagedReader;
  readonly externalFiles: ExternalFiles;
  readonly missingFiles: Set<string>;
  readonly warnings: string[];
}

/** Reads one TensorProto. Undefined for element types that cannot be read (a warning says which). */
export async function readTensorProto(
  context: TensorContext,
  range: ByteRange,
  fallbackName: string,
): Promise<StoredTensor | undefined> {
  const { reader } = context;
  const fields = await readFields(reader, range);
  const shape: number[] = [];
  let dataType = 0;
  let name = fallbackName;
  let isExternal = false;
  const data = new Map<number, Field[]>();
  for (const field of fields) {
    if (field.number === DIMS) await appendNumbers(reader, field, 'varint', shape);
    else if (field.number === DATA_TYPE) dataType = field.value;
    else if (field.number === NAME) name = (await readText(reader, field)) || fallbackName;
    else if (field.number === DATA_LOCATION) isExternal = field.value === 1;
    else data.set(field.number, [...(data.get(field.number) ?? []), field]);
  }
  const type = ELEMENT_TYPES.get(dataType);
  if (type === undefined) {
    context.warnings.push(`Tensor "${name}" has ONNX element type ${dataType}, which is not read.`);
    return undefined;
  }
  const elementCount = checkedElementCount(shape, name, reader.source.name);
  const tensor = { name, shape, type, elementCount };
  const storage = isExternal
    ? await externalStorage(context, tensor, data.get(EXTERNAL_DATA) ?? [])
    : await inlineStorage(context, tensor, data, range);
  return { ...tensor, storage };
}

type TensorShape = Omit<StoredTensor, 'storage'>;

async function inlineStorage(
  { reader }: TensorContext,
  tensor: TensorShape,
  data: Map<number, Field[]>,
  range: ByteRange,
): Promise<TensorStorage> {
  const byteLength = tensor.elementCount * ELEMENT_BYTES[tensor.type];
  // raw_data, and packed floats, are the elements themselves, little-endian.
  for (const [number, type] of [
    [RAW_DATA, tensor.type],
    [FLOAT_DATA, 'float32'],
    [DOUBLE_DATA, 'float64'],
  ] as const) {
    const [field, ...more] = data.get(number) ?? [];
    if (!field?.isBytes || more.length > 0 || type !== tensor.type) continue;
    if (field.end - field.start !== byteLength) {
      throw damaged(
        `Tensor "${tensor.name}" of shape ${tensor.shape.join('×') || 'scalar'} needs ${byteLength} bytes and has ${field.end - field.start}`,
        field.start,
        reader,
      );
    }
    return { kind: 'bytes', source: reader.source, offset: field.start };
  }
  const values: number[] = [];
  for (const [number, encoding] of [
    [FLOAT_DATA, 'float'],
    [DOUBLE_DATA, 'double'],
    [INT32_DATA, 'varint'],
    [INT64_DATA, 'varint'],
    [UINT64_DATA, 'varint'],
  ] as const) {
    for (const field of data.get(number) ?? []) await appendNumbers(reader, field, encoding, values);
  }
  if (values.length !== tensor.elementCount) {
    throw damaged(
      `Tensor "${tensor.name}" of shape ${tensor.shape.join('×') || 'scalar'} holds ${values.length} numbers`,
      range.start,
      reader,
    );
  }
  if (tensor.type === 'float16' || tensor.type === 'bfloat16' || tensor.type.startsWith('float8')) {
    // int32_data holds the bit patterns of the small floats.
    const bytes = ELEMENT_BYTES[tensor.type] === 2 ? new Uint16Array(values) : new Uint8Array(values);
    return {
      kind: 'numbers',
      values: decodeElements(new Uint8Array(bytes.buffer), tensor.type, tensor.elementCount),
    };
  }
  return { kind: 'numbers', values };
}

async function externalStorage(
  context: TensorContext,
  tensor: TensorShape,
  entries: Field[],
): Promise<TensorStorage> {
  const { reader } = context;
  const values = new Map<string, string>();
  for (const entry of entries) {
    const texts = ['', ''];
    for (const field of await readFields(reader, entry)) {
      if (field.number === 1 || field.number === 2) texts[field.number - 1] = await readText(reader, field);
    }
    values.set(texts[0], texts[1]);
  }
  const location = values.get('location') ?? '';
  const offset = Number(values.get('offset') ?? 0);
  const byteLength = tensor.elementCount * ELEMENT_BYTES[tensor.type];
  // Only the last part of the path counts: what was dropped has no folders, and a model may not reach for others.
  const fileName = location.split(/[\\/]/).at(-1) ?? '';
  const source = context.externalFiles(fileName);
  if (source === undefined) {
    context.missingFiles.add(fileName);
    return { kind: 'fill', value: Number.NaN };
  }
  if (!Number.isSafeInteger(offset) || offset < 0 || offset + byteLength > source.byteLength) {
    throw new FormatError(
      `Tensor "${tensor.name}" lies at bytes ${offset} to ${offset + byteLength} of a file of ${source.byteLength} bytes`,
      source.name,
      'The two files do not belong together, or one was cut short.',
    );
  }
  return { kind: 'bytes', source, offset };
}

/** A reader over a source, for tensors outside any other message. */
export function tensorContext(
  source: ByteSource,
  externalFiles: ExternalFiles,
  warnings: string[],
): TensorContext {
  return { reader: new PagedReader(source), externalFiles, missingFiles: new Set(), warnings };
}
