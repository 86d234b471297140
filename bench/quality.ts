/**
 * How each weight-only measure ranks the zoo's held-out networks: Kendall's τ with their test accuracy, over all, and the
 * mean of the τ within groups of networks of one depth and norm, which differ less in their architecture. Beside them
 * the metanets, whose predictions the zoo's index holds. Written to public/zoo/ZOO.quality.json, which the page shows;
 * training.zoo.publish runs it.
 *
 *   npx tsx bench/quality.ts [ZOO]
 */
import fs from 'node:fs';
import path from 'node:path';
import { memorySource, openModel } from '../src/formats';
import { buildGraph, readAllValues } from '../src/graph';
import { readNetwork } from '../src/network';
import { measureLayers, NETWORK_MEASURES, type NetworkMeasure, networkQuality } from '../src/quality';
import { kendallTau } from '../src/tasks/agreement';

const ZOO = path.resolve(import.meta.dirname, '../public/zoo');
const zoo = process.argv[2] ?? 'varying-cnns';
/** Smaller groups say nothing. */
const LEAST_GROUP = 20;

interface Coded {
  readonly values: string[];
  readonly codes: number[];
}

interface ZooIndex {
  readonly columns: { readonly name: string[]; readonly accuracy: number[]; readonly depth: number[] };
  readonly words: { readonly split: Coded; readonly norm?: Coded };
  readonly shipped: number[];
  readonly metanets: readonly { readonly id: string; readonly name: string; readonly predicted: number[] }[];
}

const index = JSON.parse(fs.readFileSync(path.join(ZOO, `${zoo}.json`), 'utf8')) as ZooIndex;
/** Those of the test split, neither wide nor edited. */
const { split } = index.words;
const networks = index.shipped.filter((network) => split.values[split.codes[network]] === 'test');
const packBytes = new Uint8Array(fs.readFileSync(path.join(ZOO, `${zoo}.safetensors`)));
const pack = await openModel([memorySource(packBytes, `${zoo}.safetensors`)]);

async function openNetwork(name: string) {
  const file = pack.tensors.get(name);
  if (file?.storage.kind !== 'bytes') throw new Error(`The zoo holds no file of ${name}.`);
  const { offset } = file.storage;
  const bytes = packBytes.subarray(offset, offset + file.elementCount);
  const graph = buildGraph(await readNetwork(await openModel([memorySource(bytes, name)])));
  return { graph, values: await readAllValues(graph.blocks, graph.groups) };
}

interface Measured {
  /** A key of NETWORK_MEASURES, or a metanet's id. */
  readonly id: string;
  readonly name: string;
  /** Of each network. */
  readonly values: number[];
}

const measures = (Object.keys(NETWORK_MEASURES) as NetworkMeasure[]).map((id) => ({
  id,
  name: NETWORK_MEASURES[id],
  values: [] as number[],
}));
const metanets = index.metanets.map(({ id, name, predicted }) => ({
  id,
  name,
  values: networks.map((network) => predicted[network]),
}));
let milliseconds = 0;
for (const network of networks) {
  const { graph, values } = await openNetwork(index.columns.name[network]);
  const start = performance.now();
  const quality = networkQuality([...measureLayers(graph, values)]);
  milliseconds += performance.now() - start;
  for (const { id, values: list } of measures) list.push(quality[id]);
}
const accuracy = networks.map((network) => index.columns.accuracy[network]);
const { norm } = index.words;
const groupOf = networks.map(
  (network) => `${index.columns.depth[network]} ${norm?.values[norm.codes[network]]}`,
);

/** τ over the networks of a list that have the measure. */
function tau(values: readonly number[], places: readonly number[]): number {
  const finite = places.filter((place) => Number.isFinite(values[place]));
  const pick = (list: readonly number[]) => Float64Array.from(finite, (place) => list[place]);
  return kendallTau(pick(values), pick(accuracy));
}

const everywhere = accuracy.map((_, place) => place);
const groups = [...new Set(groupOf)]
  .map((group) => everywhere.filter((place) => groupOf[place] === group))
  .filter(({ length }) => length >= LEAST_GROUP);
function row({ id, name, values }: Measured) {
  const within = groups.map((places) => tau(values, places) * places.length);
  const count = groups.reduce((total, { length }) => total + length, 0);
  return {
    id,
    name,
    tau: tau(values, everywhere),
    tauWithinGroups: within.reduce((sum, value) => sum + value, 0) / count,
    networks: values.filter(Number.isFinite).length,
  };
}

const results = {
  networks: accuracy.length,
  groups: groups.length,
  weights: measures.map(row),
  metanets: metanets.map(row),
};
console.table(
  [...results.weights, ...results.metanets].map(({ tau: all, tauWithinGroups, ...rest }) => ({
    ...rest,
    tau: all.toFixed(3),
    tauWithinGroups: tauWithinGroups.toFixed(3),
  })),
);
console.log(`${(milliseconds / networks.length).toFixed(1)} ms a network; ${groups.length} groups`);
fs.writeFileSync(path.join(ZOO, `${zoo}.quality.json`), `${JSON.stringify(results, null, 1)}\n`);
