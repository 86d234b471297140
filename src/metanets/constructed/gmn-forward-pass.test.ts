import { describe, expect, it } from 'vitest';
import { OnnxGraph } from '../../formats/onnx/write-onnx';
import { seededRandom } from '../../graph';
import { readFixture, relativeDifference } from '../../testing';
import { runForwardPass } from './forward-pass';
import { runGmnForwardPass } from './gmn-forward-pass';
import { compareWithOnnx, modelOf, onnxOutput, ROUNDING, randomInput } from './testing';
import { unrollNetwork } from './unroll/unroll-network';

/** Two ReLU layers, or a small CNN with stride, both poolings and a residual sum. */
function network(kind: 'mlp' | 'cnn'): Uint8Array {
  const onnx = new OnnxGraph(kind);
  const random = seededRandom(9);
  const weights = (...shape: number[]) => {
    const count = shape.reduce((total, size) => total * size, 1);
    return onnx.constant(
      Array.from({ length: count }, () => random() - 0.5),
      shape,
    );
  };
  const pads = { pads: [1, 1, 1, 1] };
  if (kind === 'mlp') {
    const hidden = onnx.op('Gemm', [onnx.input('input', [1, 40]), weights(40, 30), weights(30)]);
    const second = onnx.op('Gemm', [onnx.op('Relu', [hidden]), weights(30, 20), weights(20)]);
    onnx.output(onnx.op('Gemm', [onnx.op('Relu', [second]), weights(20, 5)]), 'output', [1, 5]);
    return onnx.finish();
  }
  const first = onnx.op('Conv', [onnx.input('input', [1, 2, 8, 8]), weights(4, 2, 3, 3)], {
    ...pads,
    strides: [2, 2],
  });
  const state = onnx.op('Relu', [first]);
  const block = onnx.op('Add', [state, onnx.op('Conv', [state, weights(4, 4, 3, 3), weights(4)], pads)]);
  const pooled = onnx.op('MaxPool', [onnx.op('Relu', [block])], { kernel_shape: [2, 2], strides: [2, 2] });
  const flat = onnx.op('Flatten', [onnx.op('GlobalAveragePool', [pooled])]);
  onnx.output(onnx.op('Gemm', [flat, weights(4, 3), weights(3)]), 'output', [1, 3]);
  return onnx.finish();
}

/** SiLUs stand for products and ReLUs, which is wrong by far less than what the page promises. */
const APPROXIMATION = ROUNDING / 100;

describe.each([
  ['a multilayer perceptron', () => network('mlp')],
  ['a CNN with poolings and a residual sum', () => network('cnn')],
  ['a residual block with batch norms', () => readFixture('gmn-block.old.onnx')],
  ['a residual block with a projection', () => readFixture('gmn-projected-block.old.onnx')],
  ['quantised branches', () => readFixture('operators/qlinear-branches.twin.onnx')],
])('%s', (_, bytesOf) => {
  it('the checkpoints’ GMN with constructed weights computes what ONNX Runtime computes', async () => {
    const bytes = bytesOf();
    const model = await modelOf(bytes);
    const input = randomInput(model);
    const { graph, output } = await unrollNetwork(model, input);
    const states = runGmnForwardPass(graph, 'model.onnx');
    expect(states.length).toBe(graph.depth + 1);
    const outputs = Array.from(output.nodes, (node) => (states.at(-1) ?? [])[node]);
    expect(relativeDifference(outputs, await onnxOutput(bytes, input))).toBeLessThan(ROUNDING);
    const exact = runForwardPass(graph);
    exact.rounds.forEach((nodes, round) => {
      const held = Array.from(nodes, (node) => states[round][node]);
      expect(
        relativeDifference(
          held,
          Array.from(nodes, (node) => exact.values[node]),
        ),
      ).toBeLessThan(APPROXIMATION);
    });
  });
});

it('refuses nonlinearities that no SiLU stands for', async () => {
  const { unrolled } = await compareWithOnnx(readFixture('mlp.new.onnx'));
  expect(() => runGmnForwardPass(unrolled.graph, 'mlp.new.onnx')).toThrow(/stand for ReLUs but not for tanh/);
});

it('refuses graphs that would keep a browser busy for long', async () => {
  const onnx = new OnnxGraph('wide');
  const size = 1500;
  const weight = () => onnx.constant(new Float32Array(size * size), [size, size]);
  const hidden = onnx.op('MatMul', [onnx.input('input', [1, size]), weight()]);
  onnx.output(onnx.op('MatMul', [hidden, weight()]), 'output', [1, size]);
  const model = await modelOf(onnx.finish());
  const { graph } = await unrollNetwork(model, randomInput(model));
  expect(() => runGmnForwardPass(graph, 'wide.onnx')).toThrow('4500000 edges in 2 rounds are too many');
});
