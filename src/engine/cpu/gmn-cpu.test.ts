import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { memorySource, openModel } from '../../formats';
import { readAllValues } from '../../graph';
import { readCheckpoint } from '../../metanets/checkpoint';
import { gmnWeights, runGmn } from '../../metanets/gmn';
import { metanetInput } from '../../metanets/input';
import { openGraph, readFixture } from '../../testing';
import { difference, GRAPHS, randomWeights } from '../random-graphs';
import { chain, randomInput } from '../synthetic-graphs';
import { OwnThread } from './band-thread';
import { runGmnOnCpu } from './gmn-cpu';

/** float32 against float64. */
const SAME_NUMBERS = 2e-6;
const EVERYTHING = { budgetBytes: Number.POSITIVE_INFINITY };
const NOTHING = { budgetBytes: 0 };

const FOLDER = path.resolve(import.meta.dirname, '../../../training/fixtures');
const checkpoint = new Uint8Array(fs.readFileSync(path.join(FOLDER, 'gmn.safetensors')));
const trained = gmnWeights(await readCheckpoint(await openModel([memorySource(checkpoint, 'gmn')])));
const expected: Record<string, { outputs: number[]; embedding: number[] }> = JSON.parse(
  fs.readFileSync(path.join(FOLDER, 'gmn.json'), 'utf8'),
);

describe.each([16, 48, 64])('GMN on the CPU at width %d', (width) => {
  it.each(Object.keys(GRAPHS))('equals the reference on: %s', async (name) => {
    const weights = randomWeights(width, 2);
    const input = randomInput(GRAPHS[name], 1);
    const reference = runGmn(weights, input, { precision: 'float64' });
    const [actual] = await runGmnOnCpu(weights, [input], [new OwnThread()], EVERYTHING);
    expect(difference(actual.embedding, reference.embedding)).toBeLessThan(SAME_NUMBERS);
  });
});

describe.each(Object.keys(expected))('GMN on the CPU: %s', (name) => {
  it('equals PyTorch', async () => {
    const { graph } = await openGraph(readFixture(`${name}.onnx`), name);
    const input = metanetInput(graph, await readAllValues(graph.blocks, graph.groups));
    const [{ outputs, embedding }] = await runGmnOnCpu(trained, [input], [new OwnThread()], EVERYTHING);
    expect(difference(outputs, expected[name].outputs)).toBeLessThan(SAME_NUMBERS);
    expect(difference(embedding, expected[name].embedding)).toBeLessThan(SAME_NUMBERS);
  });
});

describe('networks run together', () => {
  it('give what each gives alone', async () => {
    const weights = randomWeights(48, 2);
    const inputs = Object.values(GRAPHS).map((graph, seed) => randomInput(graph, seed));
    const together = await runGmnOnCpu(weights, inputs, [new OwnThread()], EVERYTHING);
    for (const [index, input] of inputs.entries()) {
      const [alone] = await runGmnOnCpu(weights, [input], [new OwnThread()], EVERYTHING);
      expect(together[index]).toEqual(alone);
    }
  });
});

/** A thread that answers as a worker does: later. */
class DistantThread extends OwnThread {
  override async run(...args: Parameters<OwnThread['run']>) {
    const results = await super.run(...args);
    await new Promise((resolve) => setTimeout(resolve));
    return results;
  }
}

describe('networks asked about at once, on the same threads', () => {
  it('get what each gets alone, and one that fails stops no other', async () => {
    const weights = randomWeights(48, 2);
    const inputs = [1, 2].map((seed) => randomInput(chain([64, 250, 190, 30], [3, 3]), seed));
    const threads = [new OwnThread(), new DistantThread()];
    const stopped = { ...EVERYTHING, signal: AbortSignal.abort(new Error('enough')) };
    const failing = runGmnOnCpu(weights, inputs, threads, stopped);
    const asked = inputs.map((input) => runGmnOnCpu(weights, [input], threads, EVERYTHING));
    await expect(failing).rejects.toThrow('enough');
    for (const [index, [output]] of (await Promise.all(asked)).entries()) {
      const [alone] = await runGmnOnCpu(weights, [inputs[index]], [new OwnThread()], EVERYTHING);
      expect(output).toEqual(alone);
    }
  });
});

describe('a run', () => {
  it.each([1, 2, 3])(
    'gives the same bits whatever is kept, and on any number of threads: %d',
    async (count) => {
      const weights = randomWeights(48, 3);
      const input = randomInput(chain([64, 250, 190, 30], [3, 3]), 3);
      const first = await runGmnOnCpu(weights, [input], [new OwnThread()], EVERYTHING);
      const threads = () => Array.from({ length: count }, () => new OwnThread());
      expect(await runGmnOnCpu(weights, [input], threads(), NOTHING)).toEqual(first);
      const half = { budgetBytes: (input.graph.pairCount * 48 * 4) / 2 };
      expect(await runGmnOnCpu(weights, [input], threads(), half)).toEqual(first);
    },
  );

  it('reports its progress up to one', async () => {
    const shares: number[] = [];
    const input = randomInput(chain([8, 70, 9], []), 4);
    const onProgress = (share: number) => shares.push(share);
    await runGmnOnCpu(randomWeights(16, 2), [input], [new OwnThread()], { ...EVERYTHING, onProgress });
    expect(shares.at(-1)).toBe(1);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
  });
});
