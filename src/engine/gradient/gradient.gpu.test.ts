import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import weightBytes from '../../../training/fixtures/gmn.safetensors?url';
import gradientBytes from '../../../training/fixtures/gmn-gradient.safetensors?url';
import { memorySource, openModel, readTensor } from '../../formats';
import { buildGraph, readAllValues } from '../../graph';
import { readCheckpoint } from '../../metanets/checkpoint';
import { gmnWeights } from '../../metanets/gmn';
import { type GmnGradient, gmnGradient } from '../../metanets/gmn/gradient';
import { metanetInput } from '../../metanets/input';
import { readNetwork } from '../../network';
import { type Gpu, openGpu } from '../device';
import { withFewWorkgroups } from '../few-workgroups';
import { GmnProgram } from '../gmn-program';
import { difference, GRADIENT_SIZES, GRAPHS, randomWeights } from '../random-graphs';
import { chain, randomInput } from '../synthetic-graphs';

/** float32 states and gradients against float64: what the float32 reference is held to as well. */
const SAME_NUMBERS = 5e-5;
const EVERYTHING = { budgetBytes: 2 ** 30 };

const FILES = import.meta.glob<string>('../../../training/fixtures/onnx/*.onnx', {
  query: '?url',
  import: 'default',
  eager: true,
});

const joined = ({ values }: GmnGradient) => Float64Array.from(values.flatMap((part) => Array.from(part)));

async function open(url: string, name: string) {
  const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
  return await openModel([memorySource(bytes, name)]);
}

let gpu: Gpu;
const errors: string[] = [];

beforeAll(async () => {
  const opened = await openGpu((error) => errors.push(error.message));
  if (typeof opened === 'string') throw new Error(`No GPU to test on: ${opened}`);
  gpu = opened;
});

afterAll(() => expect(errors).toEqual([]));

describe.each(GRADIENT_SIZES)(
  'gradient on the GPU at width $width through $rounds rounds',
  ({ width, rounds }) => {
    const weights = randomWeights(width, rounds);
    let program: GmnProgram;
    beforeAll(async () => {
      program = await GmnProgram.create(gpu, weights);
    });
    afterAll(() => program.destroy());

    it.each(Object.keys(GRAPHS))('equals the reference on: %s', async (name) => {
      const input = randomInput(GRAPHS[name], 1);
      const expected = gmnGradient(weights, input, 'float64');
      const actual = await program.gradient(input, EVERYTHING);
      expect(difference([actual.logit], [expected.logit])).toBeLessThan(SAME_NUMBERS);
      expect(difference(joined(actual), joined(expected))).toBeLessThan(SAME_NUMBERS);
    });
  },
);

describe('gradient with more workgroups than one dispatch dimension holds', () => {
  it.each(Object.keys(GRAPHS))('gives the bits that equal the reference on: %s', async (name) => {
    const program = await GmnProgram.create(gpu, randomWeights(16, 1));
    const run = () => program.gradient(randomInput(GRAPHS[name], 1), EVERYTHING);
    expect(await withFewWorkgroups(gpu.device, run)).toEqual(await run());
    program.destroy();
  });
});

describe('gradient of a GMN on the GPU', () => {
  it('equals that of PyTorch on every fixture', async () => {
    const weights = gmnWeights(await readCheckpoint(await open(weightBytes, 'gmn')));
    const { tensors } = await open(gradientBytes, 'gradient');
    const program = await GmnProgram.create(gpu, weights);
    for (const [name, tensor] of tensors) {
      const file = await open(FILES[`../../../training/fixtures/onnx/${name}.onnx`], name);
      const graph = buildGraph(await readNetwork(file));
      const input = metanetInput(graph, await readAllValues(graph.blocks, graph.groups));
      const gradient = await program.gradient(input, EVERYTHING);
      expect(difference(joined(gradient), await readTensor(tensor)), name).toBeLessThan(SAME_NUMBERS);
    }
    program.destroy();
  });
});

describe('a gradient', () => {
  // Bands of 64 targets: 3 + 2 + 1 of them.
  const input = randomInput(chain([40, 130, 70, 10], [3, 3]), 3);
  const weights = randomWeights(48, 2);
  let program: GmnProgram;
  let first: GmnGradient;
  beforeAll(async () => {
    program = await GmnProgram.create(gpu, weights);
    first = await program.gradient(input, EVERYTHING);
  });
  afterAll(() => program.destroy());

  it.each([0, 2 ** 20, 2 ** 22, 2 ** 30])(
    'is the same bits with a budget of %d bytes',
    async (budgetBytes) => {
      const shares: number[] = [];
      const onProgress = (share: number) => shares.push(share);
      expect(await program.gradient(input, { budgetBytes, onProgress })).toEqual(first);
      expect(shares).toEqual([...shares].sort((a, b) => a - b));
      expect(shares.at(-1)).toBe(1);
    },
  );

  it('stops when it is told to, and leaves no buffer behind', async () => {
    const { device } = gpu;
    const createBuffer = device.createBuffer.bind(device);
    let live = 0;
    device.createBuffer = (descriptor) => {
      const buffer = createBuffer(descriptor);
      live++;
      const destroy = buffer.destroy.bind(buffer);
      let isDestroyed = false;
      buffer.destroy = () => {
        if (!isDestroyed) live--;
        isDestroyed = true;
        destroy();
      };
      return buffer;
    };
    try {
      await program.gradient(input, EVERYTHING);
      expect(live).toBe(0);
      const controller = new AbortController();
      const onProgress = (share: number) => share > 0.3 && controller.abort(new Error('enough'));
      const { signal } = controller;
      const stopped = program.gradient(input, { budgetBytes: 0, signal, onProgress });
      await expect(stopped).rejects.toThrow('enough');
      expect(live).toBe(0);
    } finally {
      device.createBuffer = createBuffer;
    }
  });
});
