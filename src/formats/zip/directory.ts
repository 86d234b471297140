/**
 * The directory of a zip archive: which entries there are and where their bytes lie. Only the end of the file is read.
 * Zip64 is understood. What an archive says of itself is checked before it is believed: entries lie within the file,
 * do not overlap, have different names, and do not claim to unpack to more than their bytes can hold.
 * Names are only ever looked up, never used as paths.
 */
import type { ByteSource } from '../byte-source';
import { FormatError } from '../format-error';

export const STORED = 0;
export const DEFLATED = 8;

export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly isEncrypted: boolean;
  readonly compressedBytes: number;
  /** Bytes when unpacked. */
  readonly byteLength: number;
  readonly headerOffset: number;
  /** Where the next entry, or the directory, begins: this one ends before. */
  readonly limit: number;
}

export interface ZipArchive {
  readonly source: ByteSource;
  /** In the order of the directory. */
  readonly entries: ReadonlyMap<string, ZipEntry>;
}

const LOCAL_HEADER_BYTES = 30;
const DIRECTORY_ENTRY_BYTES = 46;
const END_BYTES = 22;
const ZIP64_LOCATOR_BYTES = 20;
const ZIP64_END_BYTES = 56;
/** The comment that may follow the end record. */
const MAX_COMMENT_BYTES = 0xffff;
/** A model of 100,000 tensors needs half of it. */
const MAX_DIRECTORY_BYTES = 16 * 2 ** 20;
/** Deflate cannot do better than 1,032 : 1. */
const MAX_DEFLATE_RATIO = 1032;
/** Beyond this size an entry must be credible, not only possible: weights hardly compress at all. */
const MAX_SUSPICIOUS_BYTES = 64 * 2 ** 20;
const MAX_CREDIBLE_RATIO = 200;

const ALL_ONES_16 = 0xffff;
const ALL_ONES_32 = 0xffffffff;

function damaged(what: string, source: ByteSource): FormatError {
  return new FormatError(
    what,
    `zip archive ${source.name}`,
    'The file is damaged or was cut short; download or copy it again.',
  );
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A 64-bit offset or length; beyond 2^53 it is rounded, and refused later for lying outside the file. */
const uint64 = (view: DataView, offset: number) => Number(view.getBigUint64(offset, true));

/** Reads the directory. Throws FormatError. */
export async function readZip(source: ByteSource): Promise<ZipArchive> {
  const { offset, byteLength, entryCount } = await findDirectory(source);
  if (byteLength > MAX_DIRECTORY_BYTES) {
    throw damaged(`The archive claims a directory of ${byteLength} bytes`, source);
  }
  if (entryCount * DIRECTORY_ENTRY_BYTES > byteLength) {
    throw damaged(`The archive claims ${entryCount} entries in a directory of ${byteLength} bytes`, source);
  }
  const view = viewOf(await source.read(offset, byteLength));
  const entries: ZipEntry[] = [];
  let position = 0;
  for (let index = 0; index < entryCount; index++) {
    const { entry, end } = readEntry(view, position, offset, source);
    entries.push(entry);
    position = end;
  }
  return { source, entries: checkedEntries(entries, offset, source) };
}

interface Directory {
  readonly offset: number;
  readonly byteLength: number;
  readonly entryCount: number;
}

async function findDirectory(source: ByteSource): Promise<Directory> {
  const tailBytes = Math.min(source.byteLength, END_BYTES + MAX_COMMENT_BYTES + ZIP64_LOCATOR_BYTES);
  const tailStart = source.byteLength - tailBytes;
  const tail = viewOf(await source.read(tailStart, tailBytes));
  for (let end = tailBytes - END_BYTES; end >= 0; end--) {
    if (tail.getUint32(end, true) !== 0x06054b50) continue;
    if (end + END_BYTES + tail.getUint16(end + 20, true) !== tailBytes) continue;
    const short = {
      offset: tail.getUint32(end + 16, true),
      byteLength: tail.getUint32(end + 12, true),
      entryCount: tail.getUint16(end + 10, true),
    };
    const isZip64 =
      short.offset === ALL_ONES_32 || short.byteLength === ALL_ONES_32 || short.entryCount === ALL_ONES_16;
    const locator = end - ZIP64_LOCATOR_BYTES;
    const hasLocator = locator >= 0 && tail.getUint32(locator, true) === 0x07064b50;
    const directory = isZip64 && hasLocator ? await readZip64End(source, uint64(tail, locator + 8)) : short;
    if (directory.offset + directory.byteLength > tailStart + end) {
      throw damaged('The archive places its directory outside the file', source);
    }
    return directory;
  }
  throw damaged('The zip archive has no directory at its end', source);
}

async function readZip64End(source: ByteSource, offset: number): Promise<Directory> {
  if (offset + ZIP64_END_BYTES > source.byteLength) {
    throw damaged('The archive places its zip64 record outside the file', source);
  }
  const view = viewOf(await source.read(offset, ZIP64_END_BYTES));
  if (view.getUint32(0, true) !== 0x06064b50) throw damaged('The archive has no zip64 record', source);
  return { offset: uint64(view, 48), byteLength: uint64(view, 40), entryCount: uint64(view, 32) };
}

function readEntry(
  view: DataView,
  position: number,
  directoryOffset: number,
  source: ByteSource,
): { entry: ZipEntry; end: number } {
  if (position + DIRECTORY_ENTRY_BYTES > view.byteLength || view.getUint32(position, true) !== 0x02014b50) {
    throw damaged('The directory of the archive is damaged', source);
  }
  const nameEnd = position + DIRECTORY_ENTRY_BYTES + view.getUint16(position + 28, true);
  const extraEnd = nameEnd + view.getUint16(position + 30, true);
  const end = extraEnd + view.getUint16(position + 32, true);
  if (end > view.byteLength) throw damaged('The directory of the archive is damaged', source);
  const nameStart = position + DIRECTORY_ENTRY_BYTES;
  const name = new TextDecoder().decode(
    new Uint8Array(view.buffer, view.byteOffset + nameStart, nameEnd - nameStart),
  );
  // Numbers that do not fit stand in the zip64 extra field, in this order.
  const wide = wideNumbers(view, nameEnd, extraEnd);
  const number = (offset: number) => {
    const short = view.getUint32(offset, true);
    return short === ALL_ONES_32 ? (wide.shift() ?? short) : short;
  };
  const byteLength = number(position + 24);
  const compressedBytes = number(position + 20);
  const headerOffset = number(position + 42);
  const entry = {
    name,
    method: view.getUint16(position + 10, true),
    isEncrypted: (view.getUint16(position + 8, true) & 1) === 1,
    compressedBytes,
    byteLength,
    headerOffset,
    limit: directoryOffset,
  };
  return { entry, end };
}

function wideNumbers(view: DataView, start: number, end: number): number[] {
  for (let position = start; position + 4 <= end; ) {
    const length = view.getUint16(position + 2, true);
    const next = position + 4 + length;
    if (next > end) break;
    if (view.getUint16(position, true) === 1) {
      const count = Math.min(3, Math.floor(length / 8));
      return Array.from({ length: count }, (_, index) => uint64(view, position + 4 + 8 * index));
    }
    position = next;
  }
  return [];
}

function checkedEntries(
  listed: readonly ZipEntry[],
  directoryOffset: number,
  source: ByteSource,
): Map<string, ZipEntry> {
  const byOffset = [...listed].sort((a, b) => b.headerOffset - a.headerOffset);
  const limits = new Map<ZipEntry, number>();
  let limit = directoryOffset;
  for (const entry of byOffset) {
    if (entry.headerOffset + LOCAL_HEADER_BYTES + entry.compressedBytes > limit) {
      throw damaged(
        `The entry "${entry.name}" reaches into the one behind it, as only a damaged or hostile archive does`,
        source,
      );
    }
    limits.set(entry, limit);
    limit = entry.headerOffset;
    checkRatio(entry, source);
  }
  const entries = new Map<string, ZipEntry>();
  for (const entry of listed) {
    if (entries.has(entry.name)) {
      throw damaged(`The archive holds two entries named "${entry.name}"`, source);
    }
    entries.set(entry.name, { ...entry, limit: limits.get(entry) ?? entry.limit });
  }
  return entries;
}

function checkRatio({ name, method, compressedBytes, byteLength }: ZipEntry, source: ByteSource): void {
  if (method === STORED && compressedBytes !== byteLength) {
    throw damaged(`The entry "${name}" is stored as it is and yet claims two sizes`, source);
  }
  const ratio = byteLength > MAX_SUSPICIOUS_BYTES ? MAX_CREDIBLE_RATIO : MAX_DEFLATE_RATIO;
  // The end of a deflated stream takes some bytes of its own.
  if (byteLength > ratio * (compressedBytes + 8)) {
    throw new FormatError(
      `The entry "${name}" claims to unpack from ${compressedBytes} to ${byteLength} bytes, as zip bombs do`,
      `zip archive ${source.name}`,
      'Do not unpack it.',
    );
  }
}
