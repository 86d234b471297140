/** PyTorch's storages: runs of bytes outside the pickle, which tensors are views of. */
import type { ByteSource } from '../byte-source';
import { FormatError } from '../format-error';
import { globalName, isGlobal, type PickleValue } from '../pickle';
import type { ElementType } from '../tensor';

/** What elements are; `unread` says why they cannot be read. Untyped storages are bytes until a tensor gives a type. */
export interface DataType {
  readonly bytes: number;
  readonly type?: ElementType;
  readonly unread?: string;
}

const readable = (type: ElementType, bytes: number): DataType => ({ type, bytes });
const unreadable = (unread: string, bytes: number): DataType => ({ unread, bytes });

/** By storage class. The device (torch.cuda.FloatStorage) does not matter. */
const STORAGE_CLASSES = new Map<string, DataType>([
  ['DoubleStorage', readable('float64', 8)],
  ['FloatStorage', readable('float32', 4)],
  ['HalfStorage', readable('float16', 2)],
  ['BFloat16Storage', readable('bfloat16', 2)],
  ['LongStorage', readable('int64', 8)],
  ['IntStorage', readable('int32', 4)],
  ['ShortStorage', readable('int16', 2)],
  ['CharStorage', readable('int8', 1)],
  ['ByteStorage', readable('uint8', 1)],
  ['BoolStorage', readable('bool', 1)],
  ['UntypedStorage', unreadable('of no type', 1)],
  ['_UntypedStorage', unreadable('of no type', 1)],
  ['ComplexFloatStorage', unreadable('complex', 8)],
  ['ComplexDoubleStorage', unreadable('complex', 16)],
  ['QInt8Storage', unreadable('quantised', 1)],
  ['QUInt8Storage', unreadable('quantised', 1)],
  ['QUInt4x2Storage', unreadable('quantised', 1)],
  ['QUInt2x4Storage', unreadable('quantised', 1)],
  ['QInt32Storage', unreadable('quantised', 4)],
]);

/** By torch.dtype, for the types that have no storage class of their own. */
const DTYPES = new Map<string, DataType>([
  ['torch.float64', readable('float64', 8)],
  ['torch.float32', readable('float32', 4)],
  ['torch.float16', readable('float16', 2)],
  ['torch.bfloat16', readable('bfloat16', 2)],
  ['torch.float8_e4m3fn', readable('float8e4m3', 1)],
  ['torch.float8_e5m2', readable('float8e5m2', 1)],
  ['torch.int64', readable('int64', 8)],
  ['torch.int32', readable('int32', 4)],
  ['torch.int16', readable('int16', 2)],
  ['torch.int8', readable('int8', 1)],
  ['torch.uint64', readable('uint64', 8)],
  ['torch.uint32', readable('uint32', 4)],
  ['torch.uint16', readable('uint16', 2)],
  ['torch.uint8', readable('uint8', 1)],
  ['torch.bool', readable('bool', 1)],
]);

export function dataTypeOf(dtype: PickleValue): DataType {
  const name = isGlobal(dtype) ? globalName(dtype) : 'an unnamed type';
  return DTYPES.get(name) ?? unreadable(`of type ${name}`, 1);
}

export interface Storage {
  readonly source: ByteSource;
  readonly offset: number;
  readonly byteLength: number;
  readonly dataType: DataType;
}

/** The storage that a persistent id stands for. Throws FormatError where there is none. */
export type FindStorage = (id: PickleValue) => Storage;

/** ('storage', class, key, device, elements), and in old files the part of the storage that is meant. */
export interface StorageId {
  readonly key: string;
  readonly dataType: DataType;
  readonly byteLength: number;
  readonly view?: { readonly offset: number; readonly byteLength: number };
}

export function damagedTensor(what: string, fileName: string): FormatError {
  return new FormatError(what, fileName, 'The file is damaged; download or save it again.');
}

export const isCount = (value: PickleValue | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/** More axes than any tensor has. */
const MAX_RANK = 16;

/** Sizes or strides, one for each axis. */
export const isCountList = (value: PickleValue | undefined): value is number[] =>
  Array.isArray(value) && value.length <= MAX_RANK && value.every(isCount);

/** Undefined for persistent ids that are no storages. */
export function parseStorageId(id: PickleValue, fileName: string): StorageId | undefined {
  if (!Array.isArray(id) || id[0] !== 'storage') return undefined;
  const [, storageClass, key, , elementCount, view] = id;
  const isKey = typeof key === 'string' || typeof key === 'number' || typeof key === 'bigint';
  if (!isGlobal(storageClass) || !isKey || !isCount(elementCount)) {
    throw damagedTensor('A tensor does not say where its values are stored', fileName);
  }
  const className = storageClass.name.split('.').at(-1) ?? '';
  const dataType = STORAGE_CLASSES.get(className);
  if (!dataType) {
    throw damagedTensor(`A tensor is stored as "${className.slice(0, 80)}", which is not known`, fileName);
  }
  const { bytes } = dataType;
  const common = { key: String(key), dataType, byteLength: elementCount * bytes };
  if (!Array.isArray(view)) return common;
  const [, offset, viewElements] = view;
  if (!isCount(offset) || !isCount(viewElements) || offset + viewElements > elementCount) {
    throw damagedTensor('A part of a storage reaches beyond it', fileName);
  }
  return { ...common, view: { offset: offset * bytes, byteLength: viewElements * bytes } };
}

/** Narrows a storage to the part that an old file means. */
export function partOf(storage: Storage, { view }: StorageId): Storage {
  return view ? { ...storage, offset: storage.offset + view.offset, byteLength: view.byteLength } : storage;
}
