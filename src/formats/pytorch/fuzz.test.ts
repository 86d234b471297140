import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { memorySource } from '../byte-source';
import { FormatError } from '../format-error';
import { openModel } from '../open-model';
import { readTensor } from '../tensor';

/** Mutated files per run of the suite; METANET_FUZZ sets another number, for a long run by hand. */
const MUTATIONS = Number(process.env.METANET_FUZZ ?? 4000);
/** No file may keep the page waiting for longer, whatever it claims. */
const MAX_MS = 2000;
/** Larger tensors are not read here, as the page reads them only when they are looked at. */
const MAX_READ_ELEMENTS = 2 ** 20;

const FOLDER = path.resolve(import.meta.dirname, '../../../training/fixtures/pytorch');

type Random = () => number;

/** Mulberry32: the same mutations on every run. */
function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Flips bytes, cuts, repeats, splices another file in, writes a huge number, or moves bytes about. */
function mutate(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const at = (length: number) => Math.floor(random() * length);
  const copy = new Uint8Array(bytes);
  switch (at(6)) {
    case 0:
      for (let flips = 1 + at(8); flips > 0; flips--) copy[at(copy.length)] = at(256);
      return copy;
    case 1:
      return copy.subarray(0, at(copy.length));
    case 2: {
      const start = at(copy.length);
      return Uint8Array.from([...copy.subarray(0, start), ...copy.subarray(at(start + 1))]);
    }
    case 3: {
      const [from, to] = [at(other.length), at(copy.length)];
      copy.set(other.subarray(from, from + Math.min(64, copy.length - to)), to);
      return copy;
    }
    case 4: {
      const start = at(copy.length);
      copy.fill(0xff, start, start + 1 + at(8));
      return copy;
    }
    default: {
      const [from, to] = [at(copy.length), at(copy.length)];
      copy.copyWithin(to, from, from + at(200));
      return copy;
    }
  }
}

const files = fs
  .readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(pt|pth|pkl)$/.test(name))
  .map((name) => new Uint8Array(fs.readFileSync(path.join(FOLDER, name))));

it(`survives ${MUTATIONS} mutated PyTorch files: tensors, or one clear sentence`, {
  timeout: 1000 * MUTATIONS,
}, async () => {
  const random = seeded(2026);
  const pick = () => files[Math.floor(random() * files.length)];
  let opened = 0;
  for (let round = 0; round < MUTATIONS; round++) {
    const bytes = mutate(pick(), pick(), random);
    const start = performance.now();
    try {
      const model = await openModel([memorySource(bytes, 'mutated.pth')]);
      opened++;
      for (const tensor of model.tensors.values()) {
        if (tensor.elementCount > MAX_READ_ELEMENTS) continue;
        const values = await readTensor(tensor);
        expect(values.length, `round ${round}`).toBe(tensor.elementCount);
      }
    } catch (error) {
      if (!(error instanceof FormatError))
        throw new Error(`round ${round}: ${String((error as Error).stack)}`);
    }
    expect(performance.now() - start, `round ${round}`).toBeLessThan(MAX_MS);
  }
  // A reader that refuses everything would pass, too.
  expect(opened).toBeGreaterThan(MUTATIONS / 20);
});
