/** A file of the page's own server as byte ranges. */
import { type ByteSource, blobSource } from '../formats';

/** Asked for at once: a safetensors file's header lies within. */
const FIRST_BYTES = 256 * 1024;

/** Where a server gives no ranges, the whole file is loaded. */
export async function remoteSource(url: URL): Promise<ByteSource> {
  const name = url.pathname.split('/').at(-1) ?? '';
  const first = await fetchRange(url, 0, FIRST_BYTES);
  const total = Number(first.headers.get('content-range')?.split('/')[1]);
  if (first.status !== 206 || !Number.isSafeInteger(total)) return blobSource(await first.blob(), name);
  const head = new Uint8Array(await first.arrayBuffer());
  return {
    name,
    byteLength: total,
    async read(offset, length) {
      if (offset + length <= head.byteLength) return head.subarray(offset, offset + length);
      const part = await fetchRange(url, offset, length);
      const bytes = new Uint8Array(await part.arrayBuffer());
      if (bytes.byteLength !== length) throw new Error(`${name} could not be loaded whole.`);
      return bytes;
    },
  };
}

async function fetchRange(url: URL, offset: number, length: number): Promise<Response> {
  const response = await fetch(url, { headers: { Range: `bytes=${offset}-${offset + length - 1}` } });
  if (!response.ok) throw new Error(`${url.pathname} could not be loaded (${response.status}).`);
  return response;
}
