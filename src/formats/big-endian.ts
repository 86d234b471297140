/** Numbers stored the other way round (big-endian), as other readers take them. */
import type { ByteSource } from './byte-source';

/** The same elements with their bytes turned round, as they are read. Reads must begin and end with an element. */
export function turnedSource(source: ByteSource, elementBytes: number): ByteSource {
  if (elementBytes === 1) return source;
  return {
    name: source.name,
    byteLength: source.byteLength,
    async read(offset, length) {
      const bytes = new Uint8Array(await source.read(offset, length));
      for (let start = 0; start < length; start += elementBytes) {
        bytes.subarray(start, start + elementBytes).reverse();
      }
      return bytes;
    },
  };
}
