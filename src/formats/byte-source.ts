/**
 * A file as byte ranges: nothing is read before it is asked for, so a file larger than memory can be opened.
 * Offsets and lengths are in bytes.
 */
export interface ByteSource {
  readonly name: string;
  readonly byteLength: number;
  /** Reads exactly `length` bytes; the caller has checked the range against `byteLength`. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** A `File` or `Blob`: a dropped file, or a response of our own server. */
export function blobSource(blob: Blob, name: string): ByteSource {
  return {
    name,
    byteLength: blob.size,
    async read(offset, length) {
      return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
    },
  };
}

/** Bytes already in memory. Reads are views, not copies. */
export function memorySource(bytes: Uint8Array, name: string): ByteSource {
  return {
    name,
    byteLength: bytes.byteLength,
    async read(offset, length) {
      return bytes.subarray(offset, offset + length);
    },
  };
}

/** A run of bytes within another source: an entry of an archive, say. The caller has checked the range. */
export function sliceSource(source: ByteSource, start: number, byteLength: number): ByteSource {
  return {
    name: source.name,
    byteLength,
    read: (offset, length) => source.read(start + offset, length),
  };
}

const PAGE_BYTES = 64 * 1024;

/**
 * The same source through a one-page window, for readers that hop through a file field by field.
 * Bytes inside the current page are handed out without waiting.
 */
export class PagedReader {
  #page: Uint8Array = new Uint8Array(0);
  #pageStart = 0;

  constructor(
    readonly source: ByteSource,
    readonly pageBytes = PAGE_BYTES,
  ) {}

  /** The bytes from `offset` on, at least `length` of them (fewer only at the end of the file). */
  async window(offset: number, length: number): Promise<Uint8Array> {
    const available = Math.min(length, this.source.byteLength - offset);
    const start = offset - this.#pageStart;
    if (start < 0 || start + available > this.#page.byteLength) {
      const wanted = Math.min(Math.max(this.pageBytes, available), this.source.byteLength - offset);
      this.#page = await this.source.read(offset, wanted);
      this.#pageStart = offset;
      return this.#page;
    }
    return this.#page.subarray(start);
  }
}
