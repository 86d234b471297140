/**
 * An entry of a zip archive as a source of bytes. A stored entry is a range of the file; a deflated one is unpacked as
 * far as it is asked for, never beyond the size that it claims.
 */
import type { ByteSource } from '../byte-source';
import { FormatError } from '../format-error';
import { DEFLATED, STORED, type ZipArchive, type ZipEntry } from './directory';

const LOCAL_HEADER_BYTES = 30;
const CHUNK_BYTES = 256 * 1024;

function refused(what: string, entry: ZipEntry, { source }: ZipArchive, advice: string): FormatError {
  return new FormatError(what, `"${entry.name}" in ${source.name}`, advice);
}

const REPACK = 'Unpack the archive and pack it again with an ordinary zip program.';
const AGAIN = 'The file is damaged; download or copy it again.';

/** The bytes of an entry. Nothing is read before they are asked for. */
export function entrySource(archive: ZipArchive, entry: ZipEntry): ByteSource {
  if (entry.isEncrypted) throw refused('An entry of the archive is encrypted', entry, archive, REPACK);
  if (entry.method !== STORED && entry.method !== DEFLATED) {
    const what = `An entry of the archive is packed with method ${entry.method}, which is not read`;
    throw refused(what, entry, archive, REPACK);
  }
  let start: Promise<number> | undefined;
  return {
    name: archive.source.name,
    byteLength: entry.byteLength,
    async read(offset, length) {
      if (length === 0) return new Uint8Array(0);
      start ??= findData(archive, entry);
      const dataStart = await start;
      return entry.method === STORED
        ? await archive.source.read(dataStart + offset, length)
        : await inflate(archive, entry, dataStart, offset, length);
    },
  };
}

/**
 * An entry for a reader that hops about in it: what is deflated is unpacked as a whole when it is first read, and kept.
 * Throws FormatError for one that would become more than `maxBytes`.
 */
export function heldSource(archive: ZipArchive, entry: ZipEntry, maxBytes: number): ByteSource {
  const source = entrySource(archive, entry);
  if (entry.method === STORED) return source;
  if (entry.byteLength > maxBytes) {
    const what = `An entry of the archive is compressed and would become ${entry.byteLength} bytes`;
    throw refused(what, entry, archive, 'Unpack the archive first, or pack it again without compression.');
  }
  let bytes: Promise<Uint8Array> | undefined;
  return {
    name: source.name,
    byteLength: entry.byteLength,
    async read(offset, length) {
      bytes ??= source.read(0, entry.byteLength);
      return (await bytes).subarray(offset, offset + length);
    },
  };
}

/** All bytes of a small entry, such as a description. */
export async function readEntry(archive: ZipArchive, entry: ZipEntry): Promise<Uint8Array> {
  return await entrySource(archive, entry).read(0, entry.byteLength);
}

/** Where an entry's bytes begin: behind its own header, whose length the directory does not tell. */
async function findData(archive: ZipArchive, entry: ZipEntry): Promise<number> {
  const header = await archive.source.read(entry.headerOffset, LOCAL_HEADER_BYTES);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const start = entry.headerOffset + LOCAL_HEADER_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
  if (view.getUint32(0, true) !== 0x04034b50 || start + entry.compressedBytes > entry.limit) {
    throw refused('An entry is not where the directory of the archive says', entry, archive, AGAIN);
  }
  return start;
}

/** Unpacks from the beginning, keeps the range that was asked for and stops behind it. */
async function inflate(
  archive: ZipArchive,
  entry: ZipEntry,
  dataStart: number,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const stream = new DecompressionStream('deflate-raw');
  feed(stream.writable.getWriter(), archive.source, dataStart, entry.compressedBytes).catch(() => {
    // What went wrong comes out at the other end of the stream, too, and is reported there.
  });
  const reader = stream.readable.getReader();
  const result = new Uint8Array(length);
  let position = 0;
  try {
    while (position < offset + length) {
      const { done, value } = await reader.read();
      if (done) break;
      const from = Math.max(0, offset - position);
      const to = Math.min(value.length, offset + length - position);
      if (from < to) result.set(value.subarray(from, to), position + from - offset);
      position += value.length;
    }
  } catch {
    throw refused('An entry of the archive cannot be unpacked', entry, archive, AGAIN);
  }
  reader.cancel().catch(() => {
    // Nothing more is wanted of the stream, whatever state it is in.
  });
  if (position < offset + length) {
    const what = `An entry of the archive claims ${entry.byteLength} bytes and unpacks to ${position}`;
    throw refused(what, entry, archive, AGAIN);
  }
  return result;
}

async function feed(
  writer: WritableStreamDefaultWriter<BufferSource>,
  source: ByteSource,
  start: number,
  byteLength: number,
): Promise<void> {
  try {
    for (let position = 0; position < byteLength; position += CHUNK_BYTES) {
      const chunk = await source.read(start + position, Math.min(CHUNK_BYTES, byteLength - position));
      await writer.write(new Uint8Array(chunk));
    }
    await writer.close();
  } catch (error) {
    await writer.abort(error);
  }
}
