import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import weightBytes from '../../../training/fixtures/gmn.safetensors?url';
import networkBytes from '../../../training/fixtures/onnx/conv-norm.old.onnx?url';
import { memorySource, openModel } from '../../formats';
import { buildGraph, readAllValues } from '../../graph';
import { readCheckpoint } from '../../metanets/checkpoint';
import { gmnWeights } from '../../metanets/gmn';
import { traceGmn } from '../../metanets/gmn/trace';
import { metanetInput } from '../../metanets/input';
import { readNetwork } from '../../network';
import { type Gpu, openGpu } from '../device';
import { GmnProgram } from '../gmn-program';
import { GRAPHS, randomWeights } from '../random-graphs';
import { chain, randomInput } from '../synthetic-graphs';
import { traceDifference, updateGap } from './testing';

/** float32 against float64, state by state: what every engine is held to. */
const SAME_NUMBERS = 1e-5;
const EVERYTHING = { budgetBytes: 2 ** 29 };

let gpu: Gpu;
const errors: string[] = [];

beforeAll(async () => {
  const opened = await openGpu((error) => errors.push(error.message));
  if (typeof opened === 'string') throw new Error(`No GPU to test on: ${opened}`);
  gpu = opened;
});

afterAll(() => expect(errors).toEqual([]));

async function open(url: string, name: string) {
  const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
  return await openModel([memorySource(bytes, name)]);
}

describe.each([
  { width: 16, rounds: 0 },
  { width: 16, rounds: 3 },
  { width: 48, rounds: 2 },
  { width: 64, rounds: 2 },
])('a trace on the GPU at width $width through $rounds rounds', ({ width, rounds }) => {
  const weights = randomWeights(width, rounds);
  let program: GmnProgram;
  beforeAll(async () => {
    program = await GmnProgram.create(gpu, weights);
  });
  afterAll(() => program.destroy());

  it.each(Object.keys(GRAPHS))('equals the reference on: %s', async (name) => {
    const input = randomInput(GRAPHS[name], 1);
    const trace = await program.trace(input, EVERYTHING, true);
    expect(traceDifference(trace, traceGmn(weights, input, 'float64'))).toBeLessThan(SAME_NUMBERS);
    expect(updateGap(weights, input.graph, trace)).toBeLessThan(SAME_NUMBERS);
  });
});

describe('a trace of the page’s metanet on the GPU', () => {
  it('equals the reference', async () => {
    const weights = gmnWeights(await readCheckpoint(await open(weightBytes, 'gmn')));
    const graph = buildGraph(await readNetwork(await open(networkBytes, 'network')));
    const input = metanetInput(graph, await readAllValues(graph.blocks, graph.groups));
    const program = await GmnProgram.create(gpu, weights);
    const trace = await program.trace(input, EVERYTHING, true);
    expect(traceDifference(trace, traceGmn(weights, input, 'float64'))).toBeLessThan(SAME_NUMBERS);
    expect(updateGap(weights, graph, trace)).toBeLessThan(SAME_NUMBERS);
    program.destroy();
  });
});

describe('a trace', () => {
  // Bands of 64 targets: 3 + 2 + 1 of them.
  const input = randomInput(chain([40, 130, 70, 10], [3, 3]), 3);

  it('is the same bits with any budget, with pairs or without, and leaves no buffer behind', async () => {
    const { device } = gpu;
    const program = await GmnProgram.create(gpu, randomWeights(48, 2));
    // What the program makes for a kernel's shape, it keeps.
    const first = await program.trace(input, EVERYTHING, true);
    const createBuffer = device.createBuffer.bind(device);
    const live = new Set<GPUBuffer>();
    device.createBuffer = (descriptor) => {
      const buffer = createBuffer(descriptor);
      live.add(buffer);
      const destroy = buffer.destroy.bind(buffer);
      buffer.destroy = () => {
        live.delete(buffer);
        destroy();
      };
      return buffer;
    };
    try {
      for (const budgetBytes of [0, 2 ** 20, 2 ** 22]) {
        expect(traceDifference(await program.trace(input, { budgetBytes }, true), first)).toBe(0);
      }
      const withoutPairs = await program.trace(input, { budgetBytes: 0 }, false);
      expect(traceDifference(withoutPairs, { ...first, pairs: undefined })).toBe(0);
      const signal = AbortSignal.abort(new Error('enough'));
      await expect(program.trace(input, { budgetBytes: 0, signal }, true)).rejects.toThrow('enough');
      expect(live.size).toBe(0);
    } finally {
      device.createBuffer = createBuffer;
      program.destroy();
    }
  });
});
