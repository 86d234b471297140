import { describe, expect, it } from 'vitest';
import { incomingKind, OUTGOING, runGmn } from '../../metanets/gmn/gmn';
import { traceGmn } from '../../metanets/gmn/trace';
import { type Hearing, hearingsOf } from '../../metanets/gmn/trace-messages';
import { largestChange, nodeUpdate, unitSum } from '../../metanets/gmn/trace-update';
import { gmnWeights } from '../../metanets/gmn/weights';
import { forEachPair } from '../../metanets/pairs';
import { fixtureInput, metanetFixture } from '../../testing';
import { difference, GRAPHS, randomWeights } from '../random-graphs';
import { randomInput } from '../synthetic-graphs';
import { readoutLogit } from './testing';

/** What is printed adds up: sums of a few thousand float64 numbers. */
const ADDS_UP = 1e-6;

const trained = gmnWeights(await metanetFixture('gmn'));

describe('a trace', () => {
  it.each(Object.keys(GRAPHS))('ends where the run does, on: %s', (name) => {
    const weights = randomWeights(16, 3);
    const input = randomInput(GRAPHS[name], 1);
    const trace = traceGmn(weights, input, 'float64');
    const { nodes, pairs, read } = trace;
    const run = runGmn(weights, input, { precision: 'float64' });
    expect([nodes.length, pairs?.length, read.length]).toEqual([4, 4, 3]);
    expect(nodes[3]).toEqual(run.nodes);
    expect(readoutLogit(trace)).toBeCloseTo(run.outputs[0], 12);
  });
});

describe('the edges of a node', () => {
  it.each(Object.keys(GRAPHS))('are those of the graph, on: %s', (name) => {
    const graph = GRAPHS[name];
    const expected = Array.from({ length: graph.nodeCount }, (): Hearing[] => []);
    for (const block of graph.blocks) {
      forEachPair(block, graph, (pair, source, target) => {
        expected[target].push({ pair, neighbour: source, kind: incomingKind(block) });
        expected[source].push({ pair, neighbour: target, kind: OUTGOING });
      });
    }
    const sorted = (list: Hearing[]) => list.sort((a, b) => a.pair - b.pair || a.kind - b.kind);
    expected.forEach((list, node) => {
      expect(sorted(hearingsOf(graph, node))).toEqual(sorted(list));
    });
  });
});

describe('the update of a node', () => {
  const networks = Object.keys(GRAPHS).map((name) => ({
    name,
    weights: randomWeights(16, 2),
    input: async () => randomInput(GRAPHS[name], 2),
  }));
  const fixtures = ['conv-norm.old', 'vision-transformer.new'].map((name) => ({
    name,
    weights: trained,
    input: () => fixtureInput(name),
  }));

  it.each([...networks, ...fixtures])('adds up from neighbours to state, on: $name', async (network) => {
    const { weights } = network;
    const input = await network.input();
    const { graph } = input;
    const trace = traceGmn(weights, input, 'float64');
    const total = (list: readonly { readonly value: number }[]) =>
      list.reduce((sum, { value }) => sum + value, 0);
    for (const [round, ofRound] of weights.rounds.entries()) {
      for (const { first, count } of graph.groups) {
        const node = first + Math.floor(count / 2);
        const channel = largestChange(trace, weights.width, node, round);
        const update = nodeUpdate(ofRound, trace, node, round, channel);
        expect(difference([update.before + update.bias + total(update.units)], [update.after])).toBeLessThan(
          ADDS_UP,
        );
        const [{ unit, value }] = update.units;
        const sum = unitSum(ofRound, graph, trace, { node, round, channel }, unit);
        expect(difference([sum.weight * sum.activation], [value])).toBeLessThan(ADDS_UP);
        const magnitude = Math.max(Math.abs(sum.sum), ...sum.heard.map((heard) => Math.abs(heard.total)));
        for (const { shares, total: ofKind, count: edges } of sum.heard) {
          expect(shares?.length).toBe(edges);
          expect(Math.abs(total(shares ?? []) - ofKind)).toBeLessThan(ADDS_UP * magnitude);
        }
      }
    }
  });

  it('lists the largest shares first, and a neighbour that is changed changes its own share only', async () => {
    const input = await fixtureInput('conv-norm.old');
    const { graph } = input;
    const trace = traceGmn(trained, input, 'float64');
    const block = graph.blocks.find(({ pattern, pairCount }) => pattern === 'dense' && pairCount > 20);
    const node = graph.groups[block?.target ?? 0].first;
    const of = (changed: typeof trace) =>
      unitSum(trained.rounds[0], graph, changed, { node, round: 0, channel: 0 }, 3).heard[0].shares ?? [];
    const before = of(trace);
    expect(before).toEqual([...before].sort((a, b) => Math.abs(b.value) - Math.abs(a.value)));
    const [first] = trace.pairs ?? [];
    const pairs = [first.slice()];
    pairs[0][before[1].pair * trained.width] += 1;
    const after = new Map(of({ ...trace, pairs }).map(({ pair, value }) => [pair, value]));
    const moved = before.filter(({ pair, value }) => after.get(pair) !== value);
    expect(moved).toEqual([before[1]]);
  });
});
