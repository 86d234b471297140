import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { expect, it } from 'vitest';
import { type ByteSource, FormatError, memorySource, openModel } from '../formats';
import { readEntry, readZip } from '../formats/zip';
import { makeZip } from '../formats/zip/testing';
import { buildGraph, type Random, seededRandom } from '../graph';
import { readNetwork, UnsupportedModelError } from '.';

const FIXTURES = path.resolve(import.meta.dirname, '../../training/fixtures/keras');
const COUNT = Number(process.env.METANET_FUZZ ?? 600);
/** No file may keep the page waiting for longer, whatever it claims. */
const MAX_MS = 2000;

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const ODD: readonly Json[] = [
  null,
  true,
  -1,
  0,
  3,
  1e9,
  1e300,
  0.5,
  '',
  'x',
  '__proto__',
  'constructor',
  [],
  {},
  [[]],
];

type Holder = { [name: string]: Json };

/** Every place in a description: the object or list, and the key. */
function places(description: Json): [holder: Holder, key: string][] {
  const found: [Holder, string][] = [];
  const waiting: Json[] = [description];
  for (let json = waiting.pop(); json !== undefined; json = waiting.pop()) {
    if (typeof json !== 'object' || json === null) continue;
    for (const key of Object.keys(json)) {
      found.push([json as Holder, key]);
      waiting.push((json as Holder)[key]);
    }
  }
  return found;
}

/** Exchanges, removes, repeats or replaces some values of a description. */
function disturb(text: string, random: Random): string {
  const json = JSON.parse(text) as Json;
  const pick = <Item>(list: readonly Item[]) => list[Math.floor(random() * list.length)];
  for (let changes = 1 + Math.floor(random() * 4); changes > 0; changes--) {
    const all = places(json);
    const [[holder, key], [other, otherKey]] = [pick(all), pick(all)];
    const copy = JSON.parse(JSON.stringify(other[otherKey] ?? null)) as Json;
    const kind = Math.floor(random() * 4);
    if (kind === 0) delete holder[key];
    else if (kind === 1) holder[key] = pick(ODD);
    else if (kind === 2) holder[key] = copy;
    else if (Array.isArray(holder)) holder.push(copy);
  }
  return JSON.stringify(json);
}

const read = (name: string) => new Uint8Array(fs.readFileSync(path.join(FIXTURES, name)));

/** A model in one or more files, one of which is a description. */
interface Sample {
  readonly description: string;
  build(description: Uint8Array): ByteSource[];
}

async function kerasSample(name: string): Promise<Sample> {
  const archive = await readZip(
    memorySource(new Uint8Array(zlib.gunzipSync(read(`${name}.keras.gz`))), name),
  );
  const entry = async (key: string) => await readEntry(archive, archive.entries.get(key)!);
  const weights = { name: 'model.weights.h5', content: await entry('model.weights.h5') };
  return {
    description: new TextDecoder().decode(await entry('config.json')),
    build: (content) => [memorySource(makeZip([{ name: 'config.json', content }, weights]), 'x.keras')],
  };
}

function tensorflowSample(name: string, weights: readonly string[]): Sample {
  const others = weights.map((one) => memorySource(read(one), one));
  return {
    description: new TextDecoder().decode(read(name)),
    build: (content) => [memorySource(content, name), ...others],
  };
}

it(`survives ${COUNT} disturbed descriptions: a graph, or one clear sentence`, {
  timeout: 1000 * COUNT,
}, async () => {
  const names = ['functional', 'mobile', 'signal', 'attention', 'nested', 'recurrent'];
  const samples = [
    ...(await Promise.all(names.map(kerasSample))),
    tensorflowSample('tfjs-quantised.json', ['tfjs-quantised.shard1of1.bin']),
    tensorflowSample('graph-model.json', ['graph-model.bin']),
  ];
  const random = seededRandom(2026);
  let drawn = 0;
  for (let round = 0; round < COUNT; round++) {
    const sample = samples[round % samples.length];
    const sources = sample.build(new TextEncoder().encode(disturb(sample.description, random)));
    const start = performance.now();
    try {
      buildGraph(await readNetwork(await openModel(sources)));
      drawn++;
    } catch (error) {
      const isTyped = error instanceof FormatError || error instanceof UnsupportedModelError;
      if (!isTyped) throw new Error(`round ${round}: ${String((error as Error).stack)}`);
    }
    expect(performance.now() - start, `round ${round}`).toBeLessThan(MAX_MS);
  }
  // A reader that refuses everything would pass, too.
  expect(drawn).toBeGreaterThan(COUNT / 4);
});
