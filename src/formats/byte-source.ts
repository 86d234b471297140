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

/** Files up to this are read in one go: asking the browser for a range costs more than a range of so little. */
const WHOLE_BYTES = 4 * 1024 ** 2;

/** A `File` or `Blob`: a dropped file, or a response of our own server. */
export function blobSource(blob: Blob, name: string): ByteSource {
  const range = (start: number, end: number) => blob.slice(start, end).arrayBuffer();
  let whole: Promise<ArrayBuffer> | undefined;
  return {
    name,
    byteLength: blob.size,
    async read(offset, length) {
      const end = offset + length;
      if (blob.size > WHOLE_BYTES) return new Uint8Array(await range(offset, end));
      whole ??= range(0, blob.size);
      return new Uint8Array((await whole).slice(offset, end));
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

  /** What is in memory. Another array when another part of the file is. */
  get page(): Uint8Array {
    return this.#page;
  }

  /** Where in the file the page begins. */
  get pageStart(): number {
    return this.#pageStart;
  }

  /** Whether the page holds `length` bytes from `offset` on; fewer at the end of the file. */
  holds(offset: number, length: number): boolean {
    const end = Math.min(offset + length, this.source.byteLength);
    return offset >= this.#pageStart && end <= this.#pageStart + this.#page.byteLength;
  }

  /** Makes the page hold them. */
  async load(offset: number, length: number): Promise<void> {
    if (this.holds(offset, length)) return;
    const left = this.source.byteLength - offset;
    this.#page = await this.source.read(offset, Math.min(Math.max(this.pageBytes, length), left));
    this.#pageStart = offset;
  }

  /** The bytes from `offset` on, at least `length` of them (fewer only at the end of the file). */
  async window(offset: number, length: number): Promise<Uint8Array> {
    await this.load(offset, length);
    return this.#page.subarray(offset - this.#pageStart);
  }
}
