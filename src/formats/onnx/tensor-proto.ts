/**
 * ONNX TensorProto: where a tensor's elements lie. Weights stay in the file; only tensors that are written number by
 * number (unpacked fields, integers as varints) are decoded here.
 */
import { type ByteSource, PagedReader } from '../byte-source';
import { RefusedTensors } from '../refused-tensors';
import { isSmallType } from '../small-types';
import {
  byteLengthOf,
  checkedElementCount,
  decodeElements,
  type ElementType,
  type StoredTensor,
  type TensorStorage,
} from '../tensor';
import { type ExternalFiles, externalStorage } from './external-data';
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

/** TensorProto.DataType. */
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
  [18, 'float8e4m3fnuz'],
  [19, 'float8e5m2'],
  [20, 'float8e5m2fnuz'],
  [21, 'uint4'],
  [22, 'int4'],
  [23, 'float4e2m1'],
  [24, 'float8e8m0'],
  [25, 'uint2'],
  [26, 'int2'],
]);

/** Types that are not read. */
const OTHER_TYPES = new Map([
  [8, 'string'],
  [14, 'complex64'],
  [15, 'complex128'],
]);

/** Collects what the model asks for and did not get, so that all of it can be asked for at once. */
export interface TensorContext {
  readonly reader: PagedReader;
  readonly externalFiles: ExternalFiles;
  readonly missingFiles: Set<string>;
  readonly refused: RefusedTensors;
}

/** Reads one TensorProto. Undefined for texts, complex numbers and types yet to come, which are listed as refused. */
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
    if (field.number === DIMS) {
      const waiting = appendNumbers(reader, field, 'varint', shape);
      if (waiting) await waiting;
    } else if (field.number === DATA_TYPE) dataType = field.value;
    else if (field.number === NAME) name = (await readText(reader, field)) || fallbackName;
    else if (field.number === DATA_LOCATION) isExternal = field.value === 1;
    else {
      const others = data.get(field.number);
      if (others) others.push(field);
      else data.set(field.number, [field]);
    }
  }
  const type = ELEMENT_TYPES.get(dataType);
  if (type === undefined) {
    context.refused.add(name, `of the type ${OTHER_TYPES.get(dataType) ?? `number ${dataType}`}`);
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
  const byteLength = byteLengthOf(tensor.type, tensor.elementCount);
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
    for (const field of data.get(number) ?? []) {
      const waiting = appendNumbers(reader, field, encoding, values);
      if (waiting) await waiting;
    }
  }
  // int32_data holds the bit patterns of the small floats, and of packed elements a byte at a time.
  const isPattern = isSmallType(tensor.type) || tensor.type === 'float16' || tensor.type === 'bfloat16';
  const isHalf = isPattern && !isSmallType(tensor.type);
  const expected = isPattern && !isHalf ? byteLength : tensor.elementCount;
  if (values.length !== expected) {
    throw damaged(
      `Tensor "${tensor.name}" of shape ${tensor.shape.join('×') || 'scalar'} holds ${values.length} numbers`,
      range.start,
      reader,
    );
  }
  if (!isPattern) return { kind: 'numbers', values };
  const patterns = isHalf ? new Uint16Array(values) : new Uint8Array(values);
  return {
    kind: 'numbers',
    values: decodeElements(new Uint8Array(patterns.buffer), tensor.type, tensor.elementCount),
  };
}

/** A reader over a source, for tensors outside any other message. */
export function tensorContext(source: ByteSource, externalFiles: ExternalFiles): TensorContext {
  return {
    reader: new PagedReader(source),
    externalFiles,
    missingFiles: new Set(),
    refused: new RefusedTensors(),
  };
}
