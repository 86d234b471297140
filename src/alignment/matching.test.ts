import { describe, expect, it } from 'vitest';
import { seededRandom } from '../graph';
import { compareModels } from '.';
import { align, chain, changed, openSample, openSeed, shuffled } from './testing';

const identity = (size: number) =>
  Float32Array.from({ length: size * size }, (_, index) => Number(index % (size + 1) === 0));

describe('neurons whose inputs are new', () => {
  it('are matched by where their outputs go', async () => {
    const random = seededRandom(9);
    const numbers = (count: number) => Float32Array.from({ length: count }, () => random() - 0.5);
    const [known, first, second] = [numbers(30 * 60), numbers(5 * 30), numbers(5 * 30)];
    const hidden = shuffled(chain([5, 30, 60], [second, known.map((value) => value * (1 + 2 ** -11))]));
    const { aligned, verdict } = await align(chain([5, 30, 60], [first, known]), hidden);
    expect(verdict.kind).toBe('different');
    expect(aligned[0]).toEqual(second);
  });
});

describe('neurons that nothing tells apart', () => {
  it('are matched link by link where layers are identities', async () => {
    const model = chain(
      [30, 30, 30, 30, 30],
      [0, 1, 2, 3].map(() => identity(30)),
    );
    expect((await align(model, shuffled(model))).verdict).toEqual({ kind: 'same', rounding: 'exact' });
  });

  it('stand for each other where all weights are one number', async () => {
    const widths = [20, 300, 300, 10];
    const model = chain(
      widths,
      widths.slice(1).map((width, index) => new Float32Array(width * widths[index]).fill(0.1)),
    );
    const { verdict, foundBy } = await align(model, shuffled(model));
    expect({ verdict, foundBy }).toEqual({
      verdict: { kind: 'same', rounding: 'exact' },
      foundBy: 'fingerprints',
    });
  });

  it('do not hide that two networks differ', async () => {
    const model = chain([3, 8, 2], [new Float32Array(24).fill(0.1), new Float32Array(16).fill(0.1)]);
    const other = chain([3, 8, 2], [new Float32Array(24).fill(0.1), new Float32Array(16).fill(0.2)]);
    const { verdict, tensors } = await align(model, other);
    expect(verdict.kind).toBe('different');
    expect(tensors[1].after).toMatchObject({ cosine: 1, largest: Math.fround(0.2) - Math.fround(0.1) });
  });
});

describe('the work', () => {
  const wide = (seed: number) => {
    const random = seededRandom(seed);
    return chain(
      [2, 5000, 2],
      [0, 1].map(() => Float32Array.from({ length: 10_000 }, () => random() - 0.5)),
    );
  };

  it('is refused for layers that are too wide to be matched', async () => {
    await expect(compareModels(wide(1), wide(2))).rejects.toThrow(
      /layer "layer 1".* 5000 neurons|5000 neurons.*layer "layer 1"/,
    );
  });

  it('is done for wide layers that are merely in another order', async () => {
    expect((await align(wide(1), shuffled(wide(1)))).verdict).toEqual({ kind: 'same', rounding: 'exact' });
  });

  it('ends when it is told to', async () => {
    const model = await openSeed(0);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(compareModels(model, await openSeed(1), { signal })).rejects.toThrow('enough');
  });

  it('says how far it is, and never less than before', async () => {
    const [first, second] = await Promise.all(
      ['cifar10-cnn-62.onnx', 'cifar10-cnn-62.onnx'].map((name) => openSample(name)),
    );
    const shares: number[] = [];
    const other = changed(second, (_, random) => random() - 0.5);
    await compareModels(first, other, { onProgress: (share) => shares.push(share) });
    expect(shares.at(-1)).toBe(1);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
  });
});
