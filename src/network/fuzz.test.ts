import { expect, it } from 'vitest';
import { FormatError, memorySource, openModel } from '../formats';
import { buildGraph, type Random, seededRandom } from '../graph';
import { fixtureNames, readFixture } from '../testing';
import { readNetwork, UnsupportedModelError } from '.';

/** Mutated files per run of the suite. */
const MUTATIONS = 3000;
/** No file may keep the page waiting for longer, whatever it claims. */
const MAX_MS = 2000;

/** Flips bytes, cuts, repeats, splices another file in, or writes a huge varint. */
function mutate(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const at = (length: number) => Math.floor(random() * length);
  const copy = new Uint8Array(bytes);
  switch (at(5)) {
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
      const start = at(other.length);
      copy.set(other.subarray(start, start + Math.min(64, copy.length)).subarray(0, copy.length), 0);
      return copy;
    }
    default: {
      const start = at(copy.length);
      copy.fill(0xff, start, start + 5);
      copy[start + 5] = 0x7f;
      return copy;
    }
  }
}

it(`survives ${MUTATIONS} mutated files: a graph, or one clear sentence`, { timeout: 120_000 }, async () => {
  const files = fixtureNames().map((name) => readFixture(`${name}.onnx`));
  const random = seededRandom(2026);
  const pick = () => files[Math.floor(random() * files.length)];
  for (let round = 0; round < MUTATIONS; round++) {
    const bytes = mutate(pick(), pick(), random);
    const start = performance.now();
    try {
      buildGraph(await readNetwork(await openModel([memorySource(bytes, 'mutated.onnx')])));
    } catch (error) {
      const isTyped = error instanceof FormatError || error instanceof UnsupportedModelError;
      if (!isTyped) throw new Error(`round ${round}: ${String((error as Error).stack)}`);
    }
    expect(performance.now() - start, `round ${round}`).toBeLessThan(MAX_MS);
  }
});
