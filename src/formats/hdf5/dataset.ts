/** A dataset: the shape, type and place of its elements. The elements themselves are not read here. */
import { turnedSource } from '../big-endian';
import { type ByteSource, sliceSource } from '../byte-source';
import { checkedElementCount, type ElementType, type TensorStorage } from '../tensor';
import { chunkedSource } from './chunked-source';
import { readDataspace, readDatatype } from './datatype';
import { readFilters, unreadFilter } from './filters';
import { type Layout, readLayout } from './layout';
import type { Cursor, Metadata } from './metadata';
import { MESSAGE, type Message } from './object-header';

export type Dataset =
  | {
      readonly kind: 'readable';
      readonly type: ElementType;
      readonly shape: readonly number[];
      readonly elementCount: number;
      readonly storage: TensorStorage;
    }
  /** The reason completes "it is …". */
  | { readonly kind: 'unreadable'; readonly reason: string };

const unreadable = (reason: string): Dataset => ({ kind: 'unreadable', reason });

/** Weights hardly compress: a dataset that claims more is not believed. */
const MAX_CREDIBLE_RATIO = 200;

/** Undefined for an object that is no dataset. */
export function readDataset(
  messages: readonly Message[],
  metadata: Metadata,
  name: string,
): Dataset | undefined {
  const find = (type: number) => messages.find((message) => message.type === type);
  const [space, type, layout] = [MESSAGE.dataspace, MESSAGE.datatype, MESSAGE.layout].map(find);
  if (!layout || !type || !space) return undefined;
  if ([space, type, layout].some(({ isShared }) => isShared))
    return unreadable('of a type that is kept elsewhere');
  if (find(MESSAGE.externalFiles)) return unreadable('kept in another file');
  const datatype = readDatatype(type.body);
  if (datatype.kind === 'text') return unreadable('text');
  if (datatype.kind === 'other') return unreadable(`of elements that are ${datatype.what}`);
  const shape = readDataspace(space.body);
  if (!shape) return unreadable('empty');
  const elementCount = checkedElementCount(shape, name, metadata.source.name);
  const place = findElements(readLayout(layout.body), {
    metadata,
    name,
    shape,
    byteLength: elementCount * datatype.bytes,
    elementBytes: datatype.bytes,
    filters: find(MESSAGE.filters)?.body,
  });
  if (typeof place === 'string') return unreadable(place);
  const { source, offset } = place;
  const storage: TensorStorage = datatype.isBigEndian
    ? {
        kind: 'bytes',
        source: turnedSource(sliceSource(source, offset, elementCount * datatype.bytes), datatype.bytes),
        offset: 0,
      }
    : { kind: 'bytes', source, offset };
  return { kind: 'readable', type: datatype.type, shape, elementCount, storage };
}

interface Elements {
  readonly metadata: Metadata;
  readonly name: string;
  readonly shape: readonly number[];
  readonly byteLength: number;
  readonly elementBytes: number;
  readonly filters: Cursor | undefined;
}

/** Where the elements are, or why they cannot be read. */
function findElements(layout: Layout, elements: Elements): { source: ByteSource; offset: number } | string {
  const { metadata, byteLength } = elements;
  const { source } = metadata;
  if (byteLength === 0) return { source, offset: 0 };
  if (layout.kind === 'virtual') return 'put together from other datasets';
  if (layout.kind === 'chunked') return findChunks(layout, elements);
  if (layout.address === undefined) return 'without values, which were never written';
  const { address, bytes = byteLength } = layout;
  if (bytes < byteLength || address + byteLength > source.byteLength) {
    throw metadata.damaged(`The values of dataset "${elements.name}" reach beyond what is stored`, address);
  }
  return { source, offset: address };
}

function findChunks(
  { chunkShape, index }: Extract<Layout, { kind: 'chunked' }>,
  elements: Elements,
): { source: ByteSource; offset: number } | string {
  const { metadata, name, shape, byteLength, elementBytes } = elements;
  const filters = elements.filters ? readFilters(elements.filters) : [];
  const unread = unreadFilter(filters);
  if (unread) return `compressed with ${unread}`;
  if (!index) return 'without values, which were never written';
  if (index.kind === 'unread') return 'in chunks that may grow in number, in the newest form of HDF5';
  const isPossible =
    chunkShape.length === shape.length &&
    shape.length > 0 &&
    chunkShape.every((size) => size > 0) &&
    byteLength <= MAX_CREDIBLE_RATIO * metadata.source.byteLength &&
    chunkShape.reduce((total, size) => total * size, elementBytes) <=
      MAX_CREDIBLE_RATIO * metadata.source.byteLength;
  if (!isPossible) throw metadata.damaged(`Dataset "${name}" has impossible chunks`, Number.NaN);
  return {
    source: chunkedSource(metadata, { name, shape, elementBytes, chunkShape, index, filters }),
    offset: 0,
  };
}
