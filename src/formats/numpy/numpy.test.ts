import { describe, expect, it } from 'vitest';
import { memorySource } from '../byte-source';
import { openModel } from '../open-model';
import { readTensor } from '../tensor';
import { readFixtureFile } from '../testing';

/** Written by training/fixtures/make_numpy.py. */
const open = (name: string) => openModel([memorySource(readFixtureFile(`numpy/${name}`), name)]);

async function values(name: string, tensorName: string): Promise<number[]> {
  const tensor = (await open(name)).tensors.get(tensorName);
  if (!tensor) throw new Error(`no tensor ${tensorName}`);
  return [...(await readTensor(tensor))];
}

describe('archives (.npz)', () => {
  it('are state dicts', async () => {
    const model = await open('mlp.npz');
    expect([model.format, model.variant]).toEqual(['numpy', 'archive']);
    expect([...model.tensors].map(([name, { shape, type }]) => [name, shape, type])).toEqual([
      ['fc1.weight', [4, 3], 'float32'],
      ['fc1.bias', [4], 'float32'],
      ['fc2.weight', [2, 4], 'float32'],
      ['fc2.bias', [2], 'float32'],
    ]);
    expect(model.pythonImports).toBeUndefined();
  });

  it('may be compressed; what is no number is named', async () => {
    expect(await values('compressed.npz', 'fc2.weight')).toEqual(await values('mlp.npz', 'fc2.weight'));
    const model = await open('compressed.npz');
    expect(model.warnings).toEqual(['Tensor "labels" is of the type U1 and not read.']);
  });

  it("are read in Fortran's order, and in the byte order of other machines", async () => {
    const exact = await values('mlp.npz', 'fc1.weight');
    expect(await values('forms.npz', 'fc1.weight')).toEqual(exact);
    expect(await values('forms.npz', 'fc1.bias')).toEqual(await values('mlp.npz', 'fc1.bias'));
    const [halves, full] = [await values('forms.npz', 'fc2.weight'), await values('mlp.npz', 'fc2.weight')];
    halves.forEach((value, index) => {
      expect(value).toBeCloseTo(full[index], 2);
    });
    expect(await values('forms.npz', 'none.weight')).toEqual([]);
  });

  it("are turned round where inputs come before outputs, as in Flax's", async () => {
    const model = await open('flax.npz');
    expect([...model.tensors.keys()]).toEqual(['params.a.weight', 'params.a.bias', 'params.b.weight']);
    expect(await values('flax.npz', 'params.a.weight')).toEqual(await values('mlp.npz', 'fc1.weight'));
    expect(model.isChannelsLast).toBe(true);
  });

  it('tell what their pickles would call, and read the rest', async () => {
    const model = await open('hostile.npz');
    expect([...model.tensors.keys()]).toEqual(['fc1.weight', 'fc1.bias', 'fc2.weight', 'fc2.bias']);
    expect(model.pythonImports?.filter(({ risk }) => risk === 'dangerous')).toMatchObject([
      { name: 'posix.system', call: 'posix.system("echo")' },
    ]);
    expect(model.warnings.join()).toMatch(/"extra" is an array of Python objects/);
  });
});

describe('arrays (.npy)', () => {
  it.each(['matrix.npy', 'matrix.fortran.npy', 'matrix.version-3.npy'])('%s is one tensor', async (name) => {
    const exact = await values('mlp.npz', 'fc1.weight');
    expect(await values(name, name.replace('.npy', ''))).toEqual(exact);
  });

  it('may be a pickled dictionary of arrays', async () => {
    const model = await open('dictionary.npy');
    expect([model.format, model.variant]).toEqual(['numpy', 'pickled objects']);
    expect(await values('dictionary.npy', 'fc2.weight')).toEqual(await values('mlp.npz', 'fc2.weight'));
    expect(model.pythonImports?.every(({ risk }) => risk === 'none')).toBe(true);
  });

  it('are refused where they hold no numbers, with what loading them would call', async () => {
    await expect(open('records.npy')).rejects.toThrow(/a table of records/);
    await expect(open('hostile.npy')).rejects.toThrow(/could run code: it calls posix\.system\("echo"\)/);
  });
});
