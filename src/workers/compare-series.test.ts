import { describe, expect, it } from 'vitest';
import type { ComparedModel } from '../alignment';
import { changed, openSample, openSeed } from '../alignment/testing';
import { checkComparable } from './compare-limits';
import { SeriesReader } from './compare-series';

async function read(models: Readonly<Record<string, ComparedModel | Error>>) {
  const reader = new SeriesReader();
  for (const [id, [path, model]] of Object.entries(models).entries()) {
    await reader.add({ path, files: [] }, async () => {
      if (model instanceof Error) throw model;
      return { id, graph: model.graph, known: undefined, read: async () => model.values };
    });
  }
  return { series: reader.series, refused: reader.refused };
}

describe('checkpoints of one run', () => {
  it('are measured from the first and from the one before', async () => {
    const first = await openSeed(0);
    const half = changed(first, (value) => value / 2);
    const { series } = await read({ a: first, b: half, c: half });
    expect(series.checkpoints.map(({ path }) => path)).toEqual(['a', 'b', 'c']);
    const [a, b, c] = series.checkpoints;
    for (const place of series.tensors.keys()) {
      expect([a.fromFirst[place], a.fromPrevious[place]]).toEqual([0, 0]);
      expect(b.fromFirst[place]).toBeCloseTo(0.5, 6);
      expect([c.fromFirst[place], c.fromPrevious[place]]).toEqual([b.fromFirst[place], 0]);
    }
    expect(series.tensors.filter(({ isWeight }) => isWeight).map(({ name }) => name)).toEqual([
      'fc1.weight',
      'fc2.weight',
      'fc3.weight',
    ]);
  });

  it('are drawn on one scale: the strongest weight of any of them', async () => {
    const first = await openSeed(0);
    const double = changed(first, (value) => 2 * value);
    const [alone, both] = [await read({ a: first }), await read({ a: first, b: double, c: first })];
    alone.series.strongest.forEach((strongest, block) => {
      expect(both.series.strongest[block]).toBeCloseTo(2 * strongest, 5);
    });
  });

  it('leave out what cannot be read and what is built otherwise, and say why', async () => {
    const first = await openSeed(0);
    const { series, refused } = await read({
      a: first,
      broken: new Error('The file ends too early.'),
      other: await openSample('cifar10-cnn-10.onnx'),
      b: first,
    });
    expect(series.checkpoints.map(({ path }) => path)).toEqual(['a', 'b']);
    expect(series.leftOut).toEqual([
      { path: 'broken', reason: 'The file ends too early.' },
      { path: 'other', reason: 'It is built otherwise than a.' },
    ]);
    expect(refused).toEqual([2]);
  });

  it('are an error where none can be read', async () => {
    await expect(read({ broken: new Error('The file ends too early.') })).rejects.toThrow('ends too early');
  });
});

describe('the size of what is compared', () => {
  it('is refused with both numbers and a name', async () => {
    const { graph } = await openSeed(0);
    expect(() => checkComparable('seed', graph)).not.toThrow();
    expect(() => checkComparable('huge.onnx', { ...graph, edgeCount: 1.2e9 })).toThrow(
      /1,200,000,000 parameters.*up to 40,000,000.*huge\.onnx/,
    );
  });
});
