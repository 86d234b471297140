import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { memorySource, openModel } from '../formats';
import { writeOnnx } from '../formats/onnx/write-model';
import { readNetwork } from '../network';
import { NetworkRunner } from '../workers/network-runner';
import { measureAccuracy } from './measure-accuracy';
import type { LabelledImages } from './read-images';

const ROOT = path.resolve(import.meta.dirname, '../..');
const COUNT = 130;
const SIZE = 3 * 32 * 32;

async function load(file: string): Promise<NetworkRunner> {
  const model = await openModel([memorySource(new Uint8Array(fs.readFileSync(path.join(ROOT, file))), file)]);
  const runner = new NetworkRunner();
  await runner.load(await writeOnnx(model, await readNetwork(model)), file);
  return runner;
}

const pixels = Uint8Array.from({ length: COUNT * SIZE }, (_, at) => (at * 7919 + (at >> 5) * 31) % 256);

/** What the network says of each image alone: [-1, 1] for pixels. */
async function answers(runner: NetworkRunner): Promise<Float32Array[]> {
  const { run } = runner.imageNetwork;
  const image = (index: number) =>
    Float32Array.from(pixels.subarray(index * SIZE, (index + 1) * SIZE), (pixel) => (2 * pixel) / 255 - 1);
  const all: Float32Array[] = [];
  for (let index = 0; index < COUNT; index++) all.push(await run([1, 3, 32, 32], image(index)));
  return all;
}

const imagesWith = (labels: readonly number[]): LabelledImages => ({
  ...{ name: 'test', count: COUNT, channels: 3, height: 32, width: 32 },
  ...{ pixels, labels: Uint16Array.from(labels) },
});

describe.each([
  ['batches of any length', 'public/samples/cifar10-cnn-62.onnx'],
  ['one image at a time', 'public/samples/cifar10-transformer.onnx'],
])('a network that reads %s', (_, file) => {
  it('is right where its largest output is the label, and has its cross-entropy as loss', async () => {
    const runner = await load(file);
    const outputs = await answers(runner);
    const right = outputs.map((scores) => scores.indexOf(Math.max(...scores)));
    const labels = right.map((label, index) => (index < 91 ? label : (label + 1) % 10));
    const wanted = outputs.map((scores, index) => {
      const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
      return Math.log(total) - scores[labels[index]];
    });
    const shares: number[] = [];
    const found = await measureAccuracy(
      runner.imageNetwork,
      imagesWith(labels),
      { scaling: 'signed' },
      { onProgress: (share) => shares.push(share) },
    );
    expect(found.count).toBe(COUNT);
    expect(found.accuracy).toBe(91 / COUNT);
    expect(found.loss).toBeCloseTo(wanted.reduce((sum, loss) => sum + loss, 0) / COUNT, 4);
    expect(shares.every((share, index) => share > (shares[index - 1] ?? 0) && share <= 1)).toBe(true);
    const first = await measureAccuracy(runner.imageNetwork, imagesWith(labels), {
      scaling: 'signed',
      count: 91,
    });
    expect(first).toMatchObject({ accuracy: 1, count: 91 });
    await runner.destroy();
  });
});

describe('images and a network that do not fit', () => {
  it('are told apart by size and by classes', async () => {
    const runner = await load('public/samples/cifar10-cnn-62.onnx');
    const { imageNetwork } = runner;
    const images = imagesWith(Array.from({ length: COUNT }, () => 10));
    await expect(measureAccuracy(imageNetwork, images, { scaling: 'zoo' })).rejects.toThrow(
      'An image is of class 11, and the network puts out 10 numbers for each.',
    );
    const grey = { ...images, channels: 1, height: 96 };
    await expect(measureAccuracy(imageNetwork, grey, { scaling: 'unit' })).rejects.toThrow(
      'The images have 1 × 96 × 32 pixels, and the network reads 3 × 32 × 32.',
    );
    await runner.destroy();
  });

  it('end when they are told to', async () => {
    const runner = await load('public/samples/cifar10-cnn-62.onnx');
    const ended = measureAccuracy(
      runner.imageNetwork,
      imagesWith(Array.from({ length: COUNT }, () => 0)),
      { scaling: 'standardised' },
      { signal: AbortSignal.abort(new Error('enough')) },
    );
    await expect(ended).rejects.toThrow('enough');
    await runner.destroy();
  });
});
