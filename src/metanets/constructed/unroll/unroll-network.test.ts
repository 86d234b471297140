import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../formats';
import type { NodeAttribute } from '../../../formats/onnx/messages';
import { OnnxGraph } from '../../../formats/onnx/write-onnx';
import { startClock } from '../../../formats/testing';
import { isWeightBlock, seededRandom } from '../../../graph';
import { UnsupportedModelError } from '../../../network';
import { fixtureNames, openGraph, readFixture } from '../../../testing';
import { runForwardPass } from '../forward-pass';
import { POINTWISE_OPERATORS } from '../nonlinearity';
import { compareWithOnnx, modelOf, ROUNDING, randomInput } from '../testing';
import { unrollNetwork } from './unroll-network';

type Attributes = Readonly<Record<string, NodeAttribute>>;

/** A network of one operator on an input of a shape. */
function oneOperator(
  type: string,
  inputShape: readonly number[],
  attributes: Attributes,
  weights: readonly (readonly number[])[] = [],
): Uint8Array {
  const onnx = new OnnxGraph(type, 20);
  const random = seededRandom(3);
  const constants = weights.map((shape) => {
    const count = shape.reduce((total, size) => total * size, 1);
    return onnx.constant(
      Array.from({ length: count }, () => random() - 0.5),
      shape,
    );
  });
  const result = onnx.op(type, [onnx.input('input', inputShape), ...constants], attributes);
  onnx.output(
    result,
    'output',
    inputShape.map((_, axis) => `size ${axis}`),
  );
  return onnx.finish();
}

describe('windows as ONNX Runtime moves them', () => {
  const square = [1, 4, 9, 8];
  const kernel = [6, 4, 3, 2];
  it.each<[string, string, Attributes, (readonly number[])[]]>([
    ['a convolution', 'Conv', {}, [kernel, [6]]],
    ['a strided convolution with uneven padding', 'Conv', { strides: [2, 3], pads: [1, 0, 2, 1] }, [kernel]],
    ['a dilated convolution', 'Conv', { dilations: [2, 3] }, [kernel]],
    ['a grouped convolution', 'Conv', { group: 2, pads: [1, 1, 1, 1] }, [[6, 2, 3, 2], [6]]],
    ['a depthwise convolution', 'Conv', { group: 4 }, [[8, 1, 3, 2]]],
    ['padding above', 'Conv', { auto_pad: 'SAME_UPPER', strides: [2, 2] }, [kernel]],
    ['padding below', 'Conv', { auto_pad: 'SAME_LOWER', strides: [2, 2] }, [kernel]],
    ['no padding', 'Conv', { auto_pad: 'VALID' }, [kernel]],
    ['a transposed convolution', 'ConvTranspose', { strides: [2, 3] }, [[4, 5, 3, 2], [5]]],
    [
      'a transposed convolution in groups',
      'ConvTranspose',
      { group: 2, strides: [2, 2], pads: [1, 0, 0, 1], output_padding: [1, 0], dilations: [1, 2] },
      [[4, 3, 3, 2], [6]],
    ],
    ['a maximum', 'MaxPool', { kernel_shape: [3, 2], strides: [2, 2] }, []],
    ['a maximum over padding', 'MaxPool', { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }, []],
    ['a maximum that begins late', 'MaxPool', { kernel_shape: [2, 2], strides: [4, 3], ceil_mode: 1 }, []],
    ['a dilated maximum', 'MaxPool', { kernel_shape: [2, 3], dilations: [2, 2] }, []],
    ['a mean', 'AveragePool', { kernel_shape: [2, 2], strides: [2, 2] }, []],
    ['a mean without its padding', 'AveragePool', { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }, []],
    [
      'a mean with its padding',
      'AveragePool',
      { kernel_shape: [3, 3], pads: [1, 0, 1, 2], count_include_pad: 1 },
      [],
    ],
    ['a mean that begins late', 'AveragePool', { kernel_shape: [3, 3], strides: [4, 4], ceil_mode: 1 }, []],
    ['a mean over all', 'GlobalAveragePool', {}, []],
    ['a maximum over all', 'GlobalMaxPool', {}, []],
  ])('%s', async (_, type, attributes, weights) => {
    const { difference } = await compareWithOnnx(oneOperator(type, square, attributes, weights));
    expect(difference).toBeLessThan(ROUNDING);
  });
});

describe('nonlinearities as ONNX Runtime computes them', () => {
  it.each([...POINTWISE_OPERATORS.keys()])('%s, on activations within its domain', async (type) => {
    const onnx = new OnnxGraph(type, 24);
    const isRoot = ['Log', 'Sqrt', 'Reciprocal'].includes(type);
    const scaled = onnx.op('Mul', [onnx.input('input', [1, 64]), onnx.constant([4], [1])]);
    // Logarithms and roots of numbers between 1 and 17.
    const inside = isRoot
      ? onnx.op('Add', [onnx.op('Mul', [scaled, scaled]), onnx.constant([1], [1])])
      : scaled;
    onnx.output(onnx.op(type, [inside]), 'output', [1, 64]);
    const { difference } = await compareWithOnnx(onnx.finish());
    expect(difference).toBeLessThan(ROUNDING);
  });

  it.each<[string, Attributes]>([
    ['Gelu', { approximate: 'tanh' }],
    ['LeakyRelu', { alpha: { float: 0.3 } }],
    ['Elu', { alpha: { float: 2 } }],
    ['HardSigmoid', { alpha: { float: 0.4 }, beta: { float: 0.3 } }],
    ['Softmax', { axis: 1 }],
    ['LogSoftmax', { axis: -1 }],
  ])('%s with its attributes', async (type, attributes) => {
    const { difference } = await compareWithOnnx(oneOperator(type, [2, 5, 3], attributes));
    expect(difference).toBeLessThan(ROUNDING);
  });
});

it('reads operators as the version that a file uses defines them', async () => {
  const onnx = new OnnxGraph('old', 9);
  const input = onnx.input('input', [2, 3, 4]);
  const cut = onnx.op('Slice', [input], { axes: [1, 2], starts: [0, -3], ends: [2, 100] });
  const clipped = onnx.op('Clip', [cut], { min: { float: -0.4 }, max: { float: 0.6 } });
  // Before version 13: over all axes from 1 on.
  const powers = onnx.op('Softmax', [clipped]);
  const wide = onnx.op('Unsqueeze', [powers], { axes: [0, 3] });
  const narrow = onnx.op('Squeeze', [wide], { axes: [3] });
  onnx.output(onnx.op('ReduceSum', [narrow], { axes: [-1], keepdims: 0 }), 'output', [1, 2, 2]);
  expect((await compareWithOnnx(onnx.finish())).difference).toBeLessThan(ROUNDING);
});

it('does not change nodes that another operator reads as well', async () => {
  const onnx = new OnnxGraph('twice');
  const weight = onnx.constant([1, -2, 3, -4], [2, 2]);
  const sum = onnx.op('MatMul', [onnx.input('input', [1, 2]), weight]);
  const same = onnx.op('Identity', [sum]);
  const product = onnx.op('Mul', [onnx.op('Relu', [same]), onnx.op('Add', [sum, onnx.constant([5], [1])])]);
  onnx.output(product, 'output', [1, 2]);
  expect((await compareWithOnnx(onnx.finish())).difference).toBeLessThan(ROUNDING);
});

it('an MLP is its own computation graph: an edge per weight, a node per neuron', async () => {
  const bytes = readFixture('mlp.new.onnx');
  const { unrolled } = await compareWithOnnx(bytes);
  const { graph } = await openGraph(bytes, 'mlp.new.onnx');
  const weights = graph.blocks.filter(isWeightBlock);
  expect(unrolled.graph.edgeCount).toBe(weights.reduce((total, { edgeCount }) => total + edgeCount, 0));
  const neurons = graph.groups.filter(({ kind }) => kind === 'neuron' || kind === 'input');
  expect(unrolled.graph.nodeCount).toBe(neurons.reduce((total, { count }) => total + count, 0));
});

it('puts a batch norm and an activation into the convolution before them', async () => {
  const { unrolled, difference } = await compareWithOnnx(readFixture('gmn-block.old.onnx'));
  expect(difference).toBeLessThan(ROUNDING);
  // Convolution, convolution, residual sum.
  expect(unrolled.graph.depth).toBe(3);
  const types = unrolled.written.map(({ operatorType }) => operatorType);
  expect(types).toEqual(['Conv', 'BatchNormalization', 'Relu', 'Conv', 'BatchNormalization', 'Add', 'Relu']);
});

describe('refusals', () => {
  const input = { shape: [1, 2], values: Float32Array.of(1, 2) };

  it('an operator that is not simulated is named', async () => {
    const model = await modelOf(oneOperator('CumSum', [1, 2], {}, [[1]]));
    await expect(unrollNetwork(model, input)).rejects.toThrow(/CumSum "CumSum_1" is not simulated/);
  });

  it('an input of another shape', async () => {
    const model = await modelOf(oneOperator('Relu', [1, 3], {}));
    await expect(unrollNetwork(model, input)).rejects.toThrow('takes 1×3 and was given 1×2');
  });

  it('a file that is not ONNX', async () => {
    const model = { ...(await modelOf(oneOperator('Relu', [1, 2], {}))), format: 'keras' as const };
    await expect(unrollNetwork(model, input)).rejects.toThrow('Only ONNX files say exactly');
  });
});

describe('mutated files', () => {
  const MUTATIONS = 600;
  const MAX_MS = 5000;

  it(`${MUTATIONS} of them give numbers, or one clear sentence`, { timeout: 120_000 }, async () => {
    const files = fixtureNames().map((name) => readFixture(`${name}.onnx`));
    const random = seededRandom(11);
    const at = (length: number) => Math.floor(random() * length);
    for (let round = 0; round < MUTATIONS; round++) {
      const bytes = files[at(files.length)].slice();
      for (let flips = 1 + at(6); flips > 0; flips--) bytes[at(bytes.length)] = at(256);
      const elapsedMs = startClock();
      try {
        const model = await modelOf(bytes);
        runForwardPass((await unrollNetwork(model, randomInput(model))).graph);
      } catch (error) {
        const isTyped = error instanceof FormatError || error instanceof UnsupportedModelError;
        if (!isTyped) throw new Error(`round ${round}: ${String((error as Error).stack)}`);
      }
      expect(elapsedMs(), `round ${round}`).toBeLessThan(MAX_MS);
    }
  });
});
