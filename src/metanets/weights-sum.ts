/**
 * What tells a checkpoint's weights from any other's: the CRC-32 of its tensors' float32 bytes, in the order of their names.
 * training/metanets/checkpoint.py: weights_sum is the same, and is written into what is made with a checkpoint.
 */

const POLYNOMIAL = 0xedb88320;

/** Of each byte: what it does to the sum. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let entry = byte;
  for (let bit = 0; bit < 8; bit++) entry = entry & 1 ? (entry >>> 1) ^ POLYNOMIAL : entry >>> 1;
  return entry;
});

/** Eight hexadecimal digits. */
export function weightsSum(tensors: ReadonlyMap<string, Float32Array>): string {
  let sum = 0xffffffff;
  for (const name of [...tensors.keys()].sort()) {
    const values = tensors.get(name) as Float32Array;
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    for (let index = 0; index < bytes.length; index++) sum = TABLE[(sum ^ bytes[index]) & 255] ^ (sum >>> 8);
  }
  return ((sum ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
}
