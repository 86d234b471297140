import { describe, expect, it } from 'vitest';
import { memorySource } from '../byte-source';
import { FormatError } from '../format-error';
import { entrySource, readEntry, readZip } from '.';
import { makeZip, type TestEntry } from './testing';

const text = (content: string) => new TextEncoder().encode(content);
const open = (bytes: Uint8Array) => readZip(memorySource(bytes, 'test.zip'));

async function contents(bytes: Uint8Array): Promise<[string, string][]> {
  const archive = await open(bytes);
  const read = [...archive.entries.values()].map(async (entry): Promise<[string, string]> => {
    return [entry.name, new TextDecoder().decode(await readEntry(archive, entry))];
  });
  return Promise.all(read);
}

const ENTRIES: TestEntry[] = [
  { name: 'a/stored.txt', content: text('as it is') },
  { name: 'a/deflated.txt', content: text('again and again '.repeat(40)), isDeflated: true },
  { name: 'a/empty', content: text('') },
  { name: 'a/empty deflated', content: text(''), isDeflated: true },
  { name: '__proto__', content: text('a name') },
  { name: '../x', content: text('only a name, too') },
];

describe('a zip archive', () => {
  it.each([
    ['plain', makeZip(ENTRIES)],
    ['zip64', makeZip(ENTRIES, { isZip64: true })],
    ['with a comment that looks like an end', makeZip(ENTRIES, { comment: 'PK\x05\x06 is how it ends' })],
  ])('gives its entries: %s', async (_, bytes) => {
    expect(await contents(bytes)).toEqual(
      ENTRIES.map(({ name, content }) => [name, new TextDecoder().decode(content)]),
    );
  });

  it('reads only the end of the file for its directory, and only the range of an entry that is asked for', async () => {
    const large = new Uint8Array(2 ** 20).fill(7);
    const bytes = makeZip([
      { name: 'large', content: large },
      { name: 'deflated', content: large, isDeflated: true },
    ]);
    let bytesRead = 0;
    const archive = await readZip({
      ...memorySource(bytes, 'large.zip'),
      read: async (offset, length) => {
        bytesRead += length;
        return bytes.subarray(offset, offset + length);
      },
    });
    expect(bytesRead).toBeLessThan(70_000);
    for (const name of ['large', 'deflated']) {
      const source = entrySource(archive, archive.entries.get(name)!);
      expect(source.byteLength).toBe(large.length);
      expect([...(await source.read(500_000, 3))]).toEqual([7, 7, 7]);
    }
    expect(bytesRead).toBeLessThan(80_000);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['a directory that is missing', makeZip(ENTRIES).subarray(0, 300), /no directory at its end/],
    ['two entries of one name', makeZip([ENTRIES[0], ENTRIES[0]]), /two entries named "a\/stored.txt"/],
    [
      'entries that overlap',
      makeZip([ENTRIES[0], { name: 'b', content: text('abc'), claims: { offset: 10 } }]),
      /reaches into the one behind it/,
    ],
    [
      'an entry behind the end of the file',
      makeZip([{ name: 'b', content: text('abc'), claims: { offset: 1e9 } }]),
      /reaches into the one behind it/,
    ],
    [
      'an entry that claims what deflate cannot do',
      makeZip([{ name: 'b', content: text('abc'), isDeflated: true, claims: { byteLength: 4e9 } }]),
      /as zip bombs do/,
    ],
    [
      'a zip bomb that is true',
      makeZip([{ name: 'b', content: new Uint8Array(2 ** 27), isDeflated: true }]),
      /134217728 bytes, as zip bombs do/,
    ],
    [
      'a stored entry of two sizes',
      makeZip([{ name: 'b', content: text('abc'), claims: { byteLength: 5 } }]),
      /claims two sizes/,
    ],
  ])('is refused for %s', async (_, bytes, message) => {
    await expect(open(bytes)).rejects.toThrow(FormatError);
    await expect(open(bytes)).rejects.toThrow(message);
  });

  it.each<[string, TestEntry, RegExp]>([
    ['a password', { ...ENTRIES[0], claims: { flags: 1 } }, /encrypted/],
    ['another method', { ...ENTRIES[0], claims: { method: 12 } }, /method 12/],
    [
      'fewer bytes than it claims',
      { ...ENTRIES[1], claims: { byteLength: 5000 } },
      /claims 5000 bytes and unpacks to 640/,
    ],
    [
      'bytes that are not deflated',
      { name: 'b', content: text('abcdefghijkl'), claims: { method: 8 } },
      /cannot be unpacked|unpacks to/,
    ],
    [
      'a deflated stream that is cut short',
      { ...ENTRIES[1], claims: { compressedBytes: 12 } },
      /cannot be unpacked|unpacks to/,
    ],
  ])('refuses an entry for %s', async (_, entry, message) => {
    await expect(contents(makeZip([entry]))).rejects.toThrow(FormatError);
    await expect(contents(makeZip([entry]))).rejects.toThrow(message);
  });

  it('refuses an entry that is not where the directory says', async () => {
    const bytes = makeZip(ENTRIES.slice(0, 1));
    bytes[0] = 0;
    await expect(contents(bytes)).rejects.toThrow(/not where the directory/);
  });
});
