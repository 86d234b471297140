import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { forEachPair } from '../metanets/gmn/gmn';
import { fixtureNames, openGraph, readFixture } from '../testing';
import { BLOCK_WORDS, CHUNK_ROWS, CHUNK_WORDS, chunkTable, GROUP_WORDS, graphTables } from './tables';

const SHADERS = path.resolve(import.meta.dirname, '../../shaders');

/** Fields of a WGSL struct of scalars and arrays of scalars, with their sizes in words. */
function structFields(file: string, name: string): [string, number][] {
  const text = fs.readFileSync(path.join(SHADERS, file), 'utf8').replaceAll(/\/\/.*$/gm, '');
  const body = text.match(new RegExp(`struct ${name} \\{([^}]*)\\}`))?.[1] ?? '';
  return [...body.matchAll(/(\w+):\s*(?:u32|f32|array<u32,\s*(\d+)>)/g)].map(([, field, count]) => [
    field,
    Number(count ?? 1),
  ]);
}

const words = (fields: [string, number][]) => fields.reduce((total, [, count]) => total + count, 0);

describe('tables', () => {
  it('are laid out as the shaders read them', () => {
    const block = structFields('lib/blocks.wgsl', 'Block');
    expect(block.map(([field]) => field)).toEqual([
      ...['firstSource', 'firstTarget', 'sourcesPerTarget', 'targetsPerPart', 'targets', 'isDiagonal'],
      ...['firstPair', 'pairs', 'firstValue', 'taps', 'firstBasis', 'scale'],
    ]);
    expect(words(block)).toBe(BLOCK_WORDS);
    const group = structFields('gather-means.wgsl', 'Group');
    expect(group).toEqual([
      ['firstNode', 1],
      ['firstLink', 3],
      ['links', 3],
    ]);
    expect(words(group)).toBe(GROUP_WORDS);
    expect(words(structFields('lib/blocks.wgsl', 'Chunk'))).toBe(CHUNK_WORDS);
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
    expect([...chunks]).toEqual(expected.flatMap((row) => [...row, 0]));
  });

  /** The arithmetic of lib/blocks.wgsl, in the same words. */
  const endsInShader = (block: Uint32Array, local: number) => {
    const [firstSource, firstTarget, sourcesPerTarget, targetsPerPart, , isDiagonal] = block;
    const target = Math.floor(local / sourcesPerTarget);
    const part = Math.floor(target / targetsPerPart);
    const source = isDiagonal ? target : part * sourcesPerTarget + (local % sourcesPerTarget);
    return [firstSource + source, firstTarget + target];
  };

  it.each(fixtureNames())('give every pair of %s the ends that the reference gives it', async (name) => {
    const { graph } = await openGraph(readFixture(`${name}.onnx`), name);
    const { blocks } = graphTables(graph, new Float32Array(graph.blocks.length));
    graph.blocks.forEach((block, index) => {
      const row = blocks.subarray(index * BLOCK_WORDS, (index + 1) * BLOCK_WORDS);
      forEachPair(block, graph, (pair, source, target) => {
        expect(endsInShader(row, pair - block.firstPair)).toEqual([source, target]);
      });
    });
  });
});
