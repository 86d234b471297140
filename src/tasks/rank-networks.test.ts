import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { memorySource } from '../formats';
import { readCheckpoint } from '../metanets/checkpoint';
import { gmnWeights, runGmn } from '../metanets/gmn';
import type { MetanetInput } from '../metanets/input';
import { openPublic, readFixture, readPublic } from '../testing';
import {
  type NetworkFile,
  type RankedNetwork,
  type RankingMetanet,
  type RankResult,
  rankNetworks,
} from './rank-networks';

const file = (name: string, bytes: Uint8Array): NetworkFile => ({
  path: `folder/${name}`,
  source: memorySource(bytes, name),
  companions: [],
});
const sample = (name: string) => file(name, readPublic(`samples/${name}`));
const SAMPLES = ['cifar10-cnn-10.onnx', 'cifar10-cnn-35.onnx', 'cifar10-cnn-62.onnx'];

/** The shipped metanet, run by the reference. */
let metanet: RankingMetanet;

beforeAll(async () => {
  const checkpoint = await readCheckpoint(await openPublic('checkpoints/varying-cnns/gmn.safetensors'));
  const weights = gmnWeights(checkpoint);
  const run = async (inputs: readonly MetanetInput[]) =>
    inputs.map((input) => runGmn(weights, input, { precision: 'float64' }));
  metanet = { zoo: 'varying-cnns', checkpoint, run };
});

async function rank(files: readonly NetworkFile[], by = metanet): Promise<RankResult[]> {
  const all: RankResult[] = [];
  for await (const results of rankNetworks(files, async () => by)) all.push(...results);
  return all;
}

const isRanked = (result: RankResult): result is RankedNetwork => result.kind === 'ranked';

describe('rankNetworks', () => {
  it('gives every network its prediction, the hash of its file and what the file says of itself', async () => {
    const results = (await rank(SAMPLES.map(sample))).filter(isRanked);
    expect(results.map((result) => result.path)).toEqual(SAMPLES.map((name) => `folder/${name}`));
    for (const { path: where, sha256, verdict, known, parameters } of results) {
      const bytes = readPublic(where.replace('folder', 'samples'));
      expect(sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
      expect(known?.dataset).toBe('CIFAR-10');
      expect(verdict.domain.isInside).toBe(true);
      expect(verdict.low).toBeLessThan(verdict.accuracy);
      expect(parameters.placed).toBe(parameters.all);
    }
    const [chance, , best] = results.map(({ verdict }) => verdict.accuracy);
    expect(chance).toBeLessThan(best);
  });

  it('says what is wrong with a file, and goes on', async () => {
    const whole = readPublic(`samples/${SAMPLES[0]}`);
    const results = await rank([
      file('empty.onnx', new Uint8Array(0)),
      sample(SAMPLES[1]),
      file('half.onnx', whole.subarray(0, whole.length / 2)),
      file('read.me', new TextEncoder().encode('Not a network.')),
      sample(SAMPLES[2]),
    ]);
    expect(results.filter(isRanked)).toHaveLength(2);
    const reasons = results.flatMap((result) => (isRanked(result) ? [] : [result.reason]));
    expect(reasons).toHaveLength(3);
    expect(reasons[0]).toMatch(/The file is empty/);
    expect(reasons[2]).toMatch(/not a model that can be read/);
  });

  it('reads weights from the file that lies beside the network', async () => {
    const [name, data] = ['external.onnx', 'external.onnx.data'];
    const alone = file(name, readFixture(name));
    const [refused] = await rank([alone]);
    expect(refused).toMatchObject({ kind: 'refused', reason: expect.stringContaining(data) });
    const [ranked] = await rank([{ ...alone, companions: [memorySource(readFixture(data), data)] }]);
    expect(ranked.kind).toBe('ranked');
  });

  it('says loudly that a network is of another kind', async () => {
    const [result] = await rank([sample('cifar10-transformer.onnx')]);
    expect(isRanked(result) && result.verdict.domain.isInside).toBe(false);
  });

  it('holds no more than a batch at a time', async () => {
    const pairs: number[] = [];
    const counting: RankingMetanet = {
      ...metanet,
      run: async (inputs) => {
        pairs.push(inputs.reduce((total, { graph }) => total + graph.pairCount, 0));
        const [output] = await metanet.run(inputs.slice(0, 1));
        return inputs.map(() => output);
      },
    };
    const results = await rank(
      Array.from({ length: 120 }, () => sample(SAMPLES[2])),
      counting,
    );
    expect(results).toHaveLength(120);
    expect(pairs.length).toBeGreaterThan(2);
    expect(Math.max(...pairs)).toBeLessThanOrEqual(60_000);
  });

  it('refuses the one network that is too much for the engine, not those beside it', async () => {
    const small: RankingMetanet = {
      ...metanet,
      run: async (inputs) => {
        if (inputs.some(({ graph }) => graph.pairCount > 1000)) throw new Error('Too large.');
        return await metanet.run(inputs);
      },
    };
    const results = await rank(SAMPLES.map(sample), small);
    expect(results.map(({ kind }) => kind)).toEqual(['ranked', 'ranked', 'refused']);
  });

  it('has every network judged by the metanet that was chosen for it', async () => {
    const other: RankingMetanet = { ...metanet, zoo: 'other' };
    let turn = 0;
    const results: RankResult[] = [];
    const choose = async () => (turn++ % 2 === 0 ? metanet : other);
    for await (const some of rankNetworks(SAMPLES.map(sample), choose)) results.push(...some);
    const zooOf = new Map(results.filter(isRanked).map((result) => [result.path, result.zoo]));
    expect(SAMPLES.map((name) => zooOf.get(`folder/${name}`))).toEqual([
      'varying-cnns',
      'other',
      'varying-cnns',
    ]);
  });
});
