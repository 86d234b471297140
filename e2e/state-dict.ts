/** Model files made on the spot. */

/** A safetensors file of float32 tensors of these shapes, filled with a wave. */
export function stateDict(shapes: Readonly<Record<string, readonly number[]>>): Buffer {
  const header: Record<string, unknown> = {};
  let offset = 0;
  for (const [name, shape] of Object.entries(shapes)) {
    const bytes = 4 * shape.reduce((total, size) => total * size, 1);
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + bytes] };
    offset += bytes;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const data = new Float32Array(offset / 4).map((_, index) => Math.sin(index * 12.9898) / 20);
  return Buffer.concat([length, text, Buffer.from(data.buffer)]);
}
