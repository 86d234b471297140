import { describe, expect, it } from 'vitest';
import { readTensor } from '../../formats';
import { gmnWeights } from '../../metanets/gmn';
import { type GmnGradient, gmnGradient } from '../../metanets/gmn/gradient';
import { fixtureInput, gradientFixture, metanetFixture } from '../../testing';
import { OwnThread } from '../cpu/band-thread';
import { difference, GRADIENT_SIZES, GRAPHS, randomWeights } from '../random-graphs';
import { chain, randomInput } from '../synthetic-graphs';
import { gradientOnCpu } from './gradient-cpu';

/** float32 states and gradients against float64: what the float32 reference is held to as well. */
const SAME_NUMBERS = 5e-5;
const EVERYTHING = { budgetBytes: Number.POSITIVE_INFINITY };
const NOTHING = { budgetBytes: 0 };

const joined = ({ values }: GmnGradient) => Float64Array.from(values.flatMap((part) => Array.from(part)));

describe.each(GRADIENT_SIZES)('gradient on the CPU at width $width through $rounds rounds', (size) => {
  const weights = randomWeights(size.width, size.rounds);

  it.each(Object.keys(GRAPHS))('equals the reference on: %s', async (name) => {
    const input = randomInput(GRAPHS[name], 1);
    const expected = gmnGradient(weights, input, 'float64');
    const actual = await gradientOnCpu(weights, input, [new OwnThread()], EVERYTHING);
    expect(difference([actual.logit], [expected.logit])).toBeLessThan(SAME_NUMBERS);
    expect(difference(joined(actual), joined(expected))).toBeLessThan(SAME_NUMBERS);
  });
});

describe.each(['gmn', 'no-message'])('gradient of %s on the CPU', async (metanet) => {
  const weights = gmnWeights(await metanetFixture(metanet));
  const expected = await gradientFixture(metanet);

  it.each([...expected.keys()])('equals that of PyTorch on %s', async (name) => {
    const gradient = await gradientOnCpu(weights, await fixtureInput(name), [new OwnThread()], EVERYTHING);
    expect(difference(joined(gradient), await readTensor(expected.get(name)!))).toBeLessThan(SAME_NUMBERS);
  });
});

describe('a gradient', () => {
  const input = randomInput(chain([64, 250, 190, 30], [3, 3]), 3);

  it.each([1, 2, 3])('is the same bits whatever is kept, and on any number of threads: %d', async (count) => {
    const weights = randomWeights(48, 2);
    const first = await gradientOnCpu(weights, input, [new OwnThread()], EVERYTHING);
    const threads = () => Array.from({ length: count }, () => new OwnThread());
    expect(await gradientOnCpu(weights, input, threads(), NOTHING)).toEqual(first);
  });

  it('leaves the values as they were, reports its progress up to one, and stops when it is told to', async () => {
    const weights = randomWeights(16, 2);
    const small = randomInput(chain([8, 70, 9], []), 4);
    const before = small.values.map((values) => values.slice());
    const shares: number[] = [];
    const onProgress = (share: number) => shares.push(share);
    await gradientOnCpu(weights, small, [new OwnThread()], { ...EVERYTHING, onProgress });
    expect(small.values).toEqual(before);
    expect(shares.at(-1)).toBe(1);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    const signal = AbortSignal.abort(new Error('enough'));
    const stopped = gradientOnCpu(weights, small, [new OwnThread()], { ...EVERYTHING, signal });
    await expect(stopped).rejects.toThrow('enough');
  });
});
