/** Makes zip archives for the tests, proper ones and others. Not part of the page. */
import { deflateRawSync } from 'node:zlib';

export interface TestEntry {
  readonly name: string;
  readonly content: Uint8Array;
  readonly isDeflated?: boolean;
  /** What the directory claims instead of the truth. */
  readonly claims?: Partial<Record<'byteLength' | 'compressedBytes' | 'offset' | 'method' | 'flags', number>>;
}

const LOCAL_BYTES = 30;
const DIRECTORY_BYTES = 46;

export function makeZip(
  entries: readonly TestEntry[],
  { isZip64 = false, comment = '' } = {},
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  const push = (part: Uint8Array) => {
    parts.push(part);
    offset += part.length;
  };
  for (const { name, content, isDeflated = false, claims = {} } of entries) {
    const nameBytes = new TextEncoder().encode(name);
    const data = isDeflated ? deflateRawSync(content) : content;
    const method = claims.method ?? (isDeflated ? 8 : 0);
    const start = claims.offset ?? offset;
    const [size, packed] = [claims.byteLength ?? content.length, claims.compressedBytes ?? data.length];
    const local = new DataView(new ArrayBuffer(LOCAL_BYTES));
    local.setUint32(0, 0x04034b50, true);
    local.setUint16(26, nameBytes.length, true);
    push(new Uint8Array(local.buffer));
    push(nameBytes);
    push(data);
    const extra = new DataView(new ArrayBuffer(isZip64 ? 28 : 0));
    const entry = new DataView(new ArrayBuffer(DIRECTORY_BYTES));
    entry.setUint32(0, 0x02014b50, true);
    entry.setUint16(8, claims.flags ?? 0, true);
    entry.setUint16(10, method, true);
    entry.setUint32(20, isZip64 ? 0xffffffff : packed, true);
    entry.setUint32(24, isZip64 ? 0xffffffff : size, true);
    entry.setUint16(28, nameBytes.length, true);
    entry.setUint16(30, extra.byteLength, true);
    entry.setUint32(42, isZip64 ? 0xffffffff : start, true);
    if (isZip64) {
      extra.setUint16(0, 1, true);
      extra.setUint16(2, 24, true);
      [size, packed, start].forEach((number, index) => {
        extra.setBigUint64(4 + 8 * index, BigInt(number), true);
      });
    }
    directory.push(new Uint8Array(entry.buffer), nameBytes, new Uint8Array(extra.buffer));
  }
  const directoryStart = offset;
  for (const part of directory) push(part);
  const directoryBytes = offset - directoryStart;
  if (isZip64) {
    const end64 = new DataView(new ArrayBuffer(76));
    end64.setUint32(0, 0x06064b50, true);
    end64.setBigUint64(24, BigInt(entries.length), true);
    end64.setBigUint64(32, BigInt(entries.length), true);
    end64.setBigUint64(40, BigInt(directoryBytes), true);
    end64.setBigUint64(48, BigInt(directoryStart), true);
    end64.setUint32(56, 0x07064b50, true);
    end64.setBigUint64(64, BigInt(offset), true);
    push(new Uint8Array(end64.buffer));
  }
  const commentBytes = new TextEncoder().encode(comment);
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(10, isZip64 ? 0xffff : entries.length, true);
  end.setUint32(12, isZip64 ? 0xffffffff : directoryBytes, true);
  end.setUint32(16, isZip64 ? 0xffffffff : directoryStart, true);
  end.setUint16(20, commentBytes.length, true);
  push(new Uint8Array(end.buffer));
  push(commentBytes);
  const bytes = new Uint8Array(offset);
  let position = 0;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}
