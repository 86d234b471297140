import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import expectedOutputs from '../../training/fixtures/gmn.json';
import fixtureBytes from '../../training/fixtures/gmn.safetensors?url';
import { memorySource, openModel } from '../formats';
import { buildGraph, permuteBlockValues, randomSymmetry, readAllValues, seededRandom } from '../graph';
import { readCheckpoint } from '../metanets/checkpoint';
import { runGmn } from '../metanets/gmn/gmn';
import { type GmnWeights, gmnWeights } from '../metanets/gmn/weights';
import { metanetInput } from '../metanets/input';
import { readNetwork } from '../network';
import { type Gpu, openGpu } from './device';
import { GmnProgram } from './gmn-program';
import { GraphTooLargeError } from './gpu-error';
import { difference } from './random-graphs';

const OPTIONS = { budgetBytes: 2 ** 29 };

const FILES = import.meta.glob<string>('../../training/fixtures/onnx/*.onnx', {
  query: '?url',
  import: 'default',
  eager: true,
});

/** float32 on both sides, sums in another order, exp and log to a few units in the last place. */
const SAME_NUMBERS = 1e-5;

const expected: Record<string, { outputs: number[]; embedding: number[] }> = expectedOutputs;

async function fetchBytes(url: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetch(url)).arrayBuffer());
}

async function fixtureInput(name: string) {
  const bytes = await fetchBytes(FILES[`../../training/fixtures/onnx/${name}.onnx`]);
  const graph = buildGraph(await readNetwork(await openModel([memorySource(bytes, name)])));
  return metanetInput(graph, await readAllValues(graph.blocks, graph.groups));
}

let gpu: Gpu;
let weights: GmnWeights;
let program: GmnProgram;
const uncaptured: string[] = [];

beforeAll(async () => {
  const opened = await openGpu((error) => uncaptured.push(error.message));
  if (typeof opened === 'string') throw new Error(`No GPU to test on: ${opened}`);
  gpu = opened;
  weights = gmnWeights(
    await readCheckpoint(await openModel([memorySource(await fetchBytes(fixtureBytes), 'gmn')])),
  );
  program = await GmnProgram.create(gpu, weights);
});

afterAll(() => {
  program?.destroy();
  expect(uncaptured).toEqual([]);
});

describe.each(Object.keys(expected))('GMN on the GPU: %s', (name) => {
  it('equals PyTorch and the reference', async () => {
    const input = await fixtureInput(name);
    const [result] = await program.run([input], OPTIONS);
    expect(difference(result.outputs, expected[name].outputs)).toBeLessThan(SAME_NUMBERS);
    expect(difference(result.embedding, expected[name].embedding)).toBeLessThan(SAME_NUMBERS);
    const reference = runGmn(weights, input);
    expect(difference(result.embedding, reference.embedding)).toBeLessThan(SAME_NUMBERS);
  });

  it('gives the same bits again, and the same prediction after a symmetry', async () => {
    const input = await fixtureInput(name);
    const { graph } = input;
    const [first] = await program.run([input], OPTIONS);
    const [again] = await program.run([input], OPTIONS);
    expect(again).toEqual(first);
    const permutation = randomSymmetry(graph, seededRandom(5));
    const values = graph.blocks.map((block, index) =>
      permuteBlockValues(block, graph, permutation, input.values[index]),
    );
    const [moved] = await program.run([{ ...input, values }], OPTIONS);
    expect(difference(moved.outputs, first.outputs)).toBeLessThan(SAME_NUMBERS);
  });
});

describe('networks run together', () => {
  it('give what each gives alone', async () => {
    const inputs = await Promise.all(Object.keys(expected).map(fixtureInput));
    const together = await program.run(inputs, OPTIONS);
    for (const [index, name] of Object.keys(expected).entries())
      expect(difference(together[index].embedding, expected[name].embedding)).toBeLessThan(SAME_NUMBERS);
  });
});

describe('a run', () => {
  it('releases every buffer: fifty networks in a row leave nothing behind', async () => {
    const { device } = gpu;
    let live = 0;
    const createBuffer = device.createBuffer.bind(device);
    device.createBuffer = (descriptor) => {
      const buffer = createBuffer(descriptor);
      live++;
      const destroy = buffer.destroy.bind(buffer);
      buffer.destroy = () => {
        live--;
        destroy();
      };
      return buffer;
    };
    try {
      const inputs = await Promise.all(['mlp.old', 'residual.old', 'encoder.new'].map(fixtureInput));
      for (let round = 0; round < 50; round++) await program.run([inputs[round % inputs.length]], OPTIONS);
      expect(live).toBe(0);
    } finally {
      device.createBuffer = createBuffer;
    }
  });

  it('is refused in one sentence when the network is too large for the device', async () => {
    const input = await fixtureInput('mlp.old');
    const huge = [{ ...input, graph: { ...input.graph, nodeCount: 2 ** 31 } }];
    await expect(program.run(huge, OPTIONS)).rejects.toThrow(GraphTooLargeError);
    await expect(program.run(huge, OPTIONS)).rejects.toThrow(/too large.*MiB.*allows \d+ MiB/);
  });
});
