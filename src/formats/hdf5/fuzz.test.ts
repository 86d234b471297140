import zlib from 'node:zlib';
import { expect, it } from 'vitest';
import { memorySource } from '../byte-source';
import { FormatError } from '../format-error';
import { readTensor } from '../tensor';
import { mutate, mutations, readFixtureFile, seeded } from '../testing';
import { type Hdf5Object, openHdf5 } from '.';

const NAMES = ['types', 'chunks', 'many'].flatMap((name) => [`${name}.earliest.h5`, `${name}.latest.h5`]);
const files = [...NAMES, 'links.h5'].map(
  (name) => new Uint8Array(zlib.gunzipSync(readFixtureFile(`hdf5/${name}.gz`))),
);

const COUNT = mutations(2000);
/** No file may keep the page waiting for longer, whatever it claims. */
const MAX_MS = 2000;
const MAX_OBJECTS = 300;

/** Opens everything in a file and reads the values of every dataset; returns how many objects there were. */
async function readAll(bytes: Uint8Array): Promise<number> {
  const file = await openHdf5(memorySource(bytes, 'mutated'));
  const waiting: Hdf5Object[] = [file.root];
  let objects = 0;
  for (let object = waiting.pop(); object && objects < MAX_OBJECTS; object = waiting.pop()) {
    objects++;
    const { dataset, path } = object;
    if (dataset?.kind === 'readable' && dataset.elementCount < 2 ** 20) {
      const values = await readTensor({ name: path, ...dataset });
      expect(values.length).toBe(dataset.elementCount);
    }
    for (const name of object.links.keys()) {
      const child = waiting.length < MAX_OBJECTS ? await file.open(object, name) : undefined;
      if (child) waiting.push(child);
    }
  }
  return objects;
}

it(`survives ${COUNT} mutated HDF5 files: objects, or one clear sentence`, {
  timeout: 1000 * COUNT,
}, async () => {
  const random = seeded(2026);
  const pick = () => files[Math.floor(random() * files.length)];
  let opened = 0;
  for (let round = 0; round < COUNT; round++) {
    const bytes = mutate(pick(), pick(), random);
    const start = performance.now();
    try {
      opened += Math.sign(await readAll(bytes));
    } catch (error) {
      if (!(error instanceof FormatError)) throw new Error(`round ${round}: ${(error as Error).stack}`);
    }
    expect(performance.now() - start, `round ${round}`).toBeLessThan(MAX_MS);
  }
  // A reader that refuses everything would pass, too.
  expect(opened).toBeGreaterThan(COUNT / 20);
});
