/** Several files that are one run of bytes, cut anywhere. */
import type { ByteSource } from './byte-source';

export function joinedSource(parts: readonly ByteSource[], name: string): ByteSource {
  const starts: number[] = [];
  let byteLength = 0;
  for (const part of parts) {
    starts.push(byteLength);
    byteLength += part.byteLength;
  }
  return {
    name,
    byteLength,
    async read(offset, length) {
      const result = new Uint8Array(length);
      for (const [index, part] of parts.entries()) {
        const from = Math.max(offset, starts[index]);
        const to = Math.min(offset + length, starts[index] + part.byteLength);
        if (from < to) result.set(await part.read(from - starts[index], to - from), from - offset);
      }
      return result;
    },
  };
}
