/**
 * A pickle's bytes, a page at a time: after `fill` at least PAYLOAD_BYTES more can be read without waiting (fewer only
 * at the end of the file), so that opcodes are decoded without a promise for each.
 */
import type { ByteSource } from '../byte-source';
import { FormatError } from '../format-error';

/** Texts and bytes longer than this are left in the file: no name of anything is so long. */
export const MAX_INLINE_BYTES = 32 * 1024;
/** An opcode, its number or length, and a text that is read with it. */
const PAYLOAD_BYTES = MAX_INLINE_BYTES + 64;
/** Most pickles of a file are short, so the first page is. */
const FIRST_PAGE_BYTES = 128 * 1024;
const MAX_PAGE_BYTES = 2 ** 20;

export class PickleReader {
  #page: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #pageStart: number;
  #at = 0;
  #pageBytes = FIRST_PAGE_BYTES;

  constructor(
    readonly source: ByteSource,
    start: number,
    /** Bytes that may be looked at, here and in other pickles of the same file. */
    readonly budget: { bytesLeft: number },
  ) {
    this.#pageStart = start;
  }

  get position(): number {
    return this.#pageStart + this.#at;
  }

  /** True where `fill` must be called before the next opcode. */
  get isLow(): boolean {
    const buffered = this.#page.byteLength - this.#at;
    return buffered < PAYLOAD_BYTES && this.position + buffered < this.source.byteLength;
  }

  async fill(): Promise<void> {
    const start = this.position;
    this.#page = await this.source.read(start, Math.min(this.#pageBytes, this.source.byteLength - start));
    this.#pageBytes = Math.min(2 * this.#pageBytes, MAX_PAGE_BYTES);
    this.budget.bytesLeft -= this.#page.byteLength;
    if (this.budget.bytesLeft < 0) throw this.excessive('The pickle is longer than that of any model');
    this.#view = new DataView(this.#page.buffer, this.#page.byteOffset, this.#page.byteLength);
    this.#pageStart = start;
    this.#at = 0;
  }

  damaged(what: string): FormatError {
    return new FormatError(
      what,
      `byte ${this.position} of the pickle in ${this.source.name}`,
      'The file is damaged or was cut short; download or save it again.',
    );
  }

  /** What no model's pickle does, and what may be meant to exhaust Python or the page. */
  excessive(what: string): FormatError {
    return new FormatError(
      what,
      `byte ${this.position} of the pickle in ${this.source.name}`,
      'No model is like that; it may have been made to do harm. Do not load it in Python.',
    );
  }

  /** The offset in the page of the next `length` bytes, which are then behind. */
  #advance(length: number): number {
    const at = this.#at;
    if (at + length > this.#page.byteLength) throw this.damaged('The pickle ends in the middle');
    this.#at += length;
    return at;
  }

  uint8 = () => this.#view.getUint8(this.#advance(1));
  uint16 = () => this.#view.getUint16(this.#advance(2), true);
  uint32 = () => this.#view.getUint32(this.#advance(4), true);
  int32 = () => this.#view.getInt32(this.#advance(4), true);
  uint64 = () => Number(this.#view.getBigUint64(this.#advance(8), true));
  /** Big-endian, alone among all numbers. */
  float64 = () => this.#view.getFloat64(this.#advance(8), false);

  bytes(length: number): Uint8Array {
    const at = this.#advance(length);
    return this.#page.subarray(at, at + length);
  }

  /** Passes over bytes that need not be in the page. Returns where they begin in the file. */
  skip(length: number): number {
    const start = this.position;
    if (start + length > this.source.byteLength) throw this.damaged('The pickle ends in the middle');
    this.#at += length;
    return start;
  }

  /** Up to the end of the line, which is passed over. */
  line(): Uint8Array {
    const end = this.#page.indexOf(10, this.#at);
    if (end < 0 || end - this.#at > MAX_INLINE_BYTES) {
      throw this.damaged('A line of the pickle does not end');
    }
    const line = this.bytes(end - this.#at);
    this.#advance(1);
    return line;
  }
}
