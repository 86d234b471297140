import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readAllValues } from '../graph';
import {
  fixtureNames,
  hasRealModels,
  openGraph,
  readFixture,
  readRealModel,
  relativeDifference,
  runOnnx,
  withEdgeValues,
} from '../testing';
import { type ComparedModel, compareModels, interpolate } from '.';
import { align, changed, open, openSample, openSeed, shuffled } from './testing';

const ROOT = path.resolve(import.meta.dirname, '../..');
const SAMPLES = fs.readdirSync(path.join(ROOT, 'public/samples')).filter((name) => name.endsWith('.onnx'));
const FIXTURES = fixtureNames().filter((name) => /\.(old|new)$/.test(name));
/** ONNX Runtime adds the same numbers up in another order. */
const SAME_FUNCTION = 1e-5;

const models = [
  ...SAMPLES.map((name) => ({ name, read: () => openSample(name) })),
  ...FIXTURES.map((name) => ({ name, read: () => open(readFixture(`${name}.onnx`), name) })),
];

describe.each(models)('$name in another order', ({ read }) => {
  isFound(read);
});

describe.skipIf(!hasRealModels)('resnet20-cifar10.pth in another order', () => {
  isFound(() => open(readRealModel('resnet20-cifar10.pth'), 'resnet20-cifar10.pth'));
});

function isFound(read: () => Promise<ComparedModel>): void {
  it('is found to be the same, bit for bit, by fingerprints alone', async () => {
    const model = await read();
    const { verdict, foundBy, aligned } = await align(model, shuffled(model));
    expect(verdict).toEqual({ kind: 'same', rounding: 'exact' });
    expect(foundBy).toBe('fingerprints');
    expect(aligned).toEqual(model.values);
  });

  it('is found by matching where the weights are rounded as well', async () => {
    const model = await read();
    // Within half precision: 2^-11 of each value, one way or the other. By the value, so that shared tensors stay shared.
    const rounded = changed(
      shuffled(model),
      (value) => value * (1 + Math.sign(Math.sin(value * 1e6)) * 2 ** -11),
    );
    const { verdict, permutation } = await align(model, rounded);
    expect(verdict).toEqual({ kind: 'same', rounding: 'float16' });
    expect(permutation.slice().sort()).toEqual(permutation.map((_, node) => node));
  });
}

describe.each([
  'vision-transformer.old',
  'encoder.new',
  'grouped.old',
  'shuffled.new',
  'residual.old',
  'norms.new',
])('%s aligned with another network', (name) => {
  const bytes = readFixture(`${name}.onnx`);

  it('computes what it computed before', async () => {
    const { model, graph } = await openGraph(bytes, name);
    const first = { graph, values: await readAllValues(graph.blocks, graph.groups) };
    const other = changed(first, (value, random) => value * (0.5 + random()) + 0.05 * (random() - 0.5));
    const { aligned, permutation } = await align(shuffled(first), other);
    expect(permutation).not.toEqual(permutation.slice().sort());
    const before = await runOnnx(withEdgeValues(bytes, graph, other.values), model);
    const after = await runOnnx(withEdgeValues(bytes, graph, aligned), model);
    expect(relativeDifference(after, before)).toBeLessThan(SAME_FUNCTION);
  });
});

describe('a model with one layer trained anew', () => {
  it.each([
    ['cifar10-cnn-62.onnx', 0],
    ['cifar10-cnn-62.onnx', -1],
    ['cifar10-transformer.onnx', 2],
  ])('%s, weight %d: is the same but for that layer', async (name, place) => {
    const model = await openSample(name);
    const weights = model.graph.blocks.filter(({ kind }) => kind.endsWith('Weight'));
    const tensor = weights.at(place)?.tensorName ?? '';
    const other = changed(
      shuffled(model),
      (_, random) => random() - 0.5,
      (candidate) => candidate === tensor,
    );
    const { verdict, tensors } = await align(model, other);
    expect(verdict.kind).toBe('sameExcept');
    if (verdict.kind !== 'sameExcept') return;
    expect(verdict.tensors.map(({ first }) => first)).toEqual([tensor]);
    expect(verdict.tensors[0].after.relative).toBeGreaterThan(0.5);
    const rest = tensors.filter(({ first }) => first !== tensor);
    for (const { before, after } of rest) expect(after.norm).toBeLessThanOrEqual(before.norm);
    for (const { after } of rest) expect(after).toMatchObject({ norm: 0, relative: 0, largest: 0 });
  });
});

describe('two networks trained from two seeds', () => {
  /** Mean cross-entropy on the task of training/fixtures/make_alignment.py. */
  function loss({ graph, values }: ComparedModel): number {
    const tensor = (name: string) => values[graph.blocks.findIndex(({ tensorName }) => tensorName === name)];
    const layer = (name: string) => {
      const [weight, bias] = [tensor(`${name}.weight`), tensor(`${name}.bias`)];
      return (x: number[]) =>
        Array.from(bias, (own, output) =>
          x.reduce((sum, value, input) => sum + value * weight[output * x.length + input], own),
        );
    };
    const [first, second, third] = ['fc1', 'fc2', 'fc3'].map(layer);
    const relu = (x: number[]) => x.map((value) => Math.max(0, value));
    let total = 0;
    for (let point = 0; point < 900; point++) {
      const [x, y] = [Math.floor(point / 30), point % 30].map((place) => (2 * place) / 29 - 1);
      const wave = Math.sin(3 * x) + Math.cos(4 * y);
      const scores = third(relu(second(relu(first([x, y])))));
      const largest = Math.max(...scores);
      const sum = scores.reduce((exponents, score) => exponents + Math.exp(score - largest), 0);
      total += largest + Math.log(sum) - scores[Number(wave > 0) + Number(wave > 1)];
    }
    return total / 900;
  }

  it('are told apart, and said to be more alike than chance', async () => {
    const { verdict, tensors } = await align(await openSeed(0), await openSeed(1));
    expect(verdict.kind).toBe('different');
    if (verdict.kind !== 'different') return;
    const { before, after, chance } = verdict.cosine;
    expect(Math.abs(before)).toBeLessThan(0.05);
    expect(after).toBeGreaterThan(chance + 0.2);
    for (const tensor of tensors.filter(({ isWeight }) => isWeight)) {
      expect(tensor.after.cosine).toBeGreaterThan(tensor.chance ?? 1);
    }
  });

  it('have a low barrier between them once they are aligned', async () => {
    const [first, second] = [await openSeed(0), await openSeed(1)];
    const { aligned } = await align(first, second);
    const between = (other: ComparedModel['values'], t: number) =>
      loss({ graph: first.graph, values: interpolate(first.values, other, t) });
    expect(between(aligned, 0)).toBe(loss(first));
    expect(between(aligned, 1)).toBeCloseTo(loss(second), 10);
    expect(between(aligned, 0.5)).toBeLessThan(between(second.values, 0.5) / 4);
  });
});

describe('models of the same weights', () => {
  it('whose layers do something else with them are not called the same', async () => {
    const model = await openSeed(0);
    const groups = model.graph.groups.map((group) =>
      group.activation === 'relu' ? { ...group, activation: 'tanh' } : group,
    );
    const { verdict, settings } = await align(model, {
      ...shuffled(model),
      graph: { ...model.graph, groups },
    });
    expect(verdict).toEqual({ kind: 'sameExcept', tensors: [] });
    expect(settings.map(({ setting, first, second }) => [setting, first, second])).toEqual([
      ['activation', 'relu', 'tanh'],
      ['activation', 'relu', 'tanh'],
    ]);
  });

  it('are found in another order though a number is missing', async () => {
    const model = await openSeed(0);
    const damaged = { ...model, values: model.values.map((own) => own.slice().fill(Number.NaN, 3, 4)) };
    expect((await align(damaged, shuffled(damaged))).verdict).toEqual({ kind: 'same', rounding: 'exact' });
    expect((await align(damaged, model)).verdict.kind).not.toBe('same');
  });
});

describe('models of different architectures', () => {
  it('are compared layer by layer, by name and by shape', async () => {
    const [first, second] = await Promise.all(
      ['cifar10-cnn-10.onnx', 'cifar10-cnn-62.onnx'].map((name) => openSample(name)),
    );
    const result = await compareModels(first, second);
    expect(result.kind).toBe('differentArchitectures');
    if (result.kind !== 'differentArchitectures') return;
    const named = (model: ComparedModel) =>
      model.graph.blocks.filter(({ kind }) => kind.endsWith('Weight')).map(({ tensorName }) => tensorName);
    const seen = (end: 'first' | 'second') =>
      result.layers.flatMap((match) =>
        end in match ? [(match as Record<typeof end, { name: string }>)[end].name] : [],
      );
    expect(seen('first')).toEqual(named(first));
    expect(seen('second').sort()).toEqual([...named(second)].sort());
    for (const match of result.layers) {
      if (match.kind === 'same') expect(match.first.shape).toEqual(match.second.shape);
      if (match.kind === 'reshaped') expect(match.first.shape).not.toEqual(match.second.shape);
    }
  });
});
