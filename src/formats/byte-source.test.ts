import { expect, it } from 'vitest';
import { blobSource } from './byte-source';

const MIB = 1024 ** 2;

it.each([0.001, 1, 5])('reads ranges of a blob of %s MiB, each a copy of its own', async (size) => {
  const bytes = Uint8Array.from({ length: Math.round(size * MIB) }, (_, place) => (place * 7) % 251);
  const source = blobSource(new Blob([bytes]), 'some.bin');
  const last = bytes.length - 10;
  for (const offset of [0, 1, 999, last]) {
    const read = await source.read(offset, 10);
    expect(read).toEqual(bytes.slice(offset, offset + 10));
    read.fill(255);
  }
  expect(await source.read(last, 10)).toEqual(bytes.slice(last));
  expect(await source.read(0, 0)).toHaveLength(0);
});

it('asks for a small blob once', async () => {
  const blob = new Blob([new Uint8Array(1000)]);
  let asked = 0;
  const counted = Object.assign(blob, {
    slice: (start: number, end: number) => {
      asked++;
      return Blob.prototype.slice.call(blob, start, end);
    },
  });
  const source = blobSource(counted, 'some.bin');
  await Promise.all([source.read(0, 10), source.read(500, 500)]);
  await source.read(3, 3);
  expect(asked).toBe(1);
});
