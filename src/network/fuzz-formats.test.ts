import { expect, it } from 'vitest';
import { FormatError, memorySource, openModel } from '../formats';
import { mutate, mutations, readFixtureFile, readFixtureJson, seeded } from '../formats/testing';
import { buildGraph } from '../graph';
import { readNetwork, UnsupportedModelError } from '.';

/** No file may keep the page waiting for longer, whatever it claims. */
const MAX_MS = 2000;
const COUNT = mutations(1500);

const fixtures = (folder: string, names: string) =>
  Object.keys(readFixtureJson<object>(`${folder}/${names}.json`)).map((name) =>
    readFixtureFile(`${folder}/${name}.${folder}`),
  );

/** Files, and how many of their first bytes say what they hold. */
const FORMATS: readonly [string, Uint8Array[], number | undefined][] = [
  ['TensorFlow Lite', fixtures('tflite', 'expected'), undefined],
  ['GGUF', fixtures('gguf', 'names'), 2000],
];

it.each(FORMATS)(
  `%s: survives ${COUNT} mutated files: a graph, or one clear sentence`,
  {
    timeout: 1000 * COUNT,
  },
  async (_, files, headBytes) => {
    const random = seeded(2026);
    const pick = () => files[Math.floor(random() * files.length)];
    for (let round = 0; round < COUNT; round++) {
      const bytes = mutate(pick(), pick(), random, headBytes);
      const start = performance.now();
      try {
        buildGraph(await readNetwork(await openModel([memorySource(bytes, 'mutated')])));
      } catch (error) {
        const isTyped = error instanceof FormatError || error instanceof UnsupportedModelError;
        if (!isTyped) throw new Error(`round ${round}: ${String((error as Error).stack)}`);
      }
      expect(performance.now() - start, `round ${round}`).toBeLessThan(MAX_MS);
    }
  },
);
