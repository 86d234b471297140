/**
 * The deletion test of the page's GMN on networks of its zoo's test split: does setting the 1 % of weights that saliency names to
 * zero move the prediction more than as many random ones?
 *
 * Weights are named by the magnitude of gradient × value; and, apart, by what raises the prediction and by what lowers it: a
 * choice by magnitude holds both, whose effects cancel.
 *
 *   npx vite build --ssr bench/deletion.ts --outDir work/bench && node work/bench/deletion.js ZOO [every EVERYth network]
 *
 * writes bench/results/deletion-ZOO.json.
 */
import fs from 'node:fs';
import { gradientOnCpu, OwnThread, runGmnOnCpu } from '../src/engine';
import { memorySource, openModel } from '../src/formats';
import { buildGraph, readAllValues, seededRandom } from '../src/graph';
import { readCheckpoint } from '../src/metanets/checkpoint';
import { gmnWeights } from '../src/metanets/gmn';
import { metanetInput } from '../src/metanets/input';
import { readNetwork } from '../src/network';
import { type DeletionTest, deletionTest } from '../src/tasks/deletion-test';
import { saliencyOf } from '../src/tasks/saliency';

const SHARE = 0.01;
const DRAWS = 20;
const RANKINGS = {
  byMagnitude: (saliency: number) => saliency,
  raising: (saliency: number) => Math.max(0, saliency),
  lowering: (saliency: number) => Math.min(0, saliency),
};
const OPTIONS = { budgetBytes: Number.POSITIVE_INFINITY };
const [zooName, every = '1'] = process.argv.slice(2);

const open = (name: string) =>
  openModel([memorySource(new Uint8Array(fs.readFileSync(`public/${name}`)), name)]);

const weights = gmnWeights(await readCheckpoint(await open(`checkpoints/${zooName}/gmn.safetensors`)));
const zoo = await open(`zoo/${zooName}.safetensors`);
const records = JSON.parse(zoo.metadata.get('networks') ?? '[]') as { name: string; population: string }[];
const random = seededRandom(1);
const threads = [new OwnThread()];

async function testNetwork(name: string, bytes: Uint8Array): Promise<DeletionTest> {
  const graph = buildGraph(await readNetwork(await openModel([memorySource(bytes, name)])));
  const values = await readAllValues(graph.blocks, graph.groups);
  const input = metanetInput(graph, values);
  const { edges } = saliencyOf(graph, values, await gradientOnCpu(weights, input, threads, OPTIONS));
  const rankings = Object.values(RANKINGS).map((rank) => edges.map((part) => part.map(rank)));
  const predict = async (networks: readonly (readonly Float32Array[])[]) => {
    const inputs = networks.map((network) => ({ ...input, values: network }));
    return (await runGmnOnCpu(weights, inputs, threads, OPTIONS)).map(({ outputs }) => outputs[0]);
  };
  return await deletionTest(graph, values, rankings, predict, { share: SHARE, draws: DRAWS, random });
}

const mean = (numbers: readonly number[]) =>
  numbers.reduce((total, number) => total + number, 0) / numbers.length;

/** Shares of networks, and mean movement in points of accuracy. */
function summary(tests: readonly DeletionTest[], ranking: number) {
  const share = (holds: (moved: number, draws: readonly number[]) => boolean | number) =>
    mean(tests.map(({ moved, movedAtRandom }) => Number(holds(moved[ranking], movedAtRandom))));
  return {
    moreThanMeanDraw: share((moved, draws) => moved > mean(draws)),
    moreThanEveryDraw: share((moved, draws) => draws.every((draw) => moved > draw)),
    /** Of pairs of a network and a draw. */
    moreThanDraw: share((moved, draws) => mean(draws.map((draw) => Number(moved > draw)))),
    movedPoints: 100 * mean(tests.map(({ moved }) => moved[ranking])),
  };
}

const tests: DeletionTest[] = [];
let place = 0;
for (const { name, population } of records) {
  const { storage, elementCount } = zoo.tensors.get(name) ?? {};
  if (
    population !== 'in_distribution' ||
    place++ % Number(every) !== 0 ||
    storage?.kind !== 'bytes' ||
    !elementCount
  )
    continue;
  tests.push(await testNetwork(name, await storage.source.read(storage.offset, elementCount)));
  if (tests.length % 50 === 0) console.log(`${tests.length} networks`);
}
const result = {
  networks: tests.length,
  share: SHARE,
  draws: DRAWS,
  ...Object.fromEntries(Object.keys(RANKINGS).map((name, ranking) => [name, summary(tests, ranking)])),
  movedPointsAtRandom: 100 * mean(tests.map(({ movedAtRandom }) => mean(movedAtRandom))),
};
console.log(result);
fs.writeFileSync(`bench/results/deletion-${zooName}.json`, `${JSON.stringify(result, undefined, 1)}\n`);
