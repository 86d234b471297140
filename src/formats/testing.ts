/** Helpers shared by the tests of the readers: fixtures, and files that were damaged at random. Not part of the page. */
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { memorySource } from './byte-source';
import { FormatError } from './format-error';
import { openModel } from './open-model';
import { readTensor } from './tensor';

const FIXTURES = path.resolve(import.meta.dirname, '../../training/fixtures');

export function readFixtureFile(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(fs.readFileSync(path.join(FIXTURES, name)));
}

export function readFixtureJson<Content>(name: string): Content {
  return JSON.parse(fs.readFileSync(path.join(FIXTURES, name), 'utf8')) as Content;
}

export type Random = () => number;

/** Mulberry32: the same numbers on every run. */
export function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Flips bytes, cuts, repeats, splices another file in, writes a huge number, or moves bytes about. Half of the damage is
 * done to the first `headBytes`, where a file says what it holds.
 */
export function mutate(
  bytes: Uint8Array,
  other: Uint8Array,
  random: Random,
  headBytes = bytes.length,
): Uint8Array {
  const at = (length: number) => Math.floor(random() * length);
  const copy = new Uint8Array(bytes);
  const place = () => at(random() < 0.5 ? Math.min(headBytes, copy.length) : copy.length);
  switch (at(6)) {
    case 0:
      for (let flips = 1 + at(8); flips > 0; flips--) copy[place()] = at(256);
      return copy;
    case 1:
      return copy.subarray(0, place());
    case 2: {
      const start = place();
      return Uint8Array.from([...copy.subarray(0, start), ...copy.subarray(at(start + 1))]);
    }
    case 3: {
      const [from, to] = [at(other.length), place()];
      copy.set(other.subarray(from, from + Math.min(64, copy.length - to)), to);
      return copy;
    }
    case 4: {
      const start = place();
      copy.fill(0xff, start, start + 1 + at(8));
      return copy;
    }
    default: {
      const [from, to] = [place(), place()];
      copy.copyWithin(to, from, from + at(200));
      return copy;
    }
  }
}

/** Mutated files per run of the suite; METANET_FUZZ sets another number, for a long run by hand. */
export const mutations = (usual: number) => Number(process.env.METANET_FUZZ ?? usual);

/** No file may keep the page waiting for longer, whatever it claims. */
const MAX_MS = 2000;
/** Larger tensors are not read here, as the page reads them only when they are looked at. */
const MAX_READ_ELEMENTS = 2 ** 20;

/** Opens `count` damaged copies of `files` and reads their tensors: values, or one clear sentence. */
export async function expectToSurvive(
  files: readonly Uint8Array[],
  count: number,
  headBytes?: number,
): Promise<void> {
  const random = seeded(2026);
  const pick = () => files[Math.floor(random() * files.length)];
  let opened = 0;
  for (let round = 0; round < count; round++) {
    const bytes = mutate(pick(), pick(), random, headBytes);
    const start = performance.now();
    try {
      const model = await openModel([memorySource(bytes, 'mutated')]);
      opened++;
      for (const tensor of model.tensors.values()) {
        if (tensor.elementCount > MAX_READ_ELEMENTS) continue;
        const values = await readTensor(tensor);
        if (values.length !== tensor.elementCount)
          throw new Error(`"${tensor.name}" has ${values.length} values`);
      }
    } catch (error) {
      if (!(error instanceof FormatError)) throw new Error(`round ${round}: ${(error as Error).stack}`);
    }
    expect(performance.now() - start, `round ${round}`).toBeLessThan(MAX_MS);
  }
  // A reader that refuses everything would pass, too.
  expect(opened).toBeGreaterThan(count / 20);
}
