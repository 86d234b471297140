import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type ByteSource, memorySource } from '../byte-source';
import { FormatError } from '../format-error';
import { openModel } from '../open-model';
import { readTensor } from '../tensor';
import { readFixtureFile, readFixtureJson } from '../testing';
import { settingsOf } from './settings';

type Expected = Record<string, Record<string, { shape: number[]; first: number[]; sha256: string }>>;
const EXPECTED = readFixtureJson<Expected>('gguf/expected.json');

const fixture = (name: string) => memorySource(readFixtureFile(`gguf/${name}`), name);
const open = (name: string) => openModel([fixture(name)]);

/** Notes how much of a file is read. */
function watched(source: ByteSource): { source: ByteSource; read: { bytes: number } } {
  const read = { bytes: 0 };
  return {
    read,
    source: {
      ...source,
      read(offset, length) {
        read.bytes += length;
        return source.read(offset, length);
      },
    },
  };
}

describe.each(Object.entries(EXPECTED))('%s', (name, tensors) => {
  it.each(Object.entries(tensors))('decodes %s to the bits of gguf-py', async (tensorName, expected) => {
    const tensor = (await open(name)).tensors.get(tensorName)!;
    expect(tensor.shape).toEqual(expected.shape);
    const values = await readTensor(tensor);
    expect([...values.slice(0, 4)]).toEqual(expected.first);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(expected.sha256);
  });
});

describe('GGUF', () => {
  it('gives metadata in words, and counts long arrays instead of reading them', async () => {
    const { metadata, variant } = await open('types.gguf');
    expect(variant).toMatch(/^version 3, /);
    expect(Object.fromEntries(metadata)).toMatchObject({
      'general.architecture': 'test',
      'general.name': 'Every type',
      'tokenizer.ggml.tokens': '1,000 texts',
      'tokenizer.ggml.scores': '1,000 numbers',
      'test.short': '1, 2, 3',
      'test.flag': 'true',
      'test.int64': String(-(2 ** 40)),
      'test.float64': '0.1',
    });
  });

  it('names tensors of types that it does not decode, and opens the rest', async () => {
    const { tensors, warnings } = await open('types.gguf');
    expect(tensors.has('IQ2_XXS')).toBe(false);
    expect(warnings).toContain('Tensor "IQ2_XXS" is of the type IQ2_XXS and not read.');
    expect(warnings).toHaveLength(2);
  });

  it('has Hugging Face’s names for what the header says of the architecture', () => {
    const header = {
      'general.architecture': 'llama',
      'llama.attention.head_count': '32',
      'llama.attention.layer_norm_rms_epsilon': '0.000009999999747378752',
      'llama.rope.freq_base': '500000',
      'qwen2.rope.freq_base': '1000000',
    };
    expect(Object.fromEntries(settingsOf(new Map(Object.entries(header))))).toEqual({
      num_attention_heads: 32,
      rms_norm_eps: 0.000009999999747378752,
      rope_theta: 500_000,
      rope_interleave: true,
    });
  });

  it('decodes any run of elements', async () => {
    const { tensors } = await open('types.gguf');
    for (const tensor of tensors.values()) {
      if (tensor.storage.kind !== 'encoded') continue;
      const all = await readTensor(tensor);
      for (const [first, count] of [
        [0, 1],
        [31, 2],
        [250, 300],
        [767, 1],
      ]) {
        expect(await tensor.storage.read(first, count)).toEqual(all.slice(first, first + count));
      }
    }
  });

  it('reads the header only, until a tensor is asked for', async () => {
    const padded = new Uint8Array(50_000_000);
    padded.set(readFixtureFile('gguf/types.gguf'));
    const { source, read } = watched(memorySource(padded, 'large.gguf'));
    await openModel([source]);
    expect(read.bytes).toBeLessThan(300_000);
  });

  it('puts the parts of a split model together, and asks for those that are missing', async () => {
    const [first, second] = ['split-00001-of-00002.gguf', 'split-00002-of-00002.gguf'];
    const { tensors } = await openModel([fixture(second), fixture(first)]);
    expect([...tensors.keys()]).toEqual(['part0', 'part1']);
    await expect(open(first)).rejects.toThrow(
      /split over 2 files, of which "split-00002-of-00002.gguf" is missing.*Drop all files/,
    );
    const renamed = memorySource(readFixtureFile(`gguf/${first}`), 'renamed.gguf');
    await expect(openModel([renamed])).rejects.toThrow(/one of 2 parts.*own names/);
  });

  it('refuses big-endian files and versions to come, saying what to do', async () => {
    await expect(open('big-endian.gguf')).rejects.toThrow(/big-endian.*gguf-convert-endian/);
    const bytes = readFixtureFile('gguf/version-2.gguf');
    bytes[4] = 9;
    await expect(openModel([memorySource(bytes, 'new.gguf')])).rejects.toThrow(/version 9.*1 to 3/);
  });

  it('says when a file was cut short, wherever', async () => {
    const bytes = readFixtureFile('gguf/types.gguf');
    // At the end stand a few bytes of padding.
    for (let length = 4; length < bytes.length - 32; length += 97) {
      const cut = openModel([memorySource(bytes.subarray(0, length), 'cut.gguf')]);
      const error = await cut.catch((caught: unknown) => caught);
      expect(error, `${length} bytes`).toBeInstanceOf(FormatError);
      expect(String(error)).toMatch(/cut short/);
    }
  });
});
