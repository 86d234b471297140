/**
 * The elements of a chunked dataset as a source of bytes, row-major: chunks are looked up, unpacked and put into their places
 * as far as a read needs them.
 */
import type { ByteSource } from '../byte-source';
import { FormatError } from '../format-error';
import { type Chunk, type ChunkGrid, readChunks } from './chunks';
import { type Filter, undoFilters } from './filters';
import type { ChunkIndex } from './layout';
import type { Metadata } from './metadata';

export interface ChunkedData {
  readonly name: string;
  readonly shape: readonly number[];
  readonly elementBytes: number;
  readonly chunkShape: readonly number[];
  readonly index: Exclude<ChunkIndex, { kind: 'unread' }>;
  readonly filters: readonly Filter[];
}

const product = (sizes: readonly number[]) => sizes.reduce((total, size) => total * size, 1);

/** Deflate cannot do better than 1,032 : 1. */
const MAX_DEFLATE_RATIO = 1032;

export function chunkedSource(metadata: Metadata, data: ChunkedData): ByteSource {
  const { shape, chunkShape, elementBytes, filters } = data;
  const grid: ChunkGrid = {
    counts: shape.map((size, axis) => Math.ceil(size / chunkShape[axis])),
    chunkShape,
    chunkBytes: product(chunkShape) * elementBytes,
    isFiltered: filters.length > 0,
  };
  const { source } = metadata;
  const damaged = (what: string) =>
    new FormatError(
      what,
      `dataset "${data.name}" in ${source.name}`,
      'The file is damaged or was not written to its end; save it again.',
    );
  let chunks: Promise<Chunk[]> | undefined;

  async function allChunks(): Promise<Chunk[]> {
    const byPlace = new Map<string, Chunk>();
    let stored = 0;
    for await (const chunk of readChunks(metadata, data.index, grid)) {
      const isInside = chunk.place.every(
        (place, axis) => Number.isInteger(place) && place < grid.counts[axis],
      );
      if (!isInside || chunk.address + chunk.bytes > source.byteLength) {
        throw damaged('A chunk lies outside the data');
      }
      byPlace.set(chunk.place.join(), chunk);
      stored += chunk.bytes;
    }
    const wanted = product(grid.counts);
    if (byPlace.size !== wanted) throw damaged(`Only ${byPlace.size} of ${wanted} chunks were written`);
    if (stored * MAX_DEFLATE_RATIO < product(shape) * elementBytes) {
      throw damaged(`The chunks claim more than their ${stored} bytes can hold`);
    }
    return [...byPlace.values()];
  }

  return {
    name: source.name,
    byteLength: product(shape) * elementBytes,
    async read(offset, length) {
      chunks ??= allChunks();
      const result = new Uint8Array(length);
      for (const chunk of await chunks) {
        const { from, to } = rangeOf(chunk.place, data);
        if (to <= offset || from >= offset + length) continue;
        const packed = await source.read(chunk.address, chunk.bytes);
        const bytes = await undoFilters(packed, filters, chunk.mask, grid.chunkBytes);
        if (bytes?.byteLength !== grid.chunkBytes) throw damaged('A chunk cannot be unpacked');
        for (const run of runsOf(chunk.place, data)) copyRun(bytes, run, result, offset);
      }
      return result;
    },
  };
}

/** Consecutive bytes: where they are in the chunk, and where in the dataset. */
interface Run {
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

/** Where a chunk begins along each axis, and how much of it is within the dataset. */
function extentOf(place: readonly number[], { shape, chunkShape }: ChunkedData) {
  const starts = place.map((index, axis) => index * chunkShape[axis]);
  const sizes = shape.map((size, axis) => Math.min(chunkShape[axis], size - starts[axis]));
  return { starts, sizes };
}

/** From a chunk's first byte within the dataset to behind its last. */
function rangeOf(place: readonly number[], data: ChunkedData): { from: number; to: number } {
  const { starts, sizes } = extentOf(place, data);
  const byteOf = (at: readonly number[]) =>
    at.reduce((index, position, axis) => index * data.shape[axis] + position, 0) * data.elementBytes;
  const last = starts.map((start, axis) => start + sizes[axis] - 1);
  return { from: byteOf(starts), to: byteOf(last) + data.elementBytes };
}

/** A chunk's rows within the dataset, one at a time: there may be very many. */
function* runsOf(place: readonly number[], data: ChunkedData): Generator<Run> {
  const { shape, chunkShape, elementBytes } = data;
  const rank = shape.length;
  const { starts, sizes } = extentOf(place, data);
  const rows = product(sizes.slice(0, -1));
  const at = new Array<number>(rank).fill(0);
  for (let row = 0; row < rows; row++) {
    let [from, to] = [0, 0];
    for (let axis = 0; axis < rank; axis++) {
      from = from * chunkShape[axis] + at[axis];
      to = to * shape[axis] + starts[axis] + at[axis];
    }
    yield {
      from: from * elementBytes,
      to: to * elementBytes,
      bytes: sizes[rank - 1] * elementBytes,
    };
    for (let axis = rank - 2; axis >= 0; axis--) {
      at[axis]++;
      if (at[axis] < sizes[axis]) break;
      at[axis] = 0;
    }
  }
}

function copyRun(chunk: Uint8Array, { from, to, bytes }: Run, result: Uint8Array, offset: number): void {
  const start = Math.max(0, offset - to);
  const end = Math.min(bytes, offset + result.byteLength - to);
  if (start < end) result.set(chunk.subarray(from + start, from + end), to + start - offset);
}
