import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTensor } from '../formats';
import { readAllValues, seededRandom } from '../graph';
import { openGraph, readFixture } from '../testing';
import { gramMatrix, layerMatrices } from './layer-matrices';
import { measureLayer, measureLayers } from './layer-quality';
import { networkQuality } from './network-quality';
import { fitPowerLaw } from './power-law';
import { spectralNorm } from './spectral-norm';
import { symmetricEigenvalues } from './symmetric-eigenvalues';
import { type WeightArray, weightArrays } from './weight-arrays';

const ROOT = path.resolve(import.meta.dirname, '../..');

interface Expected {
  readonly networks: Record<
    string,
    Record<
      string,
      {
        frobenius: number;
        spectral: number;
        quantiles: number[];
        weightwatcher: Record<
          'alpha' | 'D' | 'alpha_weighted' | 'log_alpha_norm' | 'stable_rank' | 'num_evals',
          number
        >;
      }
    >
  >;
  readonly tails: { values: number[]; alpha: number; distance: number; start: number }[];
  readonly spectra: { matrix: number[]; eigenvalues: number[] }[];
}

/** Written by training/fixtures/make_quality.py. */
const expected = JSON.parse(
  fs.readFileSync(path.join(ROOT, 'training/fixtures/quality.json'), 'utf8'),
) as Expected;

/** Digits after the point: the same formulas in float64, on weights read as float32. */
const DIGITS = 6;

async function openSample(name: string) {
  const bytes = new Uint8Array(fs.readFileSync(path.join(ROOT, 'public/samples', name)));
  const { graph } = await openGraph(bytes, name);
  return { graph, values: await readAllValues(graph.blocks, graph.groups) };
}

describe.each(Object.entries(expected.networks))('%s', (name, tensors) => {
  it('is measured as NumPy and WeightWatcher measure it, layer by layer', async () => {
    const { graph, values } = await openSample(name);
    const layers = [...measureLayers(graph, values)];
    expect(layers.map((layer) => layer.name).sort()).toEqual(Object.keys(tensors).sort());
    for (const layer of layers) {
      const { frobenius, spectral, quantiles, weightwatcher } = tensors[layer.name];
      expect(layer.frobeniusNorm).toBeCloseTo(frobenius, DIGITS);
      expect(layer.spectralNorm).toBeCloseTo(spectral, DIGITS);
      expect(layer.stableRank).toBeCloseTo(weightwatcher.stable_rank, DIGITS);
      layer.quantiles.forEach((quantile, index) => {
        expect(quantile).toBeCloseTo(quantiles[index], DIGITS);
      });
      expect(layer.tail.kind).toBe('fitted');
      if (layer.tail.kind !== 'fitted') continue;
      expect(layer.tail.eigenvalueCount).toBe(weightwatcher.num_evals);
      expect(layer.tail.alpha).toBeCloseTo(weightwatcher.alpha, DIGITS);
      expect(layer.tail.fitDistance).toBeCloseTo(weightwatcher.D, DIGITS);
      expect(layer.tail.alphaWeighted).toBeCloseTo(weightwatcher.alpha_weighted, DIGITS);
      expect(layer.tail.logAlphaNorm).toBeCloseTo(weightwatcher.log_alpha_norm, DIGITS);
    }
    const mean = Object.values(tensors).reduce((sum, { weightwatcher }) => sum + weightwatcher.alpha, 0);
    expect(networkQuality(layers).alpha).toBeCloseTo(mean / layers.length, DIGITS);
  });
});

describe('the power law of a tail', () => {
  it.each(expected.tails.map((tail) => [tail.values.length, tail] as const))(
    'is what WeightWatcher fits to %d values',
    (_, { values, alpha, distance, start }) => {
      const fit = fitPowerLaw(Float64Array.from(values));
      expect(fit?.alpha).toBeCloseTo(alpha, DIGITS);
      expect(fit?.distance).toBeCloseTo(distance, DIGITS);
      expect(fit?.start).toBeCloseTo(start, DIGITS);
    },
  );

  it('is not fitted to a handful of values, nor to equal ones', () => {
    expect(fitPowerLaw(Float64Array.of(1, 2, 3, 4, 5, 6, 7))).toBeUndefined();
    expect(fitPowerLaw(new Float64Array(50).fill(2))).toBeUndefined();
  });
});

describe('eigenvalues', () => {
  it.each(expected.spectra.map((spectrum) => [spectrum.eigenvalues.length, spectrum] as const))(
    'of a symmetric matrix of side %d are those that NumPy finds',
    (side, { matrix, eigenvalues }) => {
      const found = symmetricEigenvalues(Float64Array.from(matrix), side);
      eigenvalues.forEach((value, index) => {
        expect(found[index]).toBeCloseTo(value, 10);
      });
    },
  );

  it('of a Gram matrix keep trace and largest value, whichever side is longer', () => {
    const random = seededRandom(3);
    const matrix = Float32Array.from({ length: 90 * 40 }, () => random() - 0.5);
    const norm = matrix.reduce((sum, value) => sum + value * value, 0);
    for (const [rows, columns] of [
      [90, 40],
      [40, 90],
    ]) {
      const values = symmetricEigenvalues(gramMatrix(matrix, rows, columns), 40);
      expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(norm, 8);
      expect(spectralNorm(matrix, rows, columns)).toBeCloseTo(Math.sqrt(values[39]), 4);
    }
  });
});

const weights = (some: Partial<WeightArray>): WeightArray => ({
  ...{ block: 0, name: 'weight', kind: 'linearWeight', rows: 1, columns: 1, taps: 1 },
  values: new Float32Array(1),
  ...some,
});

describe('a layer', () => {
  it.each(['concatenated.old', 'residual.old', 'grouped.old', 'attention-first.old', 'shuffled.old'])(
    'is measured in one piece, however many node groups it reads from: %s',
    async (name) => {
      const { graph, model } = await openGraph(readFixture(`${name}.onnx`), name);
      const arrays = [...weightArrays(graph, await readAllValues(graph.blocks, graph.groups))];
      for (const { name: tensor, rows, columns, taps, values } of arrays) {
        const stored = model.tensors.get(tensor);
        if (!stored) continue; // a part of a packed tensor
        const whole = await readTensor(stored);
        if (arrays.filter((one) => one.name === tensor).length > 1) continue; // queries, keys and values in one
        expect(rows * columns * taps).toBe(whole.length);
        expect([...values].sort()).toEqual([...whole].sort());
      }
      expect(arrays.length).toBeGreaterThan(1);
    },
  );

  it('is put together by outputs and inputs, row by row', async () => {
    const { graph, values } = await openSample('cifar10-cnn-55.onnx');
    const [whole] = weightArrays(graph, values);
    const { target, source, taps } = graph.blocks[whole.block];
    const half = whole.rows / 2;
    // The same layer, its outputs in two groups and its inputs in two: of one channel, and of the others.
    const groups = [
      ...graph.groups.map((group, index) => (index === target ? { ...group, count: half } : group)),
      { ...graph.groups[target], count: half },
    ];
    const blocks = [0, 1].flatMap((low) =>
      [0, 1].map((right) => ({
        ...graph.blocks[whole.block],
        target: low ? groups.length - 1 : target,
        source: right ? source : source + 1000,
        edgeCount: half * taps * (right ? whole.columns - 1 : 1),
      })),
    );
    const cut = blocks.map((_, index) => {
      const [low, right] = [index >> 1, index & 1];
      return Float32Array.from(
        Array.from({ length: half }, (_, row) => {
          const from = (low * half + row) * whole.columns * taps;
          return right
            ? [...whole.values.subarray(from + taps, from + whole.columns * taps)]
            : [...whole.values.subarray(from, from + taps)];
        }).flat(),
      );
    });
    const arrays = [...weightArrays({ ...graph, groups, blocks }, cut)];
    expect(arrays).toHaveLength(1);
    expect(arrays[0]).toEqual({ ...whole, block: 0 });
  });

  it('of gates is read as they are stacked, one of a kernel position by position', () => {
    // Three outputs, three inputs, two taps.
    const values = Float32Array.from({ length: 18 }, (_, index) => index);
    const cut = (kind: WeightArray['kind']) =>
      layerMatrices(weights({ kind, rows: 3, columns: 3, taps: 2, values }));
    expect(cut('recurrentInput')).toMatchObject({ rows: 6, columns: 3 });
    expect([...cut('recurrentInput').matrices[0].subarray(0, 4)]).toEqual([0, 2, 4, 6]);
    expect(cut('convWeight')).toMatchObject({ rows: 3, columns: 3 });
    expect([...cut('convWeight').matrices[1].subarray(0, 3)]).toEqual([1, 3, 5]);
  });

  it('whose spectrum would take too long is measured by its norms, and says why not by more', () => {
    const side = 1800;
    const values = new Float32Array(side * side);
    // Of rank one: the norm of a column, times √side.
    for (let row = 0; row < side; row++) values.fill(row % 2 ? 2 : 4, row * side, (row + 1) * side);
    const layer = measureLayer(weights({ kind: 'linearWeight', rows: side, columns: side, values }));
    expect(layer.tail).toMatchObject({ kind: 'refused', reason: expect.stringContaining('1800 × 1800') });
    expect(layer.spectralNorm / (Math.sqrt(10) * side)).toBeCloseTo(1, 6);
    expect(layer.stableRank).toBeCloseTo(1, 6);
  });

  it('with numbers that are not finite, or of zeros, is refused in words', async () => {
    const { graph, values } = await openSample('cifar10-cnn-55.onnx');
    const [layer] = weightArrays(graph, values);
    const damaged = layer.values.slice().fill(Number.NaN, 0, 1);
    expect(measureLayer({ ...layer, values: damaged }).tail).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('not finite'),
    });
    const silent = measureLayer({ ...layer, values: new Float32Array(damaged.length) });
    expect(silent).toMatchObject({ spectralNorm: 0, frobeniusNorm: 0, tail: { kind: 'refused' } });
  });
});
