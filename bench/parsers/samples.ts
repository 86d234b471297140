/** Files whose descriptions are as long as those of large models; their weights are few. */

const utf8 = (text: string) => new TextEncoder().encode(text);

const LAYERS = 400;
const PARTS = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'];
const SIZE = 8;
const TOKENS = 128_000;

const names = Array.from({ length: LAYERS }, (_, layer) =>
  PARTS.map((part) => `model.layers.${layer}.self_attn.${part}.weight`),
).flat();

function safetensors(): Uint8Array {
  const bytes = 4 * SIZE * SIZE;
  const entry = (index: number) => ({
    dtype: 'F32',
    shape: [SIZE, SIZE],
    data_offsets: [index * bytes, (index + 1) * bytes],
  });
  const header = utf8(JSON.stringify(Object.fromEntries(names.map((name, index) => [name, entry(index)]))));
  const file = new Uint8Array(8 + header.length + names.length * bytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  return file;
}

const uint32 = (value: number) => new Uint8Array(Uint32Array.of(value).buffer);
const uint64 = (value: number) => new Uint8Array(BigUint64Array.of(BigInt(value)).buffer);
const text = (value: string) => [uint64(value.length), utf8(value)];
const TEXT = 8;
const ARRAY = 9;
const FLOAT_32 = 0;

/** With a vocabulary, as every language model has one. */
function gguf(): Uint8Array {
  const tokens = Array.from({ length: TOKENS }, (_, index) => text(`token${index}`)).flat();
  const infos = names.flatMap((name, index) => [
    ...text(name.slice(0, 60)),
    ...[uint32(2), uint64(SIZE), uint64(SIZE), uint32(FLOAT_32), uint64(index * 4 * SIZE * SIZE)],
  ]);
  const head = [
    ...[utf8('GGUF'), uint32(3), uint64(names.length), uint64(2)],
    ...[...text('general.architecture'), uint32(TEXT), ...text('llama')],
    ...[...text('tokenizer.ggml.tokens'), uint32(ARRAY), uint32(TEXT), uint64(TOKENS), ...tokens],
    ...infos,
  ];
  return new Uint8Array(Buffer.concat([...head, new Uint8Array(32 + names.length * 4 * SIZE * SIZE)]));
}

export const largeDescriptions = () =>
  [
    { name: `${names.length} tensors.safetensors`, bytes: safetensors() },
    { name: `${names.length} tensors, ${TOKENS} tokens.gguf`, bytes: gguf() },
  ].map((file) => ({ name: file.name, files: [file] }));
