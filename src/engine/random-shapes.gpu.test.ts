/**
 * The kernels on shapes that no fixture has: one node, odd widths, more than a chunk, more workgroups than one dispatch
 * dimension holds. Judged by the plain reference.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runGmn } from '../metanets/gmn';
import { metanetInput } from '../metanets/input';
import { type Gpu, openGpu } from './device';
import { withFewWorkgroups } from './few-workgroups';
import { GmnProgram } from './gmn-program';
import { difference, GRAPHS, randomWeights } from './random-graphs';
import { chain, randomInput } from './synthetic-graphs';

const SAME_NUMBERS = 1e-5;

const EVERYTHING = { budgetBytes: 2 ** 30 };

const WIDTHS = [16, 48, 64] as const;

let gpu: Gpu;
const errors: string[] = [];

beforeAll(async () => {
  const opened = await openGpu((error) => errors.push(error.message));
  if (typeof opened === 'string') throw new Error(`No GPU to test on: ${opened}`);
  gpu = opened;
});

afterAll(() => expect(errors).toEqual([]));

describe.each(WIDTHS)('kernels at width %d', (width) => {
  const weights = randomWeights(width, 2);
  let program: GmnProgram;
  beforeAll(async () => {
    program = await GmnProgram.create(gpu, weights);
  });
  afterAll(() => program.destroy());

  it.each(Object.keys(GRAPHS))('equal the reference on: %s', async (name) => {
    const input = randomInput(GRAPHS[name], 1);
    const expected = runGmn(weights, input, { precision: 'float64' });
    const [actual] = await program.run([input], EVERYTHING, 'split');
    expect(difference(actual.embedding, expected.embedding)).toBeLessThan(SAME_NUMBERS);
    // The other kernel, and every run: the same bits.
    expect(await program.run([input], EVERYTHING, 'fused')).toEqual([actual]);
  });
});

describe('more workgroups than one dispatch dimension holds', () => {
  it.each(Object.keys(GRAPHS))('give the bits that equal the reference on: %s', async (name) => {
    const program = await GmnProgram.create(gpu, randomWeights(16, 2));
    const run = () => program.run([randomInput(GRAPHS[name], 1)], EVERYTHING);
    expect(await withFewWorkgroups(gpu.device, run)).toEqual(await run());
    program.destroy();
  });
});

describe('a run', () => {
  // Bands of 64 targets: 3 + 2 + 1 of them.
  const graph = chain([40, 130, 70, 10], [3, 3]);

  it.each([0, 2 ** 20, 2 ** 22])(
    'gives the same bits with a budget of %d bytes, fused or split',
    async (budgetBytes) => {
      const program = await GmnProgram.create(gpu, randomWeights(48, 3));
      const input = randomInput(graph, 3);
      const all = await program.run([input], EVERYTHING, 'split');
      const shares: number[] = [];
      const onProgress = (share: number) => shares.push(share);
      expect(await program.run([input], { budgetBytes, onProgress }, 'split')).toEqual(all);
      expect(await program.run([input], { budgetBytes }, 'fused')).toEqual(all);
      expect(shares.length).toBeGreaterThan(3);
      expect(shares).toEqual([...shares].sort((a, b) => a - b));
      program.destroy();
    },
  );
});

describe('memory', () => {
  let program: GmnProgram;
  beforeAll(async () => {
    program = await GmnProgram.create(gpu, randomWeights(64, 2));
  });
  afterAll(() => program.destroy());

  /** Largest sum of the sizes of buffers that live at once. */
  async function measured(run: () => Promise<unknown>): Promise<number> {
    const { device } = gpu;
    const createBuffer = device.createBuffer.bind(device);
    let [live, most] = [0, 0];
    device.createBuffer = (descriptor) => {
      const buffer = createBuffer(descriptor);
      live += buffer.size;
      most = Math.max(most, live);
      const destroy = buffer.destroy.bind(buffer);
      buffer.destroy = () => {
        live -= buffer.size;
        destroy();
      };
      return buffer;
    };
    try {
      await run();
      return most;
    } finally {
      device.createBuffer = createBuffer;
    }
  }

  it.each([
    ['a budget for everything', 2 ** 29],
    ['a budget for nothing', 0],
  ])('is what the accounting says: %s', async (_, budgetBytes) => {
    const input = randomInput(chain([60, 130, 90, 10], [3, 3]), 5);
    const options = { budgetBytes };
    const taken = await measured(() => program.run([input], options, 'split'));
    const accounted = program.account(input, options);
    // The read-back, uniforms and the nodes' features come on top: small change.
    expect(taken).toBeLessThan(1.1 * accounted);
    expect(accounted).toBeLessThan(1.3 * taken);
  });

  it('for 100 million edges at width 64 stays within 512 MiB', () => {
    const graph = chain(
      Array.from({ length: 11 }, () => 3163),
      [],
    );
    expect(graph.pairCount).toBeGreaterThan(1e8);
    const options = { budgetBytes: 2 ** 28 };
    expect(program.account(metanetInput(graph, []), options)).toBeLessThan(2 ** 29);
  });
});
