/**
 * FlatBuffers by byte range: tables are read one at a time, vectors when they are asked for, weights never. (The library
 * flatbuffers wants the whole file in memory, and a generated schema of hundreds of classes.) Every offset, field and
 * vector is checked against the file.
 */
import type { ByteSource } from '../byte-source';
import { FormatError } from '../format-error';

const PAGE_BYTES = 64 * 1024;
/** Tables lie scattered through the file: so many pages are kept. */
const MAX_PAGES = 256;
/** Bytes of tables, vectors and texts that may be looked at: those of real models are a few megabytes. */
const MAX_STRUCTURE_BYTES = 32 * 2 ** 20;
/** A table costs at least so much, that a vector which names one table a million times comes to an end. */
const TABLE_COST_BYTES = 64;

export interface VectorPlace {
  /** Of the first element, in the file. */
  readonly start: number;
  readonly count: number;
}

export class FlatBuffer {
  readonly #pages = new Map<number, Promise<Uint8Array>>();
  #bytesLeft = MAX_STRUCTURE_BYTES;

  constructor(readonly source: ByteSource) {}

  damaged(what: string, position: number): FormatError {
    return new FormatError(
      what,
      `byte ${position} of the TensorFlow Lite file ${this.source.name}`,
      'The file is damaged or was cut short; download or convert it again.',
    );
  }

  /** Throws FormatError where `length` bytes at `position` do not lie in the file. */
  check(what: string, position: number, length: number): void {
    if (!(position >= 0 && position + length <= this.source.byteLength)) {
      throw this.damaged(`${what} reaches beyond the end of the file`, position);
    }
  }

  async #bytes(what: string, position: number, length: number): Promise<DataView> {
    this.check(what, position, length);
    this.#bytesLeft -= length;
    if (this.#bytesLeft < 0) throw this.damaged('The model has more structure than any real one', position);
    const page = Math.floor(position / PAGE_BYTES);
    const at = position - page * PAGE_BYTES;
    if (at + length > PAGE_BYTES) {
      const bytes = await this.source.read(position, length);
      return new DataView(bytes.buffer, bytes.byteOffset, length);
    }
    if (this.#pages.size >= MAX_PAGES) this.#pages.clear();
    const start = page * PAGE_BYTES;
    const read =
      this.#pages.get(page) ?? this.source.read(start, Math.min(PAGE_BYTES, this.source.byteLength - start));
    this.#pages.set(page, read);
    const bytes = await read;
    return new DataView(bytes.buffer, bytes.byteOffset + at, length);
  }

  /** Where the 32-bit offset at `position` points to. */
  async follow(position: number): Promise<number> {
    const view = await this.#bytes('An offset', position, 4);
    return position + view.getUint32(0, true);
  }

  async table(position: number): Promise<Table> {
    this.#bytesLeft -= TABLE_COST_BYTES;
    const head = await this.#bytes('A table', position, 4);
    const fieldsAt = position - head.getInt32(0, true);
    const sizes = await this.#bytes("A table's list of fields", fieldsAt, 4);
    const [listBytes, tableBytes] = [sizes.getUint16(0, true), sizes.getUint16(2, true)];
    if (listBytes < 4 || listBytes % 2 !== 0 || tableBytes < 4) {
      throw this.damaged('A table has an impossible list of fields', position);
    }
    const list = await this.#bytes("A table's list of fields", fieldsAt, listBytes);
    const content = await this.#bytes('A table', position, tableBytes);
    return new Table(this, position, list, content);
  }

  /** The numbers of a vector, each `width` bytes. */
  async numbers(
    { start, count }: VectorPlace,
    width: number,
    read: (view: DataView, at: number) => number,
  ): Promise<number[]> {
    const view = await this.#bytes('A vector', start, count * width);
    return Array.from({ length: count }, (_, index) => read(view, index * width));
  }

  async readText({ start, count }: VectorPlace): Promise<string> {
    return new TextDecoder().decode(await this.#bytes('A text', start, count));
  }
}

/** One table: fields by their number in the schema, absent ones with the schema's default. */
export class Table {
  constructor(
    readonly file: FlatBuffer,
    readonly position: number,
    readonly fields: DataView,
    readonly content: DataView,
  ) {}

  /** Where a field of `width` bytes begins in the table; 0 if it is absent. */
  #place(field: number, width: number): number {
    const entry = 4 + 2 * field;
    const place = entry + 2 <= this.fields.byteLength ? this.fields.getUint16(entry, true) : 0;
    if (place !== 0 && (place < 4 || place + width > this.content.byteLength)) {
      throw this.file.damaged('A field lies outside its table', this.position);
    }
    return place;
  }

  #number(field: number, width: number, fallback: number, read: (place: number) => number): number {
    const place = this.#place(field, width);
    return place === 0 ? fallback : read(place);
  }

  int8(field: number, fallback = 0): number {
    return this.#number(field, 1, fallback, (place) => this.content.getInt8(place));
  }

  uint8(field: number, fallback = 0): number {
    return this.#number(field, 1, fallback, (place) => this.content.getUint8(place));
  }

  int32(field: number, fallback = 0): number {
    return this.#number(field, 4, fallback, (place) => this.content.getInt32(place, true));
  }

  uint32(field: number, fallback = 0): number {
    return this.#number(field, 4, fallback, (place) => this.content.getUint32(place, true));
  }

  float32(field: number, fallback = 0): number {
    return this.#number(field, 4, fallback, (place) => this.content.getFloat32(place, true));
  }

  uint64(field: number): number {
    return this.#number(field, 8, 0, (place) => Number(this.content.getBigUint64(place, true)));
  }

  flag(field: number): boolean {
    return this.uint8(field) !== 0;
  }

  async table(field: number): Promise<Table | undefined> {
    const place = this.#place(field, 4);
    return place === 0 ? undefined : await this.file.table(this.position + this.uint32(field) + place);
  }

  /** A vector of `width` bytes an element; undefined if it is absent. More than `most` elements are refused. */
  async vector(field: number, width: number, most = 2 ** 31): Promise<VectorPlace | undefined> {
    const place = this.#place(field, 4);
    if (place === 0) return undefined;
    const at = this.position + place + this.uint32(field);
    const [count] = await this.file.numbers({ start: at, count: 1 }, 4, (view) => view.getUint32(0, true));
    if (count > most) throw this.file.damaged(`A vector claims ${count} elements`, at);
    this.file.check('A vector', at + 4, count * width);
    return { start: at + 4, count };
  }

  async int32s(field: number, most: number): Promise<number[] | undefined> {
    const place = await this.vector(field, 4, most);
    return place && (await this.file.numbers(place, 4, (view, at) => view.getInt32(at, true)));
  }

  /** A text; a longer one is cut after `mostBytes`. */
  async text(field: number, mostBytes = 4096): Promise<string> {
    const place = await this.vector(field, 1);
    return place ? await this.file.readText({ ...place, count: Math.min(place.count, mostBytes) }) : '';
  }

  /** Where the tables of a vector of tables lie. */
  async places(field: number, most: number): Promise<number[]> {
    const place = await this.vector(field, 4, most);
    if (!place) return [];
    const offsets = await this.file.numbers(place, 4, (view, at) => view.getUint32(at, true));
    return offsets.map((offset, index) => place.start + 4 * index + offset);
  }

  /** The tables of a vector of tables. */
  async tables(field: number, most: number): Promise<Table[]> {
    const tables: Table[] = [];
    for (const place of await this.places(field, most)) tables.push(await this.file.table(place));
    return tables;
  }
}
