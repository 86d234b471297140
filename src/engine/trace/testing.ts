/** How tests hold a trace to the reference, and to itself. */
import type { GraphShape } from '../../graph';
import type { GmnWeights } from '../../metanets/gmn';
import type { GmnTrace } from '../../metanets/gmn/trace';
import { largestChange, nodeUpdate, unitSum } from '../../metanets/gmn/trace-update';
import { difference } from '../random-graphs';

/** Largest relative difference of any of a trace's tables from the reference's. NaN where one has others. */
export function traceDifference(actual: GmnTrace, expected: GmnTrace): number {
  const tables = ({ nodes, pairs, read, readout }: GmnTrace) => [
    ...nodes,
    ...(pairs ?? []),
    ...read,
    readout.map(({ logit }) => logit),
  ];
  const [own, wanted] = [tables(actual), tables(expected)];
  if (own.some((table, index) => table.length !== wanted[index]?.length)) return Number.NaN;
  return Math.max(...wanted.map((table, index) => difference(own[index], table)));
}

/** What all parts of the readout come to: the logit of the accuracy. */
export const readoutLogit = ({ readout }: GmnTrace) => readout.reduce((total, { logit }) => total + logit, 0);

/**
 * How far the sums of the updates of a node of every group are from what the trace says they come to: of its state, and of
 * what it heard. Relative to the sum of the magnitudes of all products, as rounding is.
 */
export function updateGap(weights: GmnWeights, graph: GraphShape, trace: GmnTrace): number {
  let gap = 0;
  const sumOf = (terms: readonly number[]) => terms.reduce((all, term) => all + term, 0);
  const compare = (terms: readonly number[], total: number, magnitude = sumOf(terms.map(Math.abs))) => {
    gap = Math.max(gap, Math.abs(sumOf(terms) - total) / (magnitude || 1));
  };
  const values = (list: readonly { readonly value: number }[]) => list.map(({ value }) => value);
  weights.rounds.forEach((ofRound, round) => {
    for (const { first, count } of graph.groups) {
      const node = first + Math.floor(count / 2);
      const channel = largestChange(trace, weights.width, node, round);
      const { before, bias, units, after } = nodeUpdate(ofRound, trace, node, round, channel);
      compare([before, bias, ...values(units)], after);
      const [{ unit }] = units;
      const sum = unitSum(ofRound, graph, trace, { node, round, channel }, unit);
      const { weight, inputs } = ofRound.nodeHidden;
      const products = Array.from(
        { length: inputs },
        (_, k) => weight[unit * inputs + k] * trace.read[round][node * inputs + k],
      );
      const magnitude = sumOf(products.map(Math.abs));
      for (const { shares, total } of sum.heard) compare(values(shares ?? []), total, magnitude);
    }
  });
  return gap;
}
