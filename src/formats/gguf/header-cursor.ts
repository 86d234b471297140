/**
 * Reads a GGUF header from front to back, a page at a time. Numbers are little-endian. What is skipped (a vocabulary of a
 * million tokens) is stepped over, not kept; arrays of numbers are not even read.
 */
import type { ByteSource } from '../byte-source';
import { FormatError } from '../format-error';

const PAGE_BYTES = 256 * 1024;
/** The largest headers of real models hold vocabularies and are a few tens of megabytes long. */
const MAX_HEADER_BYTES = 64 * 2 ** 20;

export class HeaderCursor {
  #page: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #pageStart = 0;
  #at = 0;

  constructor(
    readonly source: ByteSource,
    /** Version 1 counts in 32 bits, later ones in 64. */
    public hasWideCounts = true,
  ) {}

  /** Offset in the file of what is read next. */
  get position(): number {
    return this.#pageStart + this.#at;
  }

  damaged(what: string): FormatError {
    return new FormatError(
      what,
      `byte ${this.position} of the GGUF header of ${this.source.name}`,
      'The file is damaged or was cut short; download it again.',
    );
  }

  /** True where `length` bytes can be read without waiting. */
  holds(length: number): boolean {
    return this.#at + length <= this.#page.byteLength;
  }

  /** Makes `length` bytes readable. Throws FormatError where the file has not so many left. */
  async fill(length: number): Promise<void> {
    if (this.holds(length)) return;
    const start = this.position;
    const left = this.source.byteLength - start;
    if (length > left) throw this.damaged(`The header needs ${length} more bytes, the file has ${left}`);
    if (start + length > MAX_HEADER_BYTES) throw this.damaged('The header is longer than that of any model');
    this.#page = await this.source.read(start, Math.min(Math.max(PAGE_BYTES, length), left));
    this.#view = new DataView(this.#page.buffer, this.#page.byteOffset, this.#page.byteLength);
    this.#pageStart = start;
    this.#at = 0;
  }

  /** Steps over bytes without reading them. */
  skip(length: number): void {
    const left = this.source.byteLength - this.position;
    if (length > left) throw this.damaged(`The header skips ${length} bytes, the file has ${left} left`);
    if (this.holds(length)) this.#at += length;
    else {
      this.#pageStart = this.position + length;
      this.#page = new Uint8Array(0);
      this.#at = 0;
    }
  }

  /** A number, from bytes that `fill` has made readable. */
  take(bytes: number, read: (view: DataView, at: number) => number): number {
    const value = read(this.#view, this.#at);
    this.#at += bytes;
    return value;
  }

  async uint32(): Promise<number> {
    await this.fill(4);
    return this.take(4, (view, at) => view.getUint32(at, true));
  }

  get countBytes(): 4 | 8 {
    return this.hasWideCounts ? 8 : 4;
  }

  /** A count or length, from bytes that `fill` has made readable. Beyond 2^53 it is rounded, and refused by every user. */
  takeCount(): number {
    return this.hasWideCounts
      ? this.take(8, readUint64)
      : this.take(4, (view, at) => view.getUint32(at, true));
  }

  async count(): Promise<number> {
    await this.fill(this.countBytes);
    return this.takeCount();
  }

  /** A text of at most `maxBytes`; of a longer one the beginning, with an ellipsis. */
  async text(maxBytes: number): Promise<string> {
    const length = await this.count();
    const kept = Math.min(length, maxBytes);
    await this.fill(kept);
    const text = new TextDecoder().decode(this.#page.subarray(this.#at, this.#at + kept));
    this.#at += kept;
    this.skip(length - kept);
    return length > kept ? `${text}…` : text;
  }
}

export function readUint64(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
}

export function readInt64(view: DataView, at: number): number {
  return view.getInt32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
}
