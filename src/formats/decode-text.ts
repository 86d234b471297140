const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

const MAX_SHORT_TEXT = 64;

/** UTF-8 to text. Names are many, short and ASCII, and a TextDecoder takes a microsecond to start. */
export function decodeText(bytes: Uint8Array, start = 0, end = bytes.length): string {
  if (end - start > MAX_SHORT_TEXT) return utf8.decode(bytes.subarray(start, end));
  let text = '';
  for (let index = start; index < end; index++) {
    if (bytes[index] >= 0x80) return utf8.decode(bytes.subarray(start, end));
    text += String.fromCharCode(bytes[index]);
  }
  return text;
}
