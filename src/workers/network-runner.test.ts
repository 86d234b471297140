import { describe, expect, it } from 'vitest';
import { filesIn, open, runFile, source } from '../edits/testing';
import { writeOnnx } from '../formats/onnx/write-model';
import { NetworkRunner } from './network-runner';
import { randomInputs } from './network-runner-inputs';

const load = async (file: string) => {
  const { model, network } = await open(source(file));
  const runner = new NetworkRunner();
  await runner.load(await writeOnnx(model, network), model.fileName);
  return { runner, network };
};

describe('a network', () => {
  it('is run again and again on the same input, with the same result', async () => {
    const { runner, network } = await load('onnx/conv-norm.new.onnx');
    const inputs = randomInputs(network, 1);
    const [first, second] = [await runner.run(inputs), await runner.run(inputs)];
    expect(first.outputs).toEqual(second.outputs);
    expect(first.milliseconds).toBeGreaterThanOrEqual(0);
    const [other] = (await runner.run(randomInputs(network, 2))).outputs;
    expect(other.values).not.toEqual(first.outputs[0].values);
    await runner.destroy();
  });

  it('is given half precision, whole numbers and flags as float32, and gives numbers back', async () => {
    for (const file of [
      'onnx/operators/hugging-face-bert.new.onnx',
      'onnx/operators/if.onnx',
      'onnx/operators/type-float16.onnx',
    ]) {
      const { runner, network } = await load(file);
      const { outputs } = await runner.run(randomInputs(network, 1));
      expect(outputs[0].values.length, file).toBe(
        outputs[0].shape.reduce((product, size) => product * size, 1),
      );
      expect(outputs[0].values.every(Number.isFinite), file).toBe(true);
      await runner.destroy();
    }
  });

  it.each([
    ['onnx/unknown-operator.onnx', /No opset import for domain 'com\.example' \(unknown-operator\.onnx\)/],
    ['onnx/operators/microsoft-group-norm.onnx', /ONNX Runtime has no operator GroupNorm \(version 1\)/],
  ])('that cannot be run says why: %s', async (file, message) => {
    await expect(load(file)).rejects.toThrow(message);
  });

  it('says that an input does not fit', async () => {
    const { runner, network } = await load('onnx/mlp.new.onnx');
    const [input] = randomInputs(network, 1);
    await expect(runner.run([{ ...input, shape: [1, 3], values: new Float32Array(3) }])).rejects.toThrow(
      /The network stopped while it ran: .* Choose an input of another size\./,
    );
    await runner.destroy();
  });
});

describe('random inputs', () => {
  it('are the same for the same seed, of the shapes that networks were read with', async () => {
    const { network } = await open(source('state-dicts/torchvision-resnet.safetensors'));
    const [input] = randomInputs(network, 5);
    expect(input.shape).toEqual([1, 3, 224, 224]);
    expect(randomInputs(network, 5)).toEqual([input]);
    expect(randomInputs(network, 6)).not.toEqual([input]);
    const mean = input.values.reduce((sum, value) => sum + value, 0) / input.values.length;
    const variance =
      input.values.reduce((sum, value) => sum + value ** 2, 0) / input.values.length - mean ** 2;
    expect(mean).toBeCloseTo(0, 1);
    expect(variance).toBeCloseTo(1, 1);
  });

  it('are ids that the tables have, and no past', async () => {
    const { network } = await open(source('onnx/operators/embed-layer-norm.onnx'));
    const [ids, segments] = randomInputs(network, 1);
    const rows = (name: string) => network.tensors.get(name)?.shape[0] as number;
    const tables = network.layers.flatMap(({ operation }) =>
      operation.kind === 'embedding' ? [operation.tensor.name] : [],
    );
    expect(Math.max(...ids.values)).toBeLessThan(rows(tables[0]));
    expect(new Set(segments.values).size).toBeLessThanOrEqual(2);
    const cached = await open(source('onnx/operators/attention-cache.onnx'));
    expect(randomInputs(cached.network, 1).map(({ shape }) => shape[2])).toContain(0);
  });

  it('run every whole network of the fixtures that the runtime has operators for', async () => {
    for (const file of filesIn('onnx', '.new.onnx')) {
      const { model, network } = await open(source(file));
      const [output] = await runFile(await writeOnnx(model, network), file, randomInputs(network, 9));
      expect(output.values.length, file).toBeGreaterThan(0);
    }
  });
});
