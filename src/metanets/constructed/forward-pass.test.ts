import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { OnnxGraph } from '../../formats/onnx/write-onnx';
import { UnsupportedModelError } from '../../network';
import {
  fixtureNames,
  hasRealModels,
  readFixture,
  readRealModel,
  relativeDifference,
  storedExample,
} from '../../testing';
import { forwardPassRound, forwardPassWeights, initialValues, runForwardPass } from './forward-pass';
import { compareWithOnnx, modelOf, onnxOutput, ROUNDING, randomInput } from './testing';
import { unrollNetwork } from './unroll/unroll-network';

/** Their input is ids, or they compare activations. */
const REFUSED = ['language-model.new', 'language-model.old', 'norms.new'];

it.each(fixtureNames().filter((name) => !REFUSED.includes(name)))(
  '%s: message passing computes what ONNX Runtime computes',
  async (name) => {
    const bytes = readFixture(`${name}.onnx`);
    const { shape, values } = storedExample(await modelOf(bytes)).input;
    const { difference } = await compareWithOnnx(bytes, { shape, values: Float32Array.from(values) });
    expect(difference).toBeLessThan(ROUNDING);
  },
);

it.each(REFUSED)('%s is refused, with a reason', async (name) => {
  const model = await modelOf(readFixture(`${name}.onnx`));
  const { shape, values } = storedExample(model).input;
  const attempt = unrollNetwork(model, { shape, values: Float32Array.from(values) });
  await expect(attempt).rejects.toThrow(UnsupportedModelError);
  await expect(attempt).rejects.toThrow(/holds ids|Greater ".+" of activations is not simulated/);
});

/** Layers that come in pieces, tensors of other types, other exporters. */
const OPERATORS = [
  ...['channel-shuffle', 'function-nested', 'group-norm-means', 'group-norm-per-group', 'group-norm-pieces'],
  ...[
    'hugging-face-vit.old',
    'instance-norm-pieces',
    'layer-norm-pieces',
    'picked-channels',
    'pixel-shuffle',
  ],
  ...[
    'rms-norm',
    'sparse',
    'tf2onnx-attention',
    'tf2onnx-pictures',
    'type-bfloat16',
    'type-float64',
    'u-net',
  ],
];

it.each(OPERATORS)('%s: message passing computes what ONNX Runtime computes', async (name) => {
  const { difference } = await compareWithOnnx(readFixture(`operators/${name}.onnx`));
  expect(difference).toBeLessThan(ROUNDING);
});

const SAMPLES = path.resolve(import.meta.dirname, '../../../public/samples');

it.each(fs.readdirSync(SAMPLES).filter((name) => name.endsWith('.onnx')))(
  'sample %s: message passing computes what ONNX Runtime computes',
  async (name) => {
    const { difference } = await compareWithOnnx(new Uint8Array(fs.readFileSync(path.join(SAMPLES, name))));
    expect(difference).toBeLessThan(ROUNDING);
  },
);

describe.skipIf(!hasRealModels)('models by other exporters', () => {
  it.each([
    'cnn-mnist.cntk-opset8.onnx',
    'cnn.matlab-opset8.onnx',
    'edge-cifar100.pytorch-opset14.onnx',
    'lenet-mnist.pytorch-opset10.onnx',
    'mlp-policy.pytorch-opset17.onnx',
    'mnist-cnn.pytorch-opset14.onnx',
  ])('%s: message passing computes what ONNX Runtime computes', async (name) => {
    expect((await compareWithOnnx(readRealModel(name))).difference).toBeLessThan(ROUNDING);
  });

  it('refuses a network with too many activations, and says so', async () => {
    const model = await modelOf(readRealModel('squeezenet-light.caffe2-opset9.onnx'));
    await expect(unrollNetwork(model, randomInput(model))).rejects.toThrow(/more than 4,000,000 activations/);
  });
});

/** Inputs go through the update too, and come out rounded. */
const DOUBLE_ROUNDING = 1e-13;

describe('rounds', () => {
  it.each(['conv-norm.old', 'residual.new', 'encoder.old'])(
    '%s: over all nodes, every time, they end with the same values',
    async (name) => {
      const { unrolled, pass } = await compareWithOnnx(readFixture(`${name}.onnx`));
      const { graph } = unrolled;
      const weights = forwardPassWeights(graph.nonlinearities);
      const all = Int32Array.from({ length: graph.nodeCount }, (_, node) => node);
      let values = initialValues(graph);
      for (let round = 0; round < graph.depth; round++) {
        // On the way there may be no numbers: the logarithm of a sum that is still 0.
        expect(relativeDifference(values, pass.values)).not.toBeLessThan(DOUBLE_ROUNDING);
        values = forwardPassRound(graph, weights, values, all);
      }
      expect(relativeDifference(values, pass.values)).toBeLessThan(DOUBLE_ROUNDING);
      const again = forwardPassRound(graph, weights, values, all);
      expect(relativeDifference(again, pass.values)).toBeLessThan(DOUBLE_ROUNDING);
    },
  );

  /** Layers of an MLP up to one of them. */
  function mlp(layers: number): Uint8Array {
    const onnx = new OnnxGraph('mlp');
    let state = onnx.input('input', [1, 6]);
    for (let layer = 0; layer < layers; layer++) {
      const weight = Array.from({ length: 36 }, (_, index) => Math.sin(index * (layer + 1)));
      const bias = Array.from({ length: 6 }, (_, index) => Math.cos(index + layer));
      state = onnx.op('Tanh', [
        onnx.op('Gemm', [state, onnx.constant(weight, [6, 6]), onnx.constant(bias, [6])]),
      ]);
    }
    onnx.output(state, 'output', [1, 6]);
    return onnx.finish();
  }

  it('give one layer each: after round k the nodes of depth k hold layer k', async () => {
    const model = await modelOf(mlp(3));
    const input = randomInput(model);
    const { values, rounds } = runForwardPass((await unrollNetwork(model, input)).graph);
    expect(rounds.map(({ length }) => length)).toEqual([6, 6, 6, 6]);
    for (const layer of [1, 2, 3]) {
      const held = Array.from(rounds[layer], (node) => values[node]);
      expect(relativeDifference(held, await onnxOutput(mlp(layer), input))).toBeLessThan(ROUNDING);
    }
  });
});
