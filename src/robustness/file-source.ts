/** A file on disk, read as the page reads a dropped one. Not part of the page. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { type ByteSource, blobSource } from '../formats';

/** What a source has been asked for, in bytes. */
export interface Tally {
  bytesRead: number;
}

/**
 * As much of a Blob as the page uses. Node's own (fs.openAsBlob) counts a file's bytes in 32 bits, up to Node 20 at least.
 */
function fileBlob(file: string, size: number, tally: Tally): Pick<Blob, 'size' | 'slice'> {
  const read = async (start: number, end: number) => {
    const handle = await fs.open(file);
    try {
      const { buffer, bytesRead } = await handle.read(new Uint8Array(end - start), 0, end - start, start);
      tally.bytesRead += bytesRead;
      return buffer.buffer;
    } finally {
      await handle.close();
    }
  };
  const slice = (start = 0, end = size) => ({ arrayBuffer: () => read(start, end) }) as Blob;
  return { size, slice };
}

export async function fileSource(file: string, tally: Tally = { bytesRead: 0 }): Promise<ByteSource> {
  const { size } = await fs.stat(file);
  return blobSource(fileBlob(file, size, tally) as Blob, path.basename(file));
}
