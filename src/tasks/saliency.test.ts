import { describe, expect, it } from 'vitest';
import { OwnThread } from '../engine';
import { isWeightBlock, seededRandom } from '../graph';
import { gmnWeights, runGmn } from '../metanets/gmn';
import { gmnGradient } from '../metanets/gmn/gradient';
import type { MetanetInput } from '../metanets/input';
import { holdsParameters } from '../metanets/parameters';
import { fixtureInput, metanetFixture, permutedInput, relativeDifference } from '../testing';
import { deletionTest } from './deletion-test';
import { AccuracyPredictor, NotPredictableError } from './predict-accuracy';
import { saliencyOf, strongestEdges } from './saliency';

const weights = gmnWeights(await metanetFixture('gmn'));
const saliency = (input: MetanetInput) =>
  saliencyOf(input.graph, input.values, gmnGradient(weights, input, 'float64'));
const total = (numbers: ArrayLike<number>) => Array.from(numbers).reduce((sum, number) => sum + number, 0);

describe('saliency', () => {
  it('is the slope of the logit when a parameter shrinks', async () => {
    const input = await fixtureInput('conv-norm.old');
    const { edges, logit } = saliency(input);
    const [strongest] = strongestEdges(input.graph, edges, 1);
    const values = input.values.map((part) => part.slice());
    const shrink = 2 ** -8;
    values[strongest.block][strongest.edge] *= 1 - shrink;
    const moved = runGmn(weights, { ...input, values }, { precision: 'float64' }).outputs[0];
    expect((logit - moved) / shrink / strongest.saliency).toBeCloseTo(1, 1);
  });

  it.each(['residual.old', 'encoder.old', 'grouped.new'])(
    'is summed by neuron and by layer without loss, and is 0 where there is no parameter: %s',
    async (name) => {
      const input = await fixtureInput(name);
      const { edges, neurons, layers } = saliency(input);
      const all = edges.flatMap((part) => Array.from(part));
      const magnitude = total(all.map(Math.abs));
      expect(magnitude).toBeGreaterThan(0);
      for (const sums of [neurons, layers]) {
        expect(total(sums.magnitude) / magnitude).toBeCloseTo(1, 10);
        expect(total(sums.net) / magnitude).toBeCloseTo(total(all) / magnitude, 10);
      }
      input.graph.blocks.forEach((block, index) => {
        if (!holdsParameters(block)) expect(edges[index].every((value) => value === 0)).toBe(true);
      });
    },
  );

  it('of a neuron moves with it', async () => {
    const input = await fixtureInput('conv-norm.old');
    const { graph } = input;
    const group = graph.groups.find(({ isInput, isOutput, count }) => !isInput && !isOutput && count > 1)!;
    const permutation = Int32Array.from({ length: graph.nodeCount }, (_, node) => node);
    [permutation[group.first], permutation[group.first + 1]] = [group.first + 1, group.first];
    const before = saliency(input).neurons.magnitude;
    const after = saliency(permutedInput(input, permutation)).neurons.magnitude;
    expect(after[group.first] / before[group.first + 1]).toBeCloseTo(1, 5);
    expect(before[group.first] / before[group.first + 1]).not.toBeCloseTo(1, 5);
  });
});

describe('a predictor', () => {
  const options = { budgetBytes: Number.POSITIVE_INFINITY };
  const open = async () =>
    new AccuracyPredictor(await metanetFixture('gmn'), { kind: 'cpu', threads: [new OwnThread()] });

  it('gives the saliency of the network that it is asked about', async () => {
    const input = await fixtureInput('conv-norm.old');
    const expected = saliency(input);
    const actual = await (await open()).saliency(input.graph, input.values, options);
    const flat = ({ edges }: typeof actual) => edges.flatMap((part) => Array.from(part));
    expect(relativeDifference(flat(actual), flat(expected))).toBeLessThan(1e-5);
    expect(relativeDifference(actual.neurons.net, expected.neurons.net)).toBeLessThan(1e-5);
  });

  it('refuses a network with weights that are not finite', async () => {
    const { graph, values } = await fixtureInput('conv-norm.old');
    const broken = values.map((part) => part.slice());
    broken[0][0] = Number.NaN;
    await expect((await open()).saliency(graph, broken, options)).rejects.toThrow(NotPredictableError);
  });
});

describe('strongest edges', () => {
  it('are the largest magnitudes in order, of equal ones the first', async () => {
    const { graph } = await fixtureInput('mlp.old');
    const edges = graph.blocks.map(({ edgeCount }) => new Float32Array(edgeCount).fill(0.5));
    edges[0].set([-3, 1, 2], 2);
    expect(strongestEdges(graph, edges, 5)).toEqual([
      { block: 0, edge: 2, saliency: -3 },
      { block: 0, edge: 4, saliency: 2 },
      { block: 0, edge: 3, saliency: 1 },
      { block: 0, edge: 0, saliency: 0.5 },
      { block: 0, edge: 1, saliency: 0.5 },
    ]);
    expect(strongestEdges(graph, edges, 0)).toEqual([]);
    const all = strongestEdges(graph, edges, Number.POSITIVE_INFINITY);
    expect(all.length).toBe(
      total(edges.filter((_, b) => holdsParameters(graph.blocks[b])).map((p) => p.length)),
    );
    const [first] = strongestEdges(
      graph,
      edges,
      1,
      (block) => !isWeightBlock(block) && holdsParameters(block),
    );
    expect(isWeightBlock(graph.blocks[first.block])).toBe(false);
  });
});

describe('the deletion test', () => {
  it('sets as many weights to zero as it says, those that are named first', async () => {
    const { graph, values } = await fixtureInput('conv-norm.old');
    const ones = values.map((part) => new Float32Array(part.length).fill(1));
    const edges = values.map((part) => Float32Array.from(part, (_, edge) => edge));
    const seen: number[][] = [];
    const predict = async (networks: readonly (readonly Float32Array[])[]) => {
      for (const network of networks)
        seen.push(network.map((part) => part.filter((value) => value === 0).length));
      return networks.map((_, index) => index);
    };
    const options = { share: 0.05, draws: 3, random: seededRandom(1) };
    const { removed, moved, movedAtRandom } = await deletionTest(graph, ones, [edges], predict, options);
    const count = total(graph.blocks.filter(isWeightBlock).map(({ edgeCount }) => edgeCount));
    expect(removed).toBe(Math.round(0.05 * count));
    expect(seen.map((zeros) => total(zeros))).toEqual([0, removed, removed, removed, removed]);
    graph.blocks.forEach((block, index) => {
      if (!isWeightBlock(block)) expect(seen.every((zeros) => zeros[index] === 0)).toBe(true);
    });
    expect(moved.length).toBe(1);
    expect(moved[0]).toBeCloseTo(1 / (1 + Math.exp(-1)) - 0.5);
    expect(movedAtRandom.length).toBe(3);
  });
});
