import { describe, expect, it } from 'vitest';
import { OwnThread, traceOnCpu } from '../../../engine';
import { gmnWeights } from '../../../metanets/gmn';
import { traceGmn } from '../../../metanets/gmn/trace';
import { hearingsOf } from '../../../metanets/gmn/trace-messages';
import { networkTrace } from '../../../tasks/trace';
import { fixtureInput, metanetFixture } from '../../../testing';
import { type Row, unitRows, updateRows } from './update-rows';

const weights = gmnWeights(await metanetFixture('gmn'));
const input = await fixtureInput('conv-norm.old');
const { graph } = input;
const EVERYTHING = { budgetBytes: Number.POSITIVE_INFINITY };

const traces = {
  'the reference, in float64': networkTrace(weights, traceGmn(weights, input, 'float64')),
  'the buffers of the engine': networkTrace(
    weights,
    await traceOnCpu(weights, input, [new OwnThread()], EVERYTHING, true),
  ),
};

describe.each(Object.entries(traces))('what is printed of %s', (_, trace) => {
  it('adds up to the last digit, from every neighbour to the new state', () => {
    for (let node = 0; node < graph.nodeCount; node += 3) {
      for (let round = 0; round < weights.rounds.length; round++) {
        const followed = { node, round, channel: (node + round) % weights.width };
        const { decimals, before, step, after, units } = updateRows(trace, followed);
        const inUnits = (values: readonly number[]) =>
          values.reduce((sum, value) => sum + Math.round(value * 10 ** decimals), 0);
        const total = (rows: readonly Row[]) => inUnits(rows.map(({ value }) => value));
        expect(inUnits([before, step])).toBe(inUnits([after]));
        expect(total(units)).toBe(inUnits([step]));
        const of = unitRows(trace, graph, followed, units[0].unit ?? 0, decimals, String);
        expect(total(of.parts)).toBe(inUnits([of.sum]));
        for (const row of of.parts) if (row.parts) expect(total(row.parts)).toBe(inUnits([row.value]));
        // Numbers of one place more or less are roundings, not other numbers.
        const product = of.activation * of.weight;
        const place = 10 ** -decimals;
        expect(Math.abs(product - units[0].value)).toBeLessThan(
          place * (1.5 + Math.abs(of.activation) + Math.abs(of.weight)),
        );
      }
    }
  });

  it('names the neighbours that say most, and how many others there are', () => {
    const weightsInto = (node: number) => hearingsOf(graph, node).filter(({ kind }) => kind === 0).length;
    const nodes = Array.from({ length: graph.nodeCount }, (_node, index) => index);
    const node = nodes.reduce((most, one) => (weightsInto(one) > weightsInto(most) ? one : most));
    const sources = weightsInto(node);
    expect(sources).toBeGreaterThan(5);
    const { parts } = unitRows(trace, graph, { node, round: 0, channel: 0 }, 0, 4, (one) => `#${one}`);
    const heard = parts.find(({ label }) => label.includes('weights into it'));
    expect(heard?.label).toBe(`mean of ${sources} messages: weights into it`);
    expect(heard?.parts?.length).toBe(5);
    expect(heard?.parts?.at(-1)?.label).toBe(`and ${sources - 4} others`);
    expect(heard?.parts?.[0].label).toBe(`#${heard?.parts?.[0].node}`);
  });
});
