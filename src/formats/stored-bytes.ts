/** A tensor's elements as bytes of its type, row-major, with the very bits that the file has wherever it has them as that type. */
import { encodeElements } from './encode-elements';
import { viewExtent } from './strided-view';
import { byteLengthOf, ELEMENT_BYTES, readTensor, type StoredTensor } from './tensor';

/** The caller may write to what it gets. */
export async function storedBytes(tensor: StoredTensor): Promise<Uint8Array<ArrayBuffer>> {
  const { storage, type, shape, elementCount } = tensor;
  switch (storage.kind) {
    case 'bytes':
      return new Uint8Array(await storage.source.read(storage.offset, byteLengthOf(type, elementCount)));
    case 'strided': {
      const bytes = ELEMENT_BYTES[type];
      const extent = viewExtent(shape, storage.strides);
      const view = await storage.source.read(storage.offset, extent * bytes);
      return gatherBytes(view, shape, storage.strides, bytes);
    }
    case 'numbers':
      return encodeElements(storage.values, type);
    case 'fill':
    case 'encoded':
      return encodeElements(await readTensor(tensor), type);
    default:
      return storage satisfies never;
  }
}

/** Elements of `size` bytes each. */
function gatherBytes(
  view: Uint8Array,
  shape: readonly number[],
  strides: readonly number[],
  size: number,
): Uint8Array<ArrayBuffer> {
  const count = shape.reduce((total, length) => total * length, 1);
  const gathered = new Uint8Array(count * size);
  const place = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let index = 0; index < count; index++) {
    for (let byte = 0; byte < size; byte++) gathered[index * size + byte] = view[from * size + byte];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++place[axis] < shape[axis]) break;
      from -= place[axis] * strides[axis];
      place[axis] = 0;
    }
  }
  return gathered;
}
