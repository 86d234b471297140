/** ONNX files with edited tensors: the same bytes elsewhere, and the edited elements where they stood. */
import { describe, expect, it } from 'vitest';
import { memorySource, openModel, readTensor, type StoredTensor } from '../formats';
import { writeOnnx } from '../formats/onnx/write-model';
import { hasRealModels, relativeDifference } from '../testing';
import { randomInputs } from '../workers/network-runner-inputs';
import { filesIn, type Opened, open, runFile, source } from './testing';

const SAME_FUNCTION = 1e-6;

const FILES = [...filesIn('onnx', '.onnx'), ...filesIn('onnx/operators', '.onnx')].filter(
  (file) => !/no-weights|enormous|external/.test(file),
);
const MODELS = hasRealModels ? filesIn('models', '.onnx').filter((name) => !/light/.test(name)) : [];

const bytesOf = async (file: string) => {
  const { byteLength, read } = source(file);
  return new Uint8Array(await read(0, byteLength));
};

const again = (bytes: Uint8Array) => open(memorySource(bytes, 'written.onnx'));

/** Places at which two files differ. */
const differences = (a: Uint8Array, b: Uint8Array) => [...a.keys()].filter((place) => a[place] !== b[place]);

const tensorOf = ({ network }: Opened, name: string) => network.tensors.get(name) as StoredTensor;

describe('an ONNX file without edits', () => {
  it.each([...FILES, ...MODELS])('%s is the same file', async (file) => {
    const { model, network } = await open(source(file));
    expect(await writeOnnx(model, network)).toEqual(await bytesOf(file));
  });

  it('takes what lay beside it into the file, which then computes the same by itself', async () => {
    const opened = await open(source('onnx/external.onnx'), source('onnx/external.onnx.data'));
    const bytes = await writeOnnx(opened.model, opened.network);
    const alone = await again(bytes);
    for (const [name, tensor] of opened.network.tensors) {
      expect(await readTensor(tensorOf(alone, name))).toEqual(await readTensor(tensor));
    }
    const inputs = randomInputs(opened.network, 3);
    const [output] = await runFile(bytes, 'external.onnx', inputs);
    expect(output.values.some((value) => value !== 0)).toBe(true);
  });
});

describe('an edited element', () => {
  it('is written where it stood: at most the bytes of one float32 differ', async () => {
    const opened = await open(source('onnx/conv-norm.new.onnx'));
    const name = opened.graph.blocks[0].tensorName as string;
    const elements = new Float32Array(await readTensor(tensorOf(opened, name)));
    elements[5] = 0.125;
    const before = await bytesOf('onnx/conv-norm.new.onnx');
    const after = await writeOnnx(opened.model, opened.network, new Map([[name, elements]]));
    const places = differences(before, after);
    expect(after.byteLength).toBe(before.byteLength);
    expect(places.length).toBeGreaterThan(0);
    expect(places.at(-1) as number).toBeLessThan(places[0] + 4);
    expect(await readTensor(tensorOf(await again(after), name))).toEqual(elements);
  });

  /** Files whose tensors are stored in every way that the format has, and how far a value may be from what was asked for. */
  it.each([
    ['constants.onnx', 0],
    ['half-precision.onnx', 1e-3],
    ['operators/constants.onnx', 0],
    ['operators/sparse.onnx', 0],
    ['operators/sparse-constant.onnx', 0],
    ['operators/type-bfloat16.onnx', 4e-3],
    ['operators/type-float16.onnx', 1e-3],
    ['operators/type-float64.onnx', 0],
    ['operators/listed-float16.onnx', 1e-3],
    ['operators/listed-float64.onnx', 0],
    ['operators/type-int8.onnx', 0.02],
    ['operators/type-uint4.onnx', 0.3],
    ['operators/qdq.onnx', 0.02],
  ])('of %s is read back', async (file, tolerance) => {
    const opened = await open(source(`onnx/${file}`));
    for (const { values } of opened.graph.blocks) {
      if (values.kind === 'constant') continue;
      const { name } = values.tensor;
      const before = await readTensor(tensorOf(opened, name));
      // Exchanged: all numbers stay within the range of the tensor.
      const elements = Float32Array.from(before).reverse();
      const bytes = await writeOnnx(opened.model, opened.network, new Map([[name, elements]]));
      const written = await again(bytes);
      for (const [other, tensor] of opened.network.tensors) {
        const expected = other === name ? elements : await readTensor(tensor);
        const difference = relativeDifference(await readTensor(tensorOf(written, other)), expected);
        expect(difference, `${other} after ${name}`).toBeLessThanOrEqual(tolerance);
      }
    }
  });

  it('of a tensor with a scale per channel is refused in a sentence', async () => {
    const opened = await open(source('onnx/operators/qdq-per-channel.onnx'));
    const elements = new Float32Array(await readTensor(tensorOf(opened, 'w')));
    await expect(writeOnnx(opened.model, opened.network, new Map([['w', elements]]))).rejects.toThrow(
      /Tensor "w" cannot be changed: it is stored as int8, a scale per channel/,
    );
  });
});

describe('a program that is written as ONNX', () => {
  it('is read back as the same graph', async () => {
    for (const file of [
      'keras/sequential.keras.gz',
      'tflite/cnn.tflite',
      'state-dicts/torchvision-resnet.safetensors',
    ]) {
      const opened = await open(source(file));
      const written = await again(await writeOnnx(opened.model, opened.network));
      expect(written.network.notUnderstood).toEqual([]);
      const facts = ({ graph: { nodeCount, edgeCount, parameters } }: Opened) => [
        nodeCount,
        edgeCount,
        parameters,
      ];
      expect(facts(written), file).toEqual(facts(opened));
    }
  });

  it('keeps the bits of half-precision weights, and casts them where they are used', async () => {
    const opened = await open(source('tflite/types.tflite'));
    const written = await again(await writeOnnx(opened.model, opened.network));
    const half = opened.model.tensors.get('half') as StoredTensor;
    const stored = written.model.tensors.get('half (float16)') as StoredTensor;
    expect(stored.type).toBe('float16');
    expect(await readTensor(stored)).toEqual(await readTensor(half));
  });

  it('is refused, by name, where ONNX has no operator for a layer', async () => {
    const { model, network } = await open(source('tflite/refused.tflite'));
    await expect(writeOnnx(model, network)).rejects.toThrow(/no operator for: TRANSPOSE/);
  });
});

it('runs the same after it was written twice', async () => {
  const opened = await open(source('keras/functional.keras.gz'));
  const inputs = randomInputs(opened.network, 2);
  const once = await writeOnnx(opened.model, opened.network);
  const copy = await openModel([memorySource(once, 'once.onnx')]);
  const twice = await writeOnnx(copy, (await again(once)).network);
  const [a, b] = [await runFile(once, 'once', inputs), await runFile(twice, 'twice', inputs)];
  expect(relativeDifference(b[0].values, a[0].values)).toBeLessThan(SAME_FUNCTION);
});
