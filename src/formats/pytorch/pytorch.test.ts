import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { blobSource, memorySource } from '../byte-source';
import { FormatError } from '../format-error';
import type { ModelFile } from '../model-file';
import { openModel } from '../open-model';
import { readTensor } from '../tensor';
import { startClock } from '../testing';

const FOLDER = path.resolve(import.meta.dirname, '../../../training/fixtures/pytorch');

const read = (name: string) => new Uint8Array(fs.readFileSync(path.join(FOLDER, name)));
const open = (name: string) => openModel([memorySource(read(name), name)]);

interface Facts {
  shape: number[];
  type: string;
  first: number | null;
  last: number | null;
  mean: number | null;
}

const EXPECTED = Object.entries(
  JSON.parse(fs.readFileSync(path.join(FOLDER, 'expected.json'), 'utf8')) as Record<
    string,
    Record<string, Facts>
  >,
);

async function factsOf(model: ModelFile): Promise<Record<string, Facts>> {
  const facts: [string, Facts][] = [];
  for (const [name, tensor] of model.tensors) {
    const values = await readTensor(tensor);
    const mean = values.reduce((total, value) => total + value / values.length, 0);
    facts.push([
      name,
      {
        shape: [...tensor.shape],
        type: tensor.type,
        first: values[0] ?? null,
        last: values.at(-1) ?? null,
        mean: values.length > 0 ? mean : null,
      },
    ]);
  }
  return Object.fromEntries(facts);
}

/** Our mean is summed in another order, and of float32: integers beyond 2^24 are rounded. */
const TOLERANCE = 1e-6;

function near(actual: number | null, expected: number | null): boolean {
  if (actual === null || expected === null) return actual === expected;
  return Math.abs(actual - expected) <= TOLERANCE * Math.max(1, Math.abs(expected));
}

describe('PyTorch files', () => {
  it.each(EXPECTED)(
    '%s: the names, shapes, types and values that torch.load gives',
    async (file, tensors) => {
      const facts = await factsOf(await open(file));
      expect(Object.keys(facts)).toEqual(Object.keys(tensors));
      for (const [name, expected] of Object.entries(tensors)) {
        const actual = facts[name];
        expect({ ...actual, first: 0, last: 0, mean: 0 }).toEqual({
          ...expected,
          first: 0,
          last: 0,
          mean: 0,
        });
        for (const key of ['first', 'last', 'mean'] as const) {
          expect(
            near(actual[key], expected[key]),
            `${name}: ${key} ${actual[key]}, not ${expected[key]}`,
          ).toBe(true);
        }
      }
    },
  );

  it('reads them from a Blob, as the page does', async () => {
    const model = await openModel([blobSource(new Blob([read('repacked.pth')]), 'repacked.pth')]);
    expect(Object.keys(await factsOf(model))).toContain('long');
  });

  it('says which form a file has', async () => {
    const variants = [
      'state-dict.pth',
      'state-dict.legacy.pth',
      'torchscript.pt',
      'numpy.protocol-2.pkl',
    ].map(async (name) => (await open(name)).variant);
    expect(await Promise.all(variants)).toEqual([
      'zip archive',
      'stream from before PyTorch 1.6',
      'TorchScript archive',
      'plain pickle',
    ]);
  });

  it('takes the network out of a checkpoint, and keeps the numbers beside it', async () => {
    const { metadata, warnings } = await open('checkpoint.pth');
    expect([...metadata]).toEqual([
      ['epoch', '12'],
      ['arch', 'net'],
      ['loss', '0.25'],
      ['args.lr', '0.1'],
      ['args.batch_size', '64'],
    ]);
    expect(warnings).toEqual([
      'All names begin with "module.", which a wrapper of the network adds; it was taken off.',
    ]);
  });

  it('prefers the network to an average of it, and says so', async () => {
    const { metadata, warnings } = await open('averaged.pth');
    expect(warnings).toEqual([
      'The network was taken from "model"; the file also holds "ema", left out here.',
    ]);
    expect(metadata.get('class')).toMatch(/\.Net$/);
  });

  it('names the tensors it cannot read, with the reason', async () => {
    const { warnings } = await open('types.pth');
    expect(warnings).toEqual([
      'Tensor "complex" is complex and not read.',
      'Tensor "quantised" is quantised and not read.',
      'Tensor "sparse" is sparse and not read.',
      'Tensor "meta" is without values (device "meta") and not read.',
    ]);
  });

  it('opens a frozen TorchScript module by its constants', async () => {
    const { tensors, warnings } = await open('frozen.pt');
    expect([...tensors.values()].map(({ name, shape }) => [name, shape])).toEqual([
      ['c0', [4, 3]],
      ['c1', [4]],
      ['c2', [2, 4]],
      ['c3', [2]],
    ]);
    expect(warnings[0]).toMatch(/frozen/);
  });

  it('lists what loading a file in Python would import', async () => {
    const { pythonImports } = await open('module.pth');
    expect(pythonImports?.find(({ name }) => name.endsWith('.Net'))).toMatchObject({ risk: 'unknown' });
    expect(pythonImports?.find(({ name }) => name === 'torch.nn.modules.conv.Conv2d')).toMatchObject({
      risk: 'none',
    });
    expect(pythonImports?.some(({ risk }) => risk === 'dangerous')).toBe(false);
  });

  it('reads no weights until they are asked for', async () => {
    const bytes = read('state-dict.pth');
    const ranges: [number, number][] = [];
    const model = await openModel([
      {
        ...memorySource(bytes, 'lazy.pth'),
        read: async (offset, length) => {
          ranges.push([offset, length]);
          return bytes.subarray(offset, offset + length);
        },
      },
    ]);
    ranges.length = 0;
    const weight = model.tensors.get('features.0.weight')!;
    await readTensor(weight);
    expect(ranges.map(([, length]) => length)).toEqual([30, 4 * weight.elementCount]);
  });

  it.each([
    ['scores.pth', /holds no network: it is a dictionary of "epoch", "accuracy", without a tensor/],
    ['tensor.pth', /holds no network: it is a single tensor; its one tensor is no weights/],
    ['statistics.pth', /holds no network: .*its 2 tensors are statistics \("mean", "std"\)/],
    ['optimizer.pth', /holds no network: it is the state of an optimizer/],
    ['labels.pth', /holds no network: .*its 2 tensors are no weights/],
  ])('%s is refused, saying what it holds', async (name, message) => {
    await expect(open(name)).rejects.toThrow(FormatError);
    await expect(open(name)).rejects.toThrow(message);
  });
});

describe('hostile pickles', () => {
  it.each([
    ['system-in-weights.pth', 'os.system("echo hostile")'],
    ['eval-in-weights.pth', 'builtins.eval("print(\'hostile\')")'],
    ['other-pickle.pth', 'posix.system("echo hostile")'],
  ])('%s opens, with the call that Python would make told as dangerous', async (name, call) => {
    const { tensors, pythonImports } = await open(`hostile/${name}`);
    expect([...tensors.keys()]).toEqual(['weight', 'bias']);
    expect(pythonImports?.filter(({ risk }) => risk === 'dangerous').map((found) => found.call)).toEqual([
      call,
    ]);
  });

  it.each([
    ['getattr.pkl', /calls builtins\.getattr\(.*\) and 2 more/],
    ['posix.text.pkl', /calls posix\.system\("echo hostile"\)/],
    ['inst.text.pkl', /calls posix\.system\("echo hostile"\)/],
    ['obj.pkl', /calls os\.system\("echo hostile"\)/],
    ['dotted.pkl', /calls torch\.serialization\.os\.system\("echo"\)/],
    ['hidden-in-memo.pkl', /calls posix\.system\("echo"\)/],
    ['computed-name.pkl', /could run code: it calls numpy\.prod\.a\.system\("echo"\) and 1 more/],
    ['broken-after-call.pkl', /does not exist.*calls os\.system\("echo hostile"\)/],
  ])('%s is refused, and the sentence says what Python would have called', async (name, message) => {
    await expect(open(`hostile/${name}`)).rejects.toThrow(FormatError);
    await expect(open(`hostile/${name}`)).rejects.toThrow(message);
  });

  it.each([
    ['memo.pkl', /would fill Python's memory/],
    ['deep-marks.pkl', /more than 10000 deep/],
    ['deep-lists.pkl', /nests its values more than 100 deep/],
    ['doubling.pkl', /holds no network/],
  ])('%s is refused in good time', async (name, message) => {
    const elapsedMs = startClock();
    await expect(open(`hostile/${name}`)).rejects.toThrow(message);
    expect(elapsedMs()).toBeLessThan(2000);
  });

  it('leaves entries with odd names alone', async () => {
    expect([...(await open('hostile/odd-names.pth')).tensors.keys()]).toEqual(['weight', 'bias']);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });
});
