import { beforeAll, describe, expect, it } from 'vitest';
import { OwnThread, runGmnOnCpu } from '../engine';
import { FormatError } from '../formats';
import { type Checkpoint, readCheckpoint } from '../metanets/checkpoint';
import { gmnWeights } from '../metanets/gmn';
import { weightsSum } from '../metanets/weights-sum';
import { openPublic, packInput, readPublic } from '../testing';
import {
  coordinatesIn,
  coordinatesOf,
  nearestNetworks,
  planePoint,
  readZooMap,
  type ZooMap,
} from './zoo-map';

const SAMPLE = 160;
const NEIGHBOURS = 5;
/** As for tests (vite.config.ts): a busy machine is right too. */
const TIMEOUT_MS = 60_000;

describe.each(['varying-cnns', 'diverse'])('the published map of the zoo %s', (zoo) => {
  let map: ZooMap;
  let checkpoint: Checkpoint;
  /** Networks that come with the page: their places in the zoo, and what the page's own code makes of their files. */
  let sample: { network: number; coordinates: Float64Array }[];

  beforeAll(async () => {
    map = await readZooMap(await openPublic(`zoo/${zoo}.map.safetensors`));
    checkpoint = await readCheckpoint(await openPublic(`checkpoints/${zoo}/gmn.safetensors`));
    const weights = gmnWeights(checkpoint);
    const pack = await openPublic(`zoo/${zoo}.safetensors`);
    const { columns, shipped } = JSON.parse(new TextDecoder().decode(readPublic(`zoo/${zoo}.json`))) as {
      columns: { name: string[] };
      shipped: number[];
    };
    const mapped = shipped.filter((network) => network < map.count); // edited ones come last, and are not on it
    const step = Math.floor(mapped.length / SAMPLE);
    const thread = new OwnThread();
    sample = [];
    for (let index = 0; index < SAMPLE; index++) {
      const network = mapped[index * step];
      const input = await packInput(pack, columns.name[network]);
      const [output] = await runGmnOnCpu(weights, [input], [thread], { budgetBytes: 2 ** 28 });
      sample.push({ network, coordinates: coordinatesOf(map, output.embedding) });
    }
  }, TIMEOUT_MS);

  it('is of the checkpoint that is published, and of its domain check', () => {
    expect(map.checkpoint).toBe(weightsSum(checkpoint.tensors));
    expect(map.threshold).toBe(checkpoint.card.domain.threshold);
  });

  it('shows networks where the page itself finds them', () => {
    for (const { network, coordinates } of sample) {
      const [nearest] = nearestNetworks(map, coordinates, 1);
      expect(nearest.network).toBe(network);
      expect(nearest.distance).toBeLessThan(0.005);
    }
  });

  it('gives the nearest neighbours that full precision gives, for nine in ten at the least', () => {
    const near = (of: (one: (typeof sample)[number]) => ArrayLike<number>) =>
      sample.map((one) => {
        const distances = sample.map((other) => ({
          network: other.network,
          squares: Array.from(of(one)).reduce((sum, at, axis) => sum + (at - of(other)[axis]) ** 2, 0),
        }));
        const others = distances.filter(({ network }) => network !== one.network);
        others.sort((a, b) => a.squares - b.squares);
        return others.slice(0, NEIGHBOURS).map(({ network }) => network);
      });
    const full = near(({ coordinates }) => coordinates);
    const compact = near(({ network }) => coordinatesIn(map, network));
    const shared = full.map(
      (list, index) => list.filter((network) => compact[index].includes(network)).length,
    );
    expect(shared.reduce((sum, count) => sum + count, 0) / (SAMPLE * NEIGHBOURS)).toBeGreaterThanOrEqual(0.9);
  });

  it('weighs less than 400 kB', () => {
    const size = readPublic(`zoo/${zoo}.map.safetensors`).length;
    expect(size).toBeLessThan(400e3);
  });

  it('is drawn around the mean of the zoo, the direction of most variance first', () => {
    expect(planePoint(map, coordinatesOf(map, map.mean))).toEqual([0, 0]);
    const [first, second] = planePoint(map, [1, 1]);
    expect(first).toBeGreaterThan(second);
    expect(second).toBeGreaterThan(0);
  });
});

describe('readZooMap', () => {
  it('refuses what is no map in a sentence that says what to do', async () => {
    const file = await openPublic('checkpoints/varying-cnns/gmn.safetensors');
    await expect(readZooMap(file)).rejects.toThrow(FormatError);
    await expect(readZooMap(file)).rejects.toThrow(/no map of a zoo \(gmn.safetensors\)\. Publish/);
  });

  it('refuses a map that lacks a tensor', async () => {
    const file = await openPublic('zoo/varying-cnns.map.safetensors');
    const tensors = new Map([...file.tensors].filter(([name]) => name !== 'axes'));
    await expect(readZooMap({ ...file, tensors })).rejects.toThrow(/has no "axes"/);
  });
});

describe('weightsSum', () => {
  it('changes with any weight, and not with the order in which tensors are read', async () => {
    const file = await openPublic('checkpoints/varying-cnns/gmn.safetensors');
    const { tensors } = await readCheckpoint(file);
    const map = await readZooMap(await openPublic('zoo/varying-cnns.map.safetensors'));
    const one = new Map([...tensors].reverse());
    expect(weightsSum(one)).toBe(map.checkpoint);
    const [name, values] = [...one][0];
    one.set(
      name,
      values.map((value, index) => (index === 0 ? value + 1e-4 : value)),
    );
    expect(weightsSum(one)).not.toBe(map.checkpoint);
  });
});
