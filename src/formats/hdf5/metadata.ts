/**
 * The bytes of an HDF5 file that describe it: read by address, through pages that are kept, never beyond the file and never
 * more in all than a file of its size can need. Since every structure takes bytes, that bound also ends cycles.
 * Checksums are not looked at: what is read is checked for what it means.
 */
import type { ByteSource } from '../byte-source';
import { FormatError } from '../format-error';

const PAGE_BYTES = 16 * 1024;
/** 4 MiB of pages. */
const MAX_PAGES = 256;
/** The headers of 50,000 tensors. */
const MAX_METADATA_BYTES = 32 * 2 ** 20;
/** What a read costs beside its bytes. */
const READ_COST = 64;

export class Metadata {
  /** Bytes of an address and of a length; the superblock says. */
  offsetBytes = 8;
  lengthBytes = 8;
  #budget: number;
  readonly #pages = new Map<number, Promise<Uint8Array>>();

  constructor(readonly source: ByteSource) {
    // A part of the description may be read more than once, but not often.
    this.#budget = Math.min(MAX_METADATA_BYTES, 4 * source.byteLength + 2 ** 20);
  }

  /** Reads `length` bytes; `what` names them in errors. */
  async read(address: number, length: number, what: string): Promise<Cursor> {
    if (!(address >= 0 && length >= 0 && address + length <= this.source.byteLength)) {
      throw this.damaged(`${what} lies outside the file`, address);
    }
    this.charge(length + READ_COST, address);
    return new Cursor(await this.#bytes(address, length), this, address);
  }

  /** Counts bytes that are read, or read again. */
  charge(byteCount: number, address: number): void {
    this.#budget -= byteCount;
    if (this.#budget < 0) throw this.damaged('The file describes itself without end', address);
  }

  damaged(what: string, address: number): FormatError {
    const at = Number.isSafeInteger(address) ? `byte ${address} of ` : '';
    return new FormatError(
      what,
      `HDF5 file, ${at}${this.source.name}`,
      'The file is damaged or was cut short; download or save it again.',
    );
  }

  async #bytes(address: number, length: number): Promise<Uint8Array> {
    if (length > PAGE_BYTES) return await this.source.read(address, length);
    const first = Math.floor(address / PAGE_BYTES);
    const start = address - first * PAGE_BYTES;
    const page = await this.#page(first);
    if (start + length <= page.byteLength) return page.subarray(start, start + length);
    const joined = new Uint8Array(length);
    joined.set(page.subarray(start));
    const next = await this.#page(first + 1);
    joined.set(next.subarray(0, start + length - page.byteLength), page.byteLength - start);
    return joined;
  }

  #page(number: number): Promise<Uint8Array> {
    const known = this.#pages.get(number);
    if (known) return known;
    const start = number * PAGE_BYTES;
    const page = this.source.read(start, Math.min(PAGE_BYTES, this.source.byteLength - start));
    const [oldest] = this.#pages.keys();
    if (this.#pages.size >= MAX_PAGES) this.#pages.delete(oldest);
    this.#pages.set(number, page);
    return page;
  }
}

/** Reads little-endian fields one after another; what is not there is an error, never a zero. */
export class Cursor {
  position = 0;

  constructor(
    readonly bytes: Uint8Array,
    readonly metadata: Metadata,
    /** Of the first byte, for errors. */
    readonly address: number,
  ) {}

  get left(): number {
    return this.bytes.byteLength - this.position;
  }

  /** Beyond 2^53 a number is rounded, and refused later for being an impossible size. */
  uint(byteCount: number): number {
    const { bytes } = this;
    const start = this.#advance(byteCount);
    let value = 0;
    for (let index = byteCount - 1; index >= 0; index--) value = value * 256 + bytes[start + index];
    return value;
  }

  length(): number {
    return this.uint(this.metadata.lengthBytes);
  }

  /** Undefined where nothing is pointed to. */
  offset(): number | undefined {
    const { offsetBytes } = this.metadata;
    const { bytes, position } = this;
    const value = this.uint(offsetBytes);
    for (let index = 0; index < offsetBytes; index++) {
      if (bytes[position + index] !== 0xff) return value;
    }
    return undefined;
  }

  skip(byteCount: number): this {
    this.#advance(byteCount);
    return this;
  }

  take(byteCount: number): Cursor {
    const start = this.#advance(byteCount);
    const bytes = this.bytes.subarray(start, start + byteCount);
    return new Cursor(bytes, this.metadata, this.address + start);
  }

  /** Text of a field of `byteCount` bytes, up to the zero that may end it. */
  text(byteCount: number): string {
    const { bytes } = this.take(byteCount);
    const end = bytes.indexOf(0);
    return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
  }

  expect(signature: string): this {
    if (this.text(signature.length) !== signature) {
      throw this.damaged(`There is no "${signature}" where one is pointed to`);
    }
    return this;
  }

  damaged(what: string): FormatError {
    return this.metadata.damaged(what, this.address + this.position);
  }

  #advance(byteCount: number): number {
    const start = this.position;
    if (!(byteCount >= 0 && byteCount <= this.left))
      throw this.damaged('A part of the description ends early');
    this.position += byteCount;
    return start;
  }
}
