/**
 * How each weight-only measure ranks the zoo's held-out networks: Kendall's τ with their test accuracy, over all, and the
 * mean of the τ within groups of networks of one depth and norm, which differ less in their architecture. Beside them
 * the metanets, whose predictions the zoo's index holds.
 *
 *   npx tsx bench/quality.ts
 */
import fs from 'node:fs';
import path from 'node:path';
import { memorySource, openModel } from '../src/formats';
import { buildGraph, readAllValues } from '../src/graph';
import { readNetwork } from '../src/network';
import { measureLayers, NETWORK_MEASURES, type NetworkMeasure, networkQuality } from '../src/quality';
import { kendallTau } from '../src/tasks/agreement';

const ZOO = path.resolve(import.meta.dirname, '../public/zoo');
const RESULTS = path.resolve(import.meta.dirname, 'results/quality.json');
/** Smaller groups say nothing. */
const LEAST_GROUP = 20;

interface ZooIndex {
  readonly columns: { readonly name: string[]; readonly accuracy: number[]; readonly depth: number[] };
  readonly words: { readonly norm: { readonly values: string[]; readonly codes: number[] } };
  readonly shipped: number[];
  readonly metanets: readonly { readonly name: string; readonly predicted: number[] }[];
}

const index = JSON.parse(fs.readFileSync(path.join(ZOO, 'varying-cnns.json'), 'utf8')) as ZooIndex;
const packBytes = new Uint8Array(fs.readFileSync(path.join(ZOO, 'varying-cnns.safetensors')));
const pack = await openModel([memorySource(packBytes, 'varying-cnns.safetensors')]);

async function openNetwork(name: string) {
  const file = pack.tensors.get(name);
  if (file?.storage.kind !== 'bytes') throw new Error(`The zoo holds no file of ${name}.`);
  const { offset } = file.storage;
  const bytes = packBytes.subarray(offset, offset + file.elementCount);
  const graph = buildGraph(await readNetwork(await openModel([memorySource(bytes, name)])));
  return { graph, values: await readAllValues(graph.blocks, graph.groups) };
}

const names = Object.keys(NETWORK_MEASURES) as NetworkMeasure[];
const measured = new Map<string, number[]>(names.map((name) => [NETWORK_MEASURES[name], []]));
for (const { name } of index.metanets) measured.set(name, []);
let milliseconds = 0;
for (const network of index.shipped) {
  const { graph, values } = await openNetwork(index.columns.name[network]);
  const start = performance.now();
  const quality = networkQuality([...measureLayers(graph, values)]);
  milliseconds += performance.now() - start;
  for (const name of names) measured.get(NETWORK_MEASURES[name])?.push(quality[name]);
  for (const { name, predicted } of index.metanets) measured.get(name)?.push(predicted[network]);
}
const accuracy = index.shipped.map((network) => index.columns.accuracy[network]);
const { norm } = index.words;
const groupOf = index.shipped.map(
  (network) => `${index.columns.depth[network]} ${norm.values[norm.codes[network]]}`,
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
const table = [...measured].map(([measure, values]) => {
  const within = groups.map((places) => tau(values, places) * places.length);
  const count = groups.reduce((total, { length }) => total + length, 0);
  return {
    measure,
    tau: tau(values, everywhere),
    tauWithinGroups: within.reduce((sum, value) => sum + value, 0) / count,
    networks: values.filter(Number.isFinite).length,
  };
});
console.table(
  table.map((row) => ({ ...row, tau: row.tau.toFixed(3), tauWithinGroups: row.tauWithinGroups.toFixed(3) })),
);
console.log(`${(milliseconds / index.shipped.length).toFixed(1)} ms a network; ${groups.length} groups`);
fs.writeFileSync(
  RESULTS,
  `${JSON.stringify({ networks: accuracy.length, groups: groups.length, table }, null, 2)}\n`,
);
