import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { forEachPair } from '../metanets/pairs';
import { fixtureNames, openGraph, readFixture } from '../testing';
import { cutIntoBands } from './bands';
import {
  BAND_WORDS,
  CHUNK_ROWS,
  CHUNK_WORDS,
  chunkTable,
  cutIntoStrips,
  GROUP_WORDS,
  stripTables,
} from './tables';

const SHADERS = path.resolve(import.meta.dirname, '../../shaders');

/** Fields of a WGSL struct of scalars and arrays of scalars, with their sizes in words. */
function structFields(file: string, name: string): [string, number][] {
  const text = fs.readFileSync(path.join(SHADERS, file), 'utf8').replaceAll(/\/\/.*$/gm, '');
  const body = text.match(new RegExp(`struct ${name} \\{([^}]*)\\}`))?.[1] ?? '';
  return [...body.matchAll(/(\w+):\s*(?:u32|f32|array<[uf]32,\s*(\d+)>)/g)].map(([, field, count]) => [
    field,
    Number(count ?? 1),
  ]);
}

const words = (fields: [string, number][]) => fields.reduce((total, [, count]) => total + count, 0);

describe('tables', () => {
  it('are laid out as the shaders read them', () => {
    const band = structFields('lib/bands.wgsl', 'Band');
    expect(band.map(([field]) => field)).toEqual([
      ...['firstSource', 'firstTarget', 'sources', 'targets', 'isDiagonal'],
      ...['firstPair', 'firstSum', 'firstValue', 'taps', 'scale'],
    ]);
    expect(words(band)).toBe(BAND_WORDS);
    const group = structFields('lib/groups.wgsl', 'Group');
    expect(group).toEqual([
      ['firstLink', 3],
      ['links', 3],
      ['edges', 3],
    ]);
    expect(words(group)).toBe(GROUP_WORDS);
    expect(words(structFields('lib/bands.wgsl', 'Chunk'))).toBe(CHUNK_WORDS);
  });

  it.each([
    [[0], []],
    [[1], [[0, 0, 1]]],
    [
      [CHUNK_ROWS + 1, 3],
      [
        [0, 0, CHUNK_ROWS],
        [0, CHUNK_ROWS, 1],
        [1, CHUNK_ROWS + 1, 3],
      ],
    ],
  ])('cut segments of %j rows into chunks that never cross a segment', (counts, expected) => {
    let first = 0;
    const segments = counts.map((count) => {
      first += count;
      return { first: first - count, count };
    });
    const { chunks, count } = chunkTable(segments);
    expect(count).toBe(expected.length);
    expect([...chunks]).toEqual(expected.flatMap((row) => [...row, row[0]]));
  });

  /** The arithmetic of lib/bands.wgsl, in the same words. */
  const endsInShader = (band: Uint32Array, local: number) => {
    const [firstSource, firstTarget, sources, , isDiagonal] = band;
    const target = Math.floor(local / sources);
    return [firstSource + (isDiagonal ? target : local % sources), firstTarget + target];
  };

  it.each(fixtureNames())('give every pair of %s the ends that the reference gives it', async (name) => {
    const { graph } = await openGraph(readFixture(`${name}.onnx`), name);
    const limits = { pairs: 1000, edges: 9000 };
    const ends = graph.blocks.map(() => new Map<number, number[]>());
    for (const strip of cutIntoStrips(cutIntoBands(graph), graph, limits)) {
      const scales = new Float32Array(graph.blocks.length);
      const { bands } = stripTables(strip, graph, scales, 'split');
      strip.bands.forEach(({ block, pairCount, firstPair }, index) => {
        const row = bands.subarray(index * BAND_WORDS, (index + 1) * BAND_WORDS);
        expect(row[5]).toBe(firstPair - strip.firstPair);
        for (let local = 0; local < pairCount; local++)
          ends[block].set(firstPair + local, endsInShader(row, local));
      });
    }
    graph.blocks.forEach((block, index) => {
      const expected = new Map<number, number[]>();
      forEachPair(block, graph, (pair, source, target) => {
        expected.set(pair, [source, target]);
      });
      expect(ends[index]).toEqual(expected);
    });
  });
});
