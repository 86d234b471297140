/** How the elements of a dataset are laid out: in its header, in one piece, or in chunks with an index. */
import type { Cursor } from './metadata';

/** How the places of chunks are found. */
export type ChunkIndex =
  | { readonly kind: 'b-tree-1' | 'b-tree-2' | 'implicit'; readonly address: number }
  | {
      readonly kind: 'single';
      readonly address: number;
      readonly bytes: number | undefined;
      readonly mask: number;
    }
  | { readonly kind: 'fixed-array'; readonly address: number }
  | { readonly kind: 'unread' };

export type Layout =
  | { readonly kind: 'compact'; readonly address: number; readonly bytes: number }
  /** Undefined address: nothing was written. */
  | { readonly kind: 'contiguous'; readonly address: number | undefined; readonly bytes: number | undefined }
  | {
      readonly kind: 'chunked';
      readonly chunkShape: readonly number[];
      readonly index: ChunkIndex | undefined;
    }
  | { readonly kind: 'virtual' };

const COMPACT = 0;
const CONTIGUOUS = 1;
const CHUNKED = 2;
const VIRTUAL = 3;

export function readLayout(body: Cursor): Layout {
  const version = body.uint(1);
  if (version < 1 || version > 5) throw body.damaged(`A layout is of version ${version}, which is not known`);
  if (version < 3) return readOldLayout(body);
  const layoutClass = body.uint(1);
  switch (layoutClass) {
    case COMPACT: {
      const bytes = body.uint(2);
      return { kind: 'compact', address: body.address + body.position, bytes };
    }
    case CONTIGUOUS:
      return { kind: 'contiguous', address: body.offset(), bytes: body.length() };
    case CHUNKED:
      return version === 3 ? readChunks(body) : readNewChunks(body);
    case VIRTUAL:
      return { kind: 'virtual' };
    default:
      throw body.damaged(`A layout is of class ${layoutClass}, which is not known`);
  }
}

function readOldLayout(body: Cursor): Layout {
  const rank = body.uint(1);
  const layoutClass = body.uint(1);
  body.skip(5);
  const address = layoutClass === COMPACT ? undefined : body.offset();
  const sizes = Array.from({ length: rank }, () => body.uint(4));
  if (layoutClass === CONTIGUOUS) return { kind: 'contiguous', address, bytes: undefined };
  if (layoutClass === CHUNKED) return chunked(sizes, address);
  const bytes = body.uint(4);
  return { kind: 'compact', address: body.address + body.position, bytes };
}

/** The last size is that of an element. */
function chunked(sizes: readonly number[], address: number | undefined): Layout {
  const index = address === undefined ? undefined : ({ kind: 'b-tree-1', address } as const);
  return { kind: 'chunked', chunkShape: sizes.slice(0, -1), index };
}

function readChunks(body: Cursor): Layout {
  const rank = body.uint(1);
  const address = body.offset();
  return chunked(
    Array.from({ length: rank }, () => body.uint(4)),
    address,
  );
}

const SINGLE = 1;
const IMPLICIT = 2;
const FIXED_ARRAY = 3;
const EXTENSIBLE_ARRAY = 4;
const B_TREE_2 = 5;
/** Bytes of what an index says of itself before its address. */
const INDEX_BYTES: Readonly<Record<number, number>> = {
  [SINGLE]: 0,
  [IMPLICIT]: 0,
  [FIXED_ARRAY]: 1,
  [EXTENSIBLE_ARRAY]: 5,
  [B_TREE_2]: 6,
};
const SINGLE_IS_FILTERED = 2;

function readNewChunks(body: Cursor): Layout {
  const flags = body.uint(1);
  const rank = body.uint(1);
  const sizeBytes = body.uint(1);
  const sizes = Array.from({ length: rank }, () => body.uint(sizeBytes));
  const kind = body.uint(1);
  const isFilteredSingle = kind === SINGLE && (flags & SINGLE_IS_FILTERED) !== 0;
  const bytes = isFilteredSingle ? body.length() : undefined;
  const mask = isFilteredSingle ? body.uint(4) : 0;
  if (!(kind in INDEX_BYTES)) throw body.damaged(`Chunks have an index of type ${kind}, which is not known`);
  const address = body.skip(INDEX_BYTES[kind]).offset();
  return { kind: 'chunked', chunkShape: sizes.slice(0, -1), index: indexOf(kind, address, bytes, mask) };
}

function indexOf(
  kind: number,
  address: number | undefined,
  bytes: number | undefined,
  mask: number,
): ChunkIndex | undefined {
  if (address === undefined) return undefined;
  switch (kind) {
    case SINGLE:
      return { kind: 'single', address, bytes, mask };
    case IMPLICIT:
      return { kind: 'implicit', address };
    case FIXED_ARRAY:
      return { kind: 'fixed-array', address };
    case B_TREE_2:
      return { kind: 'b-tree-2', address };
    default:
      return { kind: 'unread' };
  }
}
