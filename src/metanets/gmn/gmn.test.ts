import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { memorySource, openModel } from '../../formats';
import { permuteBlockValues, randomSymmetry, readAllValues, seededRandom } from '../../graph';
import { openGraph, readFixture, relativeDifference } from '../../testing';
import { readCheckpoint } from '../checkpoint';
import { metanetInput } from '../input';
import { runGmn } from './gmn';
import { gmnWeights } from './weights';

const FOLDER = path.resolve(import.meta.dirname, '../../../training/fixtures');

/** PyTorch and the reference form the same float64 sums in another order. */
const FLOAT64_ROUNDING = 1e-6; // the edge inputs themselves are float32
/** float32 states: the bound that the page promises. */
const FLOAT32_ROUNDING = 1e-5;

interface Expected {
  outputs: number[];
  embedding: number[];
}

const expected = JSON.parse(fs.readFileSync(path.join(FOLDER, 'gmn.json'), 'utf8')) as Record<
  string,
  Expected
>;
const bytes = new Uint8Array(fs.readFileSync(path.join(FOLDER, 'gmn.safetensors')));
const weights = gmnWeights(await readCheckpoint(await openModel([memorySource(bytes, 'gmn.safetensors')])));

async function fixtureInput(name: string) {
  const { graph } = await openGraph(readFixture(`${name}.onnx`), name);
  return metanetInput(graph, await readAllValues(graph.blocks, graph.groups));
}

describe.each(Object.keys(expected))('GMN on %s', (name) => {
  it('computes what PyTorch computes', async () => {
    const input = await fixtureInput(name);
    const exact = runGmn(weights, input, { precision: 'float64' });
    expect(relativeDifference(exact.outputs, expected[name].outputs)).toBeLessThan(FLOAT64_ROUNDING);
    expect(relativeDifference(exact.embedding, expected[name].embedding)).toBeLessThan(FLOAT64_ROUNDING);
    const single = runGmn(weights, input, { precision: 'float32' });
    expect(relativeDifference(single.outputs, expected[name].outputs)).toBeLessThan(FLOAT32_ROUNDING);
  });

  it('does not move under a symmetry, and permutes its node states with it', async () => {
    const input = await fixtureInput(name);
    const { graph } = input;
    const permutation = randomSymmetry(graph, seededRandom(3));
    const values = graph.blocks.map((block, index) =>
      permuteBlockValues(block, graph, permutation, input.values[index]),
    );
    const before = runGmn(weights, input, { precision: 'float64' });
    const after = runGmn(weights, { ...input, values }, { precision: 'float64' });
    expect(relativeDifference(after.outputs, before.outputs)).toBeLessThan(FLOAT64_ROUNDING);
    const width = weights.width;
    const moved = before.nodes.slice();
    permutation.forEach((to, from) => {
      moved.set(before.nodes.subarray(from * width, (from + 1) * width), to * width);
    });
    expect(relativeDifference(after.nodes, moved)).toBeLessThan(FLOAT64_ROUNDING);
  });
});

describe('GMN under a permutation that is no symmetry', () => {
  it.each(['conv-norm.old', 'vision-transformer.new'])(
    'moves on %s when two input channels are exchanged',
    async (name) => {
      const input = await fixtureInput(name);
      const permutation = Int32Array.from({ length: input.graph.nodeCount }, (_, node) => node);
      const { first } = input.graph.groups.find(({ isInput }) => isInput) ?? { first: 0 };
      [permutation[first], permutation[first + 1]] = [first + 1, first];
      const values = input.graph.blocks.map((block, index) =>
        permuteBlockValues(block, input.graph, permutation, input.values[index]),
      );
      const before = runGmn(weights, input, { precision: 'float64' });
      const after = runGmn(weights, { ...input, values }, { precision: 'float64' });
      expect(relativeDifference(after.outputs, before.outputs)).toBeGreaterThan(1e-4);
    },
  );

  it('moves when queries are permuted without their keys', async () => {
    const input = await fixtureInput('encoder.old');
    const { graph } = input;
    const { first } = graph.groups.find(({ kind }) => kind === 'queryKey') ?? { first: 0 };
    const permutation = Int32Array.from({ length: graph.nodeCount }, (_, node) => node);
    [permutation[first], permutation[first + 1]] = [first + 1, first];
    const values = graph.blocks.map((block, index) =>
      block.kind === 'query' || block.kind === 'queryBias'
        ? permuteBlockValues(block, graph, permutation, input.values[index])
        : input.values[index],
    );
    const before = runGmn(weights, input, { precision: 'float64' });
    const after = runGmn(weights, { ...input, values }, { precision: 'float64' });
    expect(relativeDifference(after.outputs, before.outputs)).toBeGreaterThan(1e-4);
  });
});
