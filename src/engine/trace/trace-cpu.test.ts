import { describe, expect, it } from 'vitest';
import { gmnWeights, runGmn } from '../../metanets/gmn';
import { traceGmn } from '../../metanets/gmn/trace';
import { fixtureInput, metanetFixture } from '../../testing';
import { OwnThread } from '../cpu/band-thread';
import { GRAPHS, randomWeights } from '../random-graphs';
import { chain, randomInput } from '../synthetic-graphs';
import { readoutLogit, traceDifference, updateGap } from './testing';
import { traceOnCpu } from './trace-cpu';

/** float32 against float64, state by state: what every engine is held to. */
const SAME_NUMBERS = 1e-5;
const EVERYTHING = { budgetBytes: Number.POSITIVE_INFINITY };
const NOTHING = { budgetBytes: 0 };

describe.each([
  { width: 16, rounds: 0 },
  { width: 16, rounds: 3 },
  { width: 48, rounds: 2 },
  { width: 64, rounds: 2 },
])('a trace on the CPU at width $width through $rounds rounds', ({ width, rounds }) => {
  const weights = randomWeights(width, rounds);

  it.each(Object.keys(GRAPHS))('equals the reference on: %s', async (name) => {
    const input = randomInput(GRAPHS[name], 1);
    const trace = await traceOnCpu(weights, input, [new OwnThread()], EVERYTHING, true);
    expect(traceDifference(trace, traceGmn(weights, input, 'float64'))).toBeLessThan(SAME_NUMBERS);
    expect(updateGap(weights, input.graph, trace)).toBeLessThan(SAME_NUMBERS);
  });
});

describe('a trace on the CPU of the page’s metanet', async () => {
  const weights = gmnWeights(await metanetFixture('gmn'));

  it.each(['conv-norm.old', 'vision-transformer.new'])('equals the reference on %s', async (name) => {
    const input = await fixtureInput(name);
    const trace = await traceOnCpu(weights, input, [new OwnThread()], EVERYTHING, true);
    expect(traceDifference(trace, traceGmn(weights, input, 'float64'))).toBeLessThan(SAME_NUMBERS);
    expect(updateGap(weights, input.graph, trace)).toBeLessThan(SAME_NUMBERS);
    const [logit] = runGmn(weights, input, { precision: 'float64' }).outputs;
    expect(readoutLogit(trace)).toBeCloseTo(logit, 4);
  });
});

describe('a trace', () => {
  const weights = randomWeights(48, 2);
  const input = randomInput(chain([64, 250, 190, 30], [3, 3]), 3);

  it('is the same bits whatever is kept, on any number of threads, with pairs or without', async () => {
    const first = await traceOnCpu(weights, input, [new OwnThread()], EVERYTHING, true);
    const threads = [new OwnThread(), new OwnThread(), new OwnThread()];
    expect(traceDifference(await traceOnCpu(weights, input, threads, NOTHING, true), first)).toBe(0);
    const withoutPairs = await traceOnCpu(weights, input, threads, NOTHING, false);
    expect(traceDifference(withoutPairs, { ...first, pairs: undefined })).toBe(0);
  });

  it('reports its progress up to one, and stops when it is told to', async () => {
    const shares: number[] = [];
    const onProgress = (share: number) => shares.push(share);
    await traceOnCpu(weights, input, [new OwnThread()], { ...EVERYTHING, onProgress }, true);
    expect(shares.at(-1)).toBe(1);
    const signal = AbortSignal.abort(new Error('enough'));
    const stopped = traceOnCpu(weights, input, [new OwnThread()], { ...EVERYTHING, signal }, true);
    await expect(stopped).rejects.toThrow('enough');
  });
});
