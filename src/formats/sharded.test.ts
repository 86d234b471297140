import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type ByteSource, memorySource } from './byte-source';
import { openModel } from './open-model';
import { readTensor } from './tensor';
import { readFixtureFile } from './testing';
import { makeZip } from './zip/testing';

const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** Vectors as a safetensors file. */
function safetensors(vectors: Record<string, number[]>): Uint8Array {
  let offset = 0;
  const header: Record<string, unknown> = {};
  for (const [name, values] of Object.entries(vectors)) {
    header[name] = {
      dtype: 'F32',
      shape: [values.length],
      data_offsets: [offset, offset + 4 * values.length],
    };
    offset += 4 * values.length;
  }
  const json = text(header);
  const bytes = new Uint8Array(8 + json.length + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  const data = new Float32Array(Object.values(vectors).flat());
  bytes.set(new Uint8Array(data.buffer), 8 + json.length);
  return bytes;
}

const shardName = (number: number, ending = 'safetensors') => `model-0000${number}-of-00003.${ending}`;

const SHARDS = [1, 2, 3].map((number) => ({
  name: shardName(number),
  bytes: safetensors({ [`layers.${number}.a`]: [number, 10], [`layers.${number}.b`]: [-number] }),
}));

const INDEX = {
  name: 'model.safetensors.index.json',
  bytes: text({
    metadata: { total_size: 36 },
    weight_map: Object.fromEntries(
      [1, 2, 3].flatMap((number) => [
        [`layers.${number}.a`, shardName(number)],
        [`layers.${number}.b`, shardName(number)],
      ]),
    ),
  }),
};

const CONFIG = { name: 'config.json', bytes: text({ num_attention_heads: 2 }) };

interface TestFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const sources = (files: readonly TestFile[], folder = ''): ByteSource[] =>
  files.map(({ name, bytes }) => memorySource(bytes, folder + name));

const open = (files: readonly TestFile[], folder?: string) => openModel(sources(files, folder));

describe('a model in several safetensors files', () => {
  it.each([
    ['with its index', [INDEX, ...SHARDS, CONFIG], ''],
    ['in another order', [SHARDS[2], CONFIG, SHARDS[0], INDEX, SHARDS[1]], ''],
    ['without its index', [SHARDS[1], SHARDS[0], SHARDS[2], CONFIG], ''],
    ['in a folder', [...SHARDS, INDEX, CONFIG], 'models/tiny/'],
  ])('is one model %s', async (_, files, folder) => {
    const model = await open(files, folder);
    expect([...model.tensors.keys()].sort()).toEqual(
      [1, 2, 3].flatMap((number) => [`layers.${number}.a`, `layers.${number}.b`]),
    );
    expect(model.format).toBe('safetensors');
    expect(model.variant).toBe('3 files');
    expect(model.byteLength).toBe(SHARDS.reduce((total, { bytes }) => total + bytes.length, 0));
    expect(model.settings?.get('num_attention_heads')).toBe(2);
    const last = model.tensors.get('layers.3.a');
    expect(last && [...(await readTensor(last))]).toEqual([3, 10]);
  });

  it('is one model in a zip archive, without a word about its own files', async () => {
    const archive = makeZip(
      [INDEX, ...SHARDS, CONFIG].map(({ name, bytes }) => ({ name: `tiny/${name}`, content: bytes })),
    );
    const model = await openModel([memorySource(archive, 'tiny.zip')]);
    expect(model.tensors.size).toBe(6);
    expect(model.warnings).toEqual([]);
    expect(model.settings?.get('num_attention_heads')).toBe(2);
  });

  it.each([
    [
      'the index alone',
      [INDEX],
      /lies in 3 files, of which "model-00001.*-00002.*-00003-of-00003.safetensors" are missing/,
    ],
    [
      'all but one',
      [INDEX, SHARDS[0], SHARDS[2]],
      /3 files, of which "model-00002-of-00003.safetensors" is missing/,
    ],
    ['one without the index', [SHARDS[1]], /3 files, of which "model-00001.*", "model-00003.*" are missing/],
    ['the index beside a configuration', [CONFIG, INDEX], /3 files, of which .* are missing/],
  ])('says which files are missing: %s', async (_, files, message) => {
    await expect(open(files)).rejects.toThrow(message);
    await expect(open(files)).rejects.toThrow(/Drop all of them together/);
  });

  it('says which tensor is not where the index places it', async () => {
    const other = { ...SHARDS[1], bytes: safetensors({ 'layers.2.a': [1, 2] }) };
    await expect(open([INDEX, SHARDS[0], other, SHARDS[2]])).rejects.toThrow(
      /places the tensor "layers\.2\.b" in "model-00002-of-00003\.safetensors", which does not hold it/,
    );
  });

  it('leaves out tensors of types that are not read, and says so', async () => {
    const header = text({ 'layers.2.a': { dtype: 'F6_E2M3', shape: [4], data_offsets: [0, 3] } });
    const bytes = new Uint8Array(8 + header.length + 3);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
    bytes.set(header, 8);
    const names = { 'layers.1.a': shardName(1), 'layers.2.a': shardName(2) };
    const index = { ...INDEX, bytes: text({ weight_map: names }) };
    const model = await open([index, SHARDS[0], { name: shardName(2), bytes }]);
    expect([...model.tensors.keys()]).toEqual(['layers.1.a', 'layers.1.b']);
    expect(model.warnings).toEqual(['Tensor "layers.2.a" is of the type F6_E2M3 and not read.']);
  });

  it('opens one of several safetensors files that are no shards', async () => {
    const model = await open([{ name: 'a.safetensors', bytes: SHARDS[0].bytes }, CONFIG]);
    expect(model.tensors.size).toBe(2);
  });

  it.each([
    ['names itself', { weight_map: { a: 'x.safetensors.index.json' } }],
    ['names nothing', { weight_map: {} }],
    ['names numbers', { weight_map: { a: 7 } }],
  ])('is refused by one sentence where its index %s', async (_, json) => {
    const index = { name: 'x.safetensors.index.json', bytes: text(json) };
    await expect(open([index])).rejects.toThrow(/\(x\.safetensors\.index\.json\)\. /);
  });
});

describe('a model in several PyTorch files', () => {
  const files = ['sequential-mlp', 'siren'].map((name, index) => ({
    name: `pytorch_model-0000${index + 1}-of-00002.bin`,
    bytes: new Uint8Array(gunzipSync(readFixtureFile(`state-dicts/${name}.pt.gz`))),
  }));
  const weightMap = { '0.weight': files[0].name, 'net.0.linear.weight': files[1].name };
  const index = { name: 'pytorch_model.bin.index.json', bytes: text({ weight_map: weightMap }) };

  it('is one model', async () => {
    const model = await open([...files, index]);
    expect(model.format).toBe('pytorch');
    expect(model.tensors.size).toBe(6 + 8);
    expect(model.pythonImports?.every(({ risk }) => risk === 'none')).toBe(true);
  });

  it('says which file is missing', async () => {
    await expect(open([files[1], index])).rejects.toThrow(/"pytorch_model-00001-of-00002.bin" is missing/);
  });

  it('may be given with the same model in safetensors, which is read', async () => {
    const model = await open([...files, index, ...SHARDS, INDEX]);
    expect(model.format).toBe('safetensors');
  });
});
