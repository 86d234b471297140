import { describe, expect, it } from 'vitest';
import { memorySource } from '../byte-source';
import { FormatError } from '../format-error';
import { openModel } from '../open-model';
import { readTensor } from '../tensor';
import { readFixtureFile, readFixtureJson } from '../testing';
import { runProgram, type Stored } from './testing';

interface Network {
  readonly inputs: readonly Stored[];
  readonly outputs: readonly Stored[];
  readonly tolerance: number;
}

const { types, ...NETWORKS } = readFixtureJson<
  { types: { tensors: Record<string, Stored> } } & Record<string, Network>
>('tflite/expected.json');

const open = (name: string) =>
  openModel([memorySource(readFixtureFile(`tflite/${name}.tflite`), `${name}.tflite`)]);

describe.each(Object.entries(NETWORKS))('%s', (name, { inputs, outputs, tolerance }) => {
  it('computes in ONNX Runtime, put into ONNX’s words, what LiteRT computes', async () => {
    const model = await open(name);
    expect(model.warnings).toEqual([]);
    // Integers that stand for real numbers are real here.
    const real = inputs.map((input) => ({ ...input }));
    if (name === 'quantised') real[0].values = real[0].values.map((value) => (value - 3) / 64);
    const results = await runProgram(model, real);
    outputs.forEach(({ values }, index) => {
      expect(results[index]).toHaveLength(values.length);
      values.forEach((value, place) => {
        expect(Math.abs(results[index][place] - value), `${index}, ${place}`).toBeLessThan(tolerance);
      });
    });
  });
});

describe('TensorFlow Lite', () => {
  it.each(Object.entries(types.tensors))('decodes the values of a weight in %s', async (name, expected) => {
    const { tensors, program } = await open('types');
    const tensor = tensors.get(name)!;
    expect(tensor.shape).toEqual(expected.shape);
    expect([...(await readTensor(tensor))]).toEqual(expected.values);
    expect(program?.operators.some(({ inputs }) => inputs.includes(name))).toBe(true);
  });

  it('says how weights are stored, and decodes any run of their elements', async () => {
    const { tensors } = await open('types');
    expect(tensors.get('half')).toMatchObject({ type: 'float16', storage: { kind: 'bytes' } });
    expect(tensors.get('uint8')).toMatchObject({ type: 'float32', encoding: 'uint8, one scale' });
    const packed = tensors.get('int4')!;
    expect(packed.encoding).toBe('int4, a scale per channel');
    const all = await readTensor(packed);
    for (const [first, count] of [
      [0, 1],
      [3, 4],
      [11, 1],
    ]) {
      if (packed.storage.kind !== 'encoded') throw new Error('It is stored as it is.');
      expect(await packed.storage.read(first, count)).toEqual(all.slice(first, first + count));
    }
  });

  it('opens operators that stand for a graph of their own, and names the others with what they hide', async () => {
    const { program, tensors, warnings, metadata } = await open('composite');
    const operators = program?.operators ?? [];
    expect(operators.map(({ domain, type }) => (domain ? `${domain}.${type}` : type))).toEqual([
      ...['Gemm', 'Relu', 'Gemm', 'tflite.WHILE', 'tflite.MyOperator'],
    ]);
    // Names that are doubled in the file are told apart.
    expect(operators[0].inputs).toEqual(['__proto__', 'w', 'w #2']);
    expect(operators[1].outputs).toEqual(['w #3']);
    expect(operators[3].inputs).toContain('looped/hidden in a loop/kernel');
    expect(tensors.get('looped/hidden in a loop/kernel')?.shape).toEqual([3, 3]);
    expect(operators[4].inputs).toContain('hidden in a custom operator');
    expect(warnings).toEqual(['The file holds another graph beside the first, not shown here.']);
    expect(metadata.get('min_runtime_version')).toBe('2.3.0');
  });

  it('refuses sparse weights, weights quantised in blocks, and texts by name, and opens the rest', async () => {
    const { tensors, warnings } = await open('refused');
    expect([...tensors.keys()]).toEqual(['read/kernel', 'read/bias']);
    expect(warnings).toEqual([
      'Tensor "sparse" is stored sparsely and not read.',
      'Tensor "blocks" is quantised in blocks and not read.',
      'Tensor "labels" is of the type text and not read.',
      'TRANSPOSE "turned" is not read: it computes "sizes" while it runs, where a constant is expected.',
    ]);
  });

  it('knows the channels of its inputs', async () => {
    const axis = async (name: string) => (await open(name)).program?.inputs[0].channelAxis;
    expect(await axis('cnn')).toBe(3);
    expect(await axis('grey')).toBe(-1);
    expect(await axis('moving')).toBe(1);
    expect(await axis('transformer')).toBeUndefined();
  });

  it('sees functions that are written in pieces for what they are', async () => {
    const types = (await open('transformer')).program?.operators.map(({ type }) => type) ?? [];
    expect(types.filter((type) => type === 'LayerNormalization')).toHaveLength(2);
    expect(types).not.toContain('ReduceMean');
  });

  it('reads the structure only, until a weight is asked for', async () => {
    const bytes = readFixtureFile('tflite/cnn.tflite');
    const padded = new Uint8Array(50_000_000);
    padded.set(bytes);
    let read = 0;
    const source = memorySource(padded, 'large.tflite');
    await openModel([
      {
        ...source,
        read(offset, length) {
          read += length;
          return source.read(offset, length);
        },
      },
    ]);
    expect(read).toBeLessThan(200_000);
  });

  it('says when a file was cut short, wherever', async () => {
    const bytes = readFixtureFile('tflite/cnn.tflite');
    for (let length = 8; length < bytes.length; length += 61) {
      const cut = openModel([memorySource(bytes.subarray(0, length), 'cut.tflite')]);
      const error = await cut.catch((caught: unknown) => caught);
      expect(error, `${length} bytes`).toBeInstanceOf(FormatError);
      expect(String(error)).toMatch(/cut short/);
    }
  });
});
