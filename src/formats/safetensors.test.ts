import { describe, expect, it } from 'vitest';
import { memorySource } from './byte-source';
import { FormatError } from './format-error';
import { openModel } from './open-model';
import { readTensor } from './tensor';

type Header = Record<string, unknown>;

function safetensors(header: Header | string, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

const open = (bytes: Uint8Array) => openModel([memorySource(bytes, 'file.safetensors')]);
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

describe('safetensors', () => {
  it('gives names, shapes, metadata and values', async () => {
    const model = await open(
      safetensors(
        {
          __metadata__: { made: 'by hand' },
          b: { dtype: 'F32', shape: [1, 2], data_offsets: [4, 12] },
          a: { dtype: 'F32', shape: [], data_offsets: [0, 4] },
        },
        floats(1, 2, 3),
      ),
    );
    expect(model.format).toBe('safetensors');
    expect(model.metadata.get('made')).toBe('by hand');
    expect([...model.tensors.values()].map(({ name, shape }) => [name, shape])).toEqual([
      ['a', []],
      ['b', [1, 2]],
    ]);
    const b = model.tensors.get('b');
    expect(b && [...(await readTensor(b))]).toEqual([2, 3]);
  });

  it('reads tensors whose bytes are not aligned to their type', async () => {
    // A header of odd length puts every float on an odd address.
    const header = '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]} }';
    const model = await open(safetensors(header, floats(1.5, -2)));
    const a = model.tensors.get('a');
    expect(a && [...(await readTensor(a))]).toEqual([1.5, -2]);
  });

  it('keeps names that are dangerous as object keys', async () => {
    const model = await open(
      safetensors('{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', floats(1)),
    );
    expect([...model.tensors.keys()]).toEqual(['__proto__']);
    expect(({} as Header).dtype).toBeUndefined();
  });

  it.each([
    ['F8_E8M0', [0x7f, 0x80], [1, 2]],
    ['F8_E4M3FNUZ', [0x40, 0xc0], [1, -1]],
    ['F8_E5M2FNUZ', [0x40, 0xc0], [1, -1]],
    ['F4', [0x72], [1, 6]],
  ])('reads %s', async (dtype, bytes, values) => {
    const header = { a: { dtype, shape: [2], data_offsets: [0, bytes.length] } };
    const a = (await open(safetensors(header, Uint8Array.from(bytes)))).tensors.get('a');
    expect(a && [...(await readTensor(a))]).toEqual(values);
  });

  it('names types it cannot read and opens the rest', async () => {
    const model = await open(
      safetensors(
        {
          a: { dtype: 'F6_E2M3', shape: [4], data_offsets: [0, 3] },
          b: { dtype: 'F32', shape: [1], data_offsets: [3, 7] },
        },
        floats(0, 7).subarray(0, 7),
      ),
    );
    expect([...model.tensors.keys()]).toEqual(['b']);
    expect(model.refused).toEqual(new Set(['a']));
    expect(model.warnings).toEqual(['Tensor "a" is of the type F6_E2M3 and not read.']);
  });

  const entry = (shape: unknown, offsets: unknown, dtype: unknown = 'F32') => ({
    a: { dtype, shape, data_offsets: offsets },
  });
  it.each([
    ['an overlap or gap', safetensors(entry([1], [4, 8]), floats(0, 0)), /do not follow/],
    ['data cut short', safetensors(entry([2], [0, 8]), floats(0)), /4 bytes after the end of the file/],
    [
      'a length that does not fit the shape',
      safetensors(entry([3], [0, 8]), floats(0, 0)),
      /cannot have 8 bytes/,
    ],
    ['a negative size', safetensors(entry([-1], [0, 4]), floats(0)), /not \{dtype, shape, data_offsets\}/],
    [
      'an enormous shape',
      safetensors(entry([2 ** 30, 2 ** 30], [0, 4]), floats(0)),
      /more elements than any model/,
    ],
    ['offsets that are no numbers', safetensors(entry([1], ['0', '4']), floats(0)), /not \{dtype/],
    ['a header that is no JSON', safetensors('{"a":'), /not valid JSON/],
    ['a header that is longer than the file', safetensors({}).subarray(0, 9), /header claims 2 bytes/],
  ])('refuses %s with one sentence', async (_, bytes, message) => {
    await expect(open(bytes)).rejects.toThrow(FormatError);
    await expect(open(bytes)).rejects.toThrow(message);
  });
});
