import { describe, expect, it } from 'vitest';
import {
  blobSource,
  type ElementType,
  type ModelFile,
  memorySource,
  openModel,
  readTensor,
  type StoredTensor,
} from '../../../formats';
import { encodeElements } from '../../../formats/encode-elements';
import { writeSafetensors } from '../../../formats/safetensors-writer';
import { readFixtureFile } from '../../../formats/testing';
import { describeGraph, inferred, ofShapes, openStateDict, stateDict } from '../testing';
import { usedWeights } from '.';

/** As a file holds them: of the nearest numbers that the type has. */
function stored(
  name: string,
  shape: readonly number[],
  values: ArrayLike<number>,
  type: ElementType,
): StoredTensor {
  const source = memorySource(encodeElements(values, type), name);
  return { name, shape, type, elementCount: values.length, storage: { kind: 'bytes', source, offset: 0 } };
}

/** A matrix cut into blocks of `rows` by `columns`, the last ones shorter: where each element belongs, and the largest of each. */
function blocksOf({ shape: [height, width] }: StoredTensor, values: Float32Array, [rows, columns]: number[]) {
  const shape = [Math.ceil(height / rows), Math.ceil(width / columns)];
  const at = (index: number) =>
    Math.floor(Math.floor(index / width) / rows) * shape[1] + Math.floor((index % width) / columns);
  const largest = new Float32Array(shape[0] * shape[1]);
  values.forEach((value, index) => {
    largest[at(index)] = Math.max(largest[at(index)], Math.abs(value));
  });
  return { shape, at, largest };
}

/** What stands in a file for a matrix. */
type Form = (weight: StoredTensor, values: Float32Array) => readonly StoredTensor[];

/** 8-bit floats, with a scale for each block of which the largest magnitude is the type's largest. */
function inBlocks(ending: string, block: number[], scaleType: ElementType = 'float32'): Form {
  return (weight, values) => {
    const { shape, at, largest } = blocksOf(weight, values, block);
    const isPower = scaleType === 'float8e8m0';
    const scales = largest.map((size) => (isPower ? 2 ** Math.ceil(Math.log2(size / 448)) : size / 448));
    const codes = values.map((value, index) => value / scales[at(index)]);
    const { name } = weight;
    return [
      stored(name, weight.shape, codes, 'float8e4m3'),
      stored(`${name}${ending}`, shape, scales, scaleType),
    ];
  };
}

const bitsandbytes: Form = (weight, values) => {
  const { name, shape } = weight;
  const { at, largest } = blocksOf(weight, values, [1, shape[1]]);
  const codes = values.map((value, index) => (127 * value) / largest[at(index)]);
  return [
    stored(name, shape, codes, 'int8'),
    stored(name.replace(/weight$/, 'SCB'), [shape[0]], largest, 'float32'),
    stored(name.replace(/weight$/, 'weight_format'), [], [0], 'uint8'),
  ];
};

const WHOLE = [2 ** 20, 2 ** 20];

describe('weights of a byte with scales beside them', () => {
  /** The matrices of Llama's layers in another form, as libraries leave its tables and norms as they are. */
  async function inForm(model: ModelFile, form: Form): Promise<ModelFile> {
    const tensors: StoredTensor[] = [];
    for (const [name, tensor] of model.tensors) {
      const isMatrix = /layers\..*proj\.weight$/.test(name);
      tensors.push(...(isMatrix ? form(tensor, await readTensor(tensor)) : [tensor]));
    }
    return { ...model, tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])) };
  }

  it.each<[string, Form]>([
    ['FP8, one scale', inBlocks('_scale', WHOLE)],
    ['FP8, a scale per row', inBlocks('_scale', [1, 2 ** 20], 'bfloat16')],
    ['FP8, a scale per block of both axes', inBlocks('_scale_inv', [8, 4])],
    ['FP8, a power of two per block of a row', inBlocks('_scale', [1, 4], 'float8e8m0')],
    ['int8 of bitsandbytes', bitsandbytes],
  ])('%s: are the real ones, and the scales no parameters', async (_, form) => {
    const model = await openStateDict('huggingface-llama');
    const plain = await inferred(model);
    const { network, graph } = await inferred(await inForm(model, form));
    expect(graph.parameters).toEqual(plain.graph.parameters);
    expect(graph.unplaced).toEqual([]);
    for (const [name, tensor] of model.tensors) {
      const own = network.tensors.get(name);
      if (!own) throw new Error(`${name} is gone`);
      const [before, after] = [await readTensor(tensor), await readTensor(own)];
      const largest = before.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      // Three bits of fraction, or 127 steps.
      after.forEach((value, index) => {
        expect(Math.abs(value - before[index])).toBeLessThanOrEqual(
          Math.abs(before[index]) / 16 + largest / 250,
        );
      });
    }
  });

  const chain = (...tensors: readonly StoredTensor[]) =>
    inferred(stateDict(new Map(tensors.map((tensor) => [tensor.name, tensor]))));
  const zeros = (name: string, shape: readonly number[], type: ElementType) =>
    stored(name, shape, new Float32Array(shape.reduce((a, b) => a * b, 1)), type);

  it('stand beside scales of activations, which are no parameters', async () => {
    const { graph } = await chain(
      stored('fc.weight', [2, 2], [1, 2, 3, 4], 'float8e4m3'),
      stored('fc.weight_scale', [], [0.5], 'float32'),
      ...['input', 'output', 'k', 'v'].map((part) => stored(`fc.${part}_scale`, [], [0.5], 'float32')),
    );
    expect(graph.parameters).toEqual({ placed: 4, all: 4 });
  });

  it('are shifted where there is a zero point', async () => {
    const { network } = await chain(
      stored('fc.weight', [1, 2], [3, 5], 'int8'),
      stored('fc.weight_scale', [1], [0.5], 'float32'),
      stored('fc.weight_zero_point', [1], [1], 'int8'),
    );
    const weight = network.tensors.get('fc.weight');
    expect(weight && [...(await readTensor(weight))]).toEqual([1, 2]);
  });

  it('are refused without a scale, or with one that does not fit', async () => {
    await expect(chain(zeros('fc.weight', [2, 3], 'float8e4m3'))).rejects.toThrow(
      /^The weight "fc\.weight" is stored as float8e4m3, and nothing beside it .* \(network\.pt\)\. Save the network with plain weights/,
    );
    await expect(chain(zeros('W1', [2, 3], 'float8e5m2'))).rejects.toThrow(/"W1" is stored as float8e5m2/);
    await expect(chain(zeros('fc.qweight', [2, 3], 'int32'))).rejects.toThrow(
      /"fc\.qweight" is stored as int32/,
    );
    const scale = zeros('fc.weight_scale', [3, 2], 'float32');
    await expect(chain(zeros('fc.weight', [2, 3], 'int8'), scale)).rejects.toThrow(
      /"fc\.weight_scale" of shape 3×2 does not fit the weight "fc\.weight" of shape 2×3/,
    );
  });
});

/** By training/fixtures/make_weight_forms.py: a state dict, and the weights that PyTorch computes from it. */
const FORMS = [
  ['weight-norm', 'weight-norm-of-all', 'weight-norm-parametrized'],
  ['spectral-norm', 'spectral-norm-parametrized', 'spectral-norm-transposed', 'pruned'],
].flat();

/** PyTorch sums in float32. */
const SUMMED = 1e-5;

describe.each(FORMS)('%s', (name) => {
  const open = (file: string) =>
    openModel([memorySource(readFixtureFile(`weight-forms/${file}.safetensors`), `${file}.safetensors`)]);

  it('has the weights that PyTorch computes', async () => {
    const [model, plain] = [await open(name), await open(`${name}.plain`)];
    const { tensors, constants } = usedWeights(model.tensors);
    const parameters = [...tensors.keys()].filter((tensor) => !constants.has(tensor));
    expect(parameters.sort()).toEqual([...plain.tensors.keys()].sort());
    for (const [key, tensor] of plain.tensors) {
      const own = tensors.get(key);
      const [expected, actual] = [await readTensor(tensor), own && (await readTensor(own))];
      expect(own?.shape).toEqual(tensor.shape);
      expected.forEach((value, index) => {
        expect(Math.abs((actual?.[index] ?? Number.NaN) - value)).toBeLessThan(SUMMED);
      });
    }
  });

  it('is drawn as the network with these weights, and what serves to compute them is no parameter', async () => {
    const [own, plain] = [await inferred(await open(name)), await inferred(await open(`${name}.plain`))];
    expect(own.graph.parameters).toEqual(plain.graph.parameters);
    expect(own.graph.unplaced).toEqual(plain.graph.unplaced);
    const [a, b] = [await describeGraph(own.graph), await describeGraph(plain.graph)];
    expect(a.counts).toEqual(b.counts);
    expect(a.groups).toEqual(b.groups);
  });

  it('is saved with these weights', async () => {
    const model = await open(name);
    const { network, graph } = await inferred(model);
    const saved = await openModel([blobSource(await writeSafetensors(model, network), 'saved.safetensors')]);
    expect(await describeGraph((await inferred(saved)).graph)).toEqual(await describeGraph(graph));
  });
});

describe('weights that are computed', () => {
  it('are refused where the file does not say how', async () => {
    const shapes = { 'fc.parametrizations.weight.original': [3, 2], 'fc.bias': [3] };
    await expect(inferred(stateDict(ofShapes(shapes)))).rejects.toThrow(
      /computed from "fc\.parametrizations\.weight\.original" by a parametrization that the file does not describe/,
    );
  });

  it('leave other tensors that are called alike as they are', async () => {
    const shapes = { 'fc.weight': [3, 2], 'fc.weight_u': [3], 'fc2.w_v': [2, 3], 'fc2.w_g': [5] };
    const { tensors } = usedWeights(ofShapes(shapes));
    expect([...tensors.keys()]).toEqual(Object.keys(shapes));
    expect(usedWeights(ofShapes(shapes)).constants).toEqual(new Set(['fc.weight_u']));
  });
});
