/** Unpacks bytes of which it is known how many they may become. */

/** The unpacked bytes, at most `maxBytes` of them; undefined where they are damaged or would be more. */
export async function inflate(
  bytes: Uint8Array,
  format: CompressionFormat,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const stream = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new DecompressionStream(format));
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let byteLength = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      byteLength += value.byteLength;
      if (byteLength > maxBytes) {
        reader.cancel().catch(() => {
          // Nothing more is wanted of the stream, whatever state it is in.
        });
        return undefined;
      }
      chunks.push(value);
    }
  } catch {
    return undefined; // the stream is damaged; the caller says where
  }
  const result = new Uint8Array(byteLength);
  let position = 0;
  for (const chunk of chunks) {
    result.set(chunk, position);
    position += chunk.byteLength;
  }
  return result;
}
