import * as ort from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { OnnxGraph } from '../../formats/onnx/write-onnx';
import { type GraphShape, readAllValues, seededRandom } from '../../graph';
import { fixtureInput, fixtureNames, openGraph } from '../../testing';
import { blockInputDims, blockInputName } from '../gmn/to-onnx';
import { type MetanetInput, metanetInput } from '../input';
import { ARRANGEMENT_FEATURES, arrangement } from '.';
import { arrangementRows } from './rows';
import { arrangementToOnnx } from './to-onnx';

/**
 * Of every number, whatever its size: they are logarithms and the like, so this is relative to what they are logarithms of. Those are
 * sums of some thousand numbers in float32, of 6e-8 each, that cancel in part: up to 5e-6 is found.
 */
const SAME_NUMBERS = 1e-5;

/** Of weights that are all the same, or but for their signs: its squares add up with rounding in float32 and in float64. */
const EQUAL = 0.1;

async function inOnnxRuntime({ graph, values }: MetanetInput): Promise<Float32Array> {
  const onnx = new OnnxGraph('arrangement');
  const dims = graph.blocks.map((block) => blockInputDims(block, graph));
  const names = graph.blocks.map((block, index) => onnx.input(blockInputName(block, index), dims[index]));
  onnx.output(arrangementToOnnx(onnx, graph, names), 'numbers', [1, ARRANGEMENT_FEATURES]);
  const session = await ort.InferenceSession.create(onnx.finish());
  const feeds = names.map((name, index) => [
    name,
    new ort.Tensor('float32', values[index].slice(), dims[index]),
  ]);
  const { numbers } = await session.run(Object.fromEntries(feeds));
  await session.release();
  return numbers.data as Float32Array;
}

async function expectSame(input: MetanetInput): Promise<void> {
  const found = await inOnnxRuntime(input);
  const wanted = arrangement(input);
  expect(found).toHaveLength(wanted.length);
  wanted.forEach((number, k) => {
    expect(Math.abs(found[k] - number), `number ${k}: ${found[k]}, not ${number}`).toBeLessThan(SAME_NUMBERS);
  });
}

/** `layers`: adds them, given how to make weights of a shape. */
async function randomNetwork(
  dims: readonly number[],
  layers: (onnx: OnnxGraph, x: string, weights: (shape: readonly number[]) => string) => string,
): Promise<MetanetInput> {
  const random = seededRandom(2);
  const onnx = new OnnxGraph('random');
  const weights = (shape: readonly number[]) => {
    const count = shape.reduce((product, size) => product * size, 1);
    return onnx.constant(
      Float32Array.from({ length: count }, () => random() - 0.5),
      shape,
    );
  };
  onnx.output(layers(onnx, onnx.input('x', dims), weights), 'y', []);
  const { graph } = await openGraph(onnx.finish(), 'random');
  return metanetInput(graph, await readAllValues(graph.blocks, graph.groups));
}

describe('arrangement as ONNX', () => {
  // The same networks by the older exporter say nothing more.
  it.each(fixtureNames().filter((name) => !name.endsWith('.old')))(
    'of %s is what the reference computes',
    async (name) => {
      await expectSame(await fixtureInput(name));
    },
  );

  it('of tensors that are too large for a Gram matrix, or for the larger one', async () => {
    const sizes = [100, 300, 200, 10];
    const input = await randomNetwork([1, 100], (onnx, x, random) =>
      sizes.slice(1).reduce((y, size, layer) => onnx.op('MatMul', [y, random([sizes[layer], size])]), x),
    );
    await expectSame(input);
  });

  it('of millions of weights', async () => {
    const input = await randomNetwork([1, 512, 9, 9], (onnx, x, random) =>
      onnx.op('Conv', [x, random([512, 512, 3, 3])]),
    );
    await expectSame(input);
  });

  it('of weights that differ by their signs alone', async () => {
    const sizes = [22, 31, 13, 10];
    const { values, ...input } = await randomNetwork([1, 22], (onnx, x, random) =>
      sizes.slice(1).reduce((y, size, layer) => onnx.op('MatMul', [y, random([sizes[layer], size])]), x),
    );
    await expectSame({ ...input, values: values.map((own) => own.map((value) => EQUAL * Math.sign(value))) });
  });

  it('of channels that are read each on its own', async () => {
    const input = await randomNetwork([1, 8, 9, 9], (onnx, x, random) => {
      const written = onnx.op('Conv', [x, random([12, 8, 3, 3])]);
      return onnx.op('Conv', [written, random([12, 1, 3, 3])], { group: 12 });
    });
    await expectSame(input);
  });
});

describe.each(['conv-norm.new', 'grouped.new', 'vision-transformer.new'])(
  'arrangement of %s as ONNX',
  (name) => {
    const firstTensor = (graph: GraphShape) => [arrangementRows(graph).tensors[0].block];
    const everything = ({ blocks }: GraphShape) => [...blocks.keys()];

    it.each([
      ['a tensor of zeros', firstTensor, () => 0],
      ['a tensor of equal weights', firstTensor, () => EQUAL],
      ['nothing but zeros', everything, () => 0],
      ['nothing but equal parameters', everything, () => EQUAL],
      // Their fourth powers are 0 in float32.
      ['tiny parameters', everything, (value: number) => value * 1e-12],
    ])('with %s', async (_, places, changed) => {
      const input = await fixtureInput(name);
      const some = places(input.graph);
      const values = input.values.map((own, index) => (some.includes(index) ? own.map(changed) : own));
      await expectSame({ ...input, values });
    });
  },
);
