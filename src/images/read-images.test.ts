import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { memorySource } from '../formats';
import { readImages } from './read-images';

const FOLDER = path.resolve(import.meta.dirname, '../../training/fixtures/images');
const bytesOf = (name: string) => new Uint8Array(fs.readFileSync(path.join(FOLDER, name)));
const read = (name: string, bytes = bytesOf(name)) => readImages(memorySource(bytes, name));

/** The three images, as CIFAR's binary file has them: a label, then red, green and blue, row by row. */
const ROW = 1 + 3 * 32 * 32;
const PIXELS = [0, 1, 2].flatMap((image) => [
  ...bytesOf('cifar10.bin').subarray(image * ROW + 1, (image + 1) * ROW),
]);
const LABELS = [6, 0, 9];

describe('labelled images', () => {
  it.each([
    'cifar10.bin',
    'cifar100.bin',
    'cifar100.pickle',
    'python2.pickle',
    'python3.pickle',
    'train-and-test.npz',
    'channels-first.npz',
  ])('are the same from %s', async (name) => {
    const { pixels, labels, ...size } = await read(name);
    expect(size).toEqual({ name, count: 3, channels: 3, height: 32, width: 32 });
    expect([...labels]).toEqual(LABELS);
    expect([...pixels]).toEqual(PIXELS);
  });

  it('may be grey', async () => {
    const { pixels, channels, height, width } = await read('grey.npz');
    expect([channels, height, width]).toEqual([1, 32, 32]);
    expect([...pixels.subarray(0, 1024)]).toEqual(PIXELS.slice(0, 1024));
  });

  it.each([
    ['floats.npz', /no array of uint8 images/],
    ['negative.npz', /label of image 2 is no class’s number/],
  ])('are not made of %s', async (name, message) => {
    await expect(read(name)).rejects.toThrow(message);
  });

  it.each([
    ['no bytes', []],
    ['text', [...'no images at all'].map((letter) => letter.charCodeAt(0))],
    ['half a pickle', [...bytesOf('python2.pickle').subarray(0, 5000)]],
    ['half an archive', [...bytesOf('grey.npz').subarray(0, 2000)]],
    ['another pickle', [0x80, 2, 0x7d, 0x2e]],
  ])('are not made of %s, which is said in a sentence', async (_, bytes) => {
    await expect(read('x', Uint8Array.from(bytes))).rejects.toThrow(/\(.*x.*\)\. \w/);
  });
});
