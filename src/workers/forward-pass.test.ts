import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { open, runFile, source } from '../edits/testing';
import { memorySource, openModel } from '../formats';
import { writeOnnx } from '../formats/onnx/write-model';
import { unrollNetwork } from '../metanets/constructed';
import { estimatedEdges, followForwardPass, followGmnForwardPass, largestDifference } from '../tasks';
import { hasRealModels } from '../testing';
import { randomInputs } from './network-runner-inputs';

/** What the page promises: ONNX Runtime's float32 sums against float64. */
const ROUNDING = 1e-5;

/** A network as the page runs it: written as ONNX whatever its format, on a random input. */
async function follow(...sources: Parameters<typeof open>) {
  const { model, network, graph } = await open(...sources);
  const inputs = randomInputs(network, 3);
  const onnx = await writeOnnx(model, network);
  const unrolled = await unrollNetwork(await openModel([memorySource(onnx, model.fileName)]), inputs[0]);
  const [{ values }] = await runFile(onnx, model.fileName, inputs);
  const pass = followForwardPass(unrolled);
  return { unrolled, pass, estimate: estimatedEdges(graph), input: inputs[0], expected: values };
}

const SAMPLES = path.resolve(import.meta.dirname, '../../public/samples');
const sample = (name: string) =>
  memorySource(new Uint8Array(fs.readFileSync(path.join(SAMPLES, name))), name);

describe('message passing computes what ONNX Runtime computes, whatever the format', () => {
  it.each([
    'keras/sequential.keras.gz',
    'keras/functional.h5.gz',
    'numpy/flax.npz',
    'state-dicts/cifar-resnet.safetensors',
    'state-dicts/lenet.safetensors',
    'state-dicts/residual-mlp.safetensors',
    'state-dicts/timm-vit.safetensors',
    'tflite/cnn.tflite',
    'tflite/quantised.tflite',
  ])('%s', async (file) => {
    const { pass, expected } = await follow(source(file));
    expect(largestDifference(pass.outputs, expected)).toBeLessThan(ROUNDING);
  });

  it
    .skipIf(!hasRealModels)
    .each([
      'edge-cifar100.pt',
      'edge-cifar100.tflite',
      'lenet-cifar10.pth',
      'lenet-mnist.pytorch-opset10.onnx',
      'mlp-churn.keras',
      'mlp-mnist.safetensors',
      'mnist-cnn.pt',
    ])('%s', async (file) => {
    const { pass, expected } = await follow(source(`models/${file}`));
    expect(largestDifference(pass.outputs, expected)).toBeLessThan(ROUNDING);
  });
});

it('tells what every round made right: the input first, the output last, each node once', async () => {
  const { unrolled, pass, input, expected } = await follow(sample('cifar10-cnn-55.onnx'));
  expect(pass.rounds.length).toBe(unrolled.graph.depth + 1);
  expect(pass.rounds[0].activations?.values).toEqual(input.values);
  const count = pass.rounds.reduce((total, { nodeCount }) => total + nodeCount, 0);
  expect(count).toBe(pass.nodeCount);
  const last = pass.rounds.at(-1);
  expect(Math.max(...pass.outputRounds)).toBe(unrolled.graph.depth);
  expect(largestDifference(last?.activations?.values ?? [], expected)).toBeLessThan(ROUNDING);
  expect(pass.rounds[1].operators).toContain('Conv');
  expect(pass.rounds.every(({ operators, towards }, round) => !round || operators.length || towards)).toBe(
    true,
  );
});

it.each(['cifar10-cnn-10.onnx', 'cifar10-cnn-35.onnx', 'cifar10-cnn-55.onnx', 'cifar10-cnn-62.onnx'])(
  '%s: the number of edges is known within a quarter before they are written out',
  async (name) => {
    const { pass, estimate } = await follow(sample(name));
    expect(Math.abs(estimate - pass.edgeCount) / pass.edgeCount).toBeLessThan(0.25);
  },
);

it('the checkpoints’ GMN ends with the same output, and begins without it', async () => {
  const { unrolled, expected } = await follow(source('state-dicts/sequential-mlp.safetensors'));
  const states = followGmnForwardPass(unrolled, 'mlp');
  expect(states.length).toBe(unrolled.graph.depth + 1);
  expect(largestDifference(states[0], expected)).toBeGreaterThan(0.1);
  expect(largestDifference(states.at(-1) ?? [], expected)).toBeLessThan(ROUNDING);
});

it('a difference that is not a number is not called small', () => {
  expect(largestDifference([1, Number.NaN], [1, 2])).toBeNaN();
  expect(largestDifference([1, 2], [1, 4])).toBe(0.5);
  expect(largestDifference([0], [0])).toBe(0);
});
