/**
 * Tensors as PyTorch pickles them: calls of torch._utils._rebuild_…, which say where the values are stored and how they
 * are laid out. The calls are read, not made; the values stay in the file.
 */
import {
  calleeName,
  entriesOf,
  isObject,
  isPersistentId,
  type PickledObject,
  type PickleValue,
} from '../pickle';
import { isContiguous, viewExtent } from '../strided-view';
import { checkedElementCount, type ElementType, type TensorStorage } from '../tensor';
import { readArray } from './numpy';
import {
  type DataType,
  damagedTensor,
  dataTypeOf,
  type FindStorage,
  isCount,
  isCountList,
  type Storage,
} from './storage';

export type FoundTensor =
  | {
      readonly kind: 'readable';
      readonly type: ElementType;
      readonly shape: readonly number[];
      readonly elementCount: number;
      readonly storage: TensorStorage;
    }
  /** The reason completes "it is …". */
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Whether a value is a tensor, and which; undefined for anything else. Throws FormatError for impossible ones. */
export type ReadTensorValue = (value: PickleValue) => FoundTensor | undefined;

/** A view may repeat elements (expand), and so claim any size in a few bytes: not beyond this many. */
const MAX_REPEATED_ELEMENTS = 2 ** 24;
/** A parameter of a subclass of a tensor is a call within a call. */
const MAX_WRAPPERS = 8;

const UNREADABLE = new Map([
  ['torch._utils._rebuild_qtensor', 'quantised'],
  ['torch._utils._rebuild_sparse_tensor', 'sparse'],
  ['torch._utils._rebuild_nested_tensor', 'nested'],
  ['torch._utils._rebuild_meta_tensor_no_storage', 'without values (device "meta")'],
  ['torch._utils._rebuild_wrapper_subclass', 'of a class of its own'],
  ['torch.jit._pickle.build_tensor_from_id', 'stored elsewhere'],
]);

/** Calls whose first argument is the tensor itself. */
const WRAPPERS = new Set([
  'torch._utils._rebuild_parameter',
  'torch._utils._rebuild_parameter_with_state',
  'torch._utils._rebuild_device_tensor_from_cpu_tensor',
  'torch._utils._rebuild_device_tensor_from_numpy',
  'torch._utils._rebuild_xla_tensor',
  'torch.nn.parameter.Parameter',
  'torch.nn.parameter.Buffer',
  'torch.autograd.variable.Variable',
  'torch.jit._pickle.restore_type_tag',
]);

export function tensorReader(findStorage: FindStorage, fileName: string): ReadTensorValue {
  const known = new Map<PickledObject, FoundTensor | undefined>();
  return (value) => {
    if (!isObject(value)) return undefined;
    if (!known.has(value)) known.set(value, readCall(value, findStorage, fileName));
    return known.get(value);
  };
}

function readCall(
  object: PickledObject,
  findStorage: FindStorage,
  fileName: string,
): FoundTensor | undefined {
  let call = object;
  for (let wrappers = 0; wrappers < MAX_WRAPPERS; wrappers++) {
    const name = calleeName(call);
    const reason = UNREADABLE.get(name);
    if (reason) return { kind: 'unreadable', reason };
    const [first, , inner] = call.callArguments;
    if (name === 'torch._tensor._rebuild_from_type_v2' && Array.isArray(inner)) {
      // (function, class, arguments, attributes)
      call = { kind: 'object', callee: first, callArguments: inner };
    } else if (WRAPPERS.has(name) && first !== undefined && isObject(first)) {
      call = first;
    } else if (/^torch\._utils\._rebuild_tensor(_v[23])?$/.test(name)) {
      return rebuild(call, name.endsWith('_v3'), findStorage, fileName);
    } else {
      return readArray(call, fileName);
    }
  }
  return undefined;
}

/** (storage, offset, shape, strides, …); version 3 adds the type, and the storage is plain bytes. */
function rebuild(
  { callArguments }: PickledObject,
  isVersion3: boolean,
  findStorage: FindStorage,
  fileName: string,
): FoundTensor {
  const [id, offset, size, stride, , , seventh, eighth] = callArguments;
  if (id !== undefined && isObject(id) && calleeName(id) === 'torch.storage._load_from_bytes') {
    return { kind: 'unreadable', reason: 'packed into a pickle of its own by pickle.dump' };
  }
  if (id === undefined || !isPersistentId(id)) throw damagedTensor('A tensor has no storage', fileName);
  const storage = findStorage(id.id);
  const metadata = entriesOf((isVersion3 ? eighth : seventh) ?? null);
  if (metadata?.get('neg') === true) return { kind: 'unreadable', reason: 'stored with the other sign' };
  const dataType = isVersion3 ? dataTypeOf(seventh ?? null) : storage.dataType;
  return viewOf(storage, dataType, offset, sizesOf(size), sizesOf(stride), fileName);
}

/** A tuple of sizes, plain or as torch.Size. */
function sizesOf(value: PickleValue | undefined): PickleValue | undefined {
  const isSize = value !== undefined && isObject(value) && calleeName(value) === 'torch.Size';
  return isSize ? value.callArguments[0] : value;
}

function viewOf(
  storage: Storage,
  { bytes, type, unread }: DataType,
  offset: PickleValue | undefined,
  shape: PickleValue | undefined,
  strides: PickleValue | undefined,
  fileName: string,
): FoundTensor {
  const isLayout =
    isCount(offset) && isCountList(shape) && isCountList(strides) && shape.length === strides.length;
  if (!isLayout) throw damagedTensor('A tensor has no proper shape and strides', fileName);
  const elementCount = checkedElementCount(shape, shape.join('×') || 'scalar', fileName);
  const extent = viewExtent(shape, strides);
  if (elementCount > 0 && (offset + extent) * bytes > storage.byteLength) {
    throw damagedTensor(
      `A tensor of shape ${shape.join('×') || 'scalar'} reaches ${(offset + extent) * bytes - storage.byteLength} bytes beyond what is stored for it`,
      fileName,
    );
  }
  if (elementCount > Math.max(extent, MAX_REPEATED_ELEMENTS)) {
    throw damagedTensor(
      `A tensor of shape ${shape.join('×')} claims ${elementCount} elements and stores ${extent}`,
      fileName,
    );
  }
  if (!type) return { kind: 'unreadable', reason: unread ?? 'of an unknown type' };
  const { source } = storage;
  const start = storage.offset + offset * bytes;
  return {
    kind: 'readable',
    type,
    shape,
    elementCount,
    storage: isContiguous(shape, strides)
      ? { kind: 'bytes', source, offset: start }
      : { kind: 'strided', source, offset: start, strides },
  };
}
