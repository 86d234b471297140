/** A node's update in one round, and one hidden unit of it, as the rows that the panel prints: every block adds up as printed. */
import type { GraphShape } from '../../../graph';
import { type Heard, nodeUpdate, unitSum } from '../../../metanets/gmn/trace-update';
import type { NetworkTrace } from '../../../tasks';
import { decimalsFor, printedSum, rounded } from './printed-sum';

/** What is followed: one channel of one node through one round (0 … L − 1). */
export interface Followed {
  readonly node: number;
  readonly round: number;
  readonly channel: number;
}

/** `node`, `unit`: what the row is about; none where it stands for several. */
export interface Row {
  readonly label: string;
  readonly value: number;
  readonly node?: number;
  readonly unit?: number;
  /** Parts that add up to this row. */
  readonly parts?: readonly Row[];
}

export interface UpdateRows {
  readonly decimals: number;
  /** before + step = after */
  readonly before: number;
  readonly step: number;
  readonly after: number;
  /** They add up to `step`. */
  readonly units: readonly Row[];
}

export interface UnitRows {
  /** They add up to `sum`. */
  readonly parts: readonly Row[];
  readonly sum: number;
  readonly activation: number;
  readonly weight: number;
}

const LISTED_UNITS = 4;
const LISTED_NEIGHBOURS = 4;

/** The first `count` of a list by themselves and the rest as one row; all, where the rest would be a single one. */
function listed<T extends { readonly value: number }>(
  list: readonly T[],
  count: number,
  rowOf: (entry: T) => Row,
): Row[] {
  if (list.length <= count + 1) return list.map(rowOf);
  const rest = list.slice(count);
  const value = rest.reduce((sum, entry) => sum + entry.value, 0);
  return [...list.slice(0, count).map(rowOf), { label: `and ${rest.length} others`, value }];
}

/** The rows with their values rounded so that they add up to a total that is rounded already. */
function addingUp(rows: readonly Row[], total: number, decimals: number): Row[] {
  const values = printedSum(
    rows.map(({ value }) => value),
    total,
    decimals,
  );
  return rows.map((row, index) => ({ ...row, value: values[index] }));
}

export function updateRows(trace: NetworkTrace, { node, round, channel }: Followed): UpdateRows {
  const { before, after, bias, units } = nodeUpdate(trace.rounds[round], trace, node, round, channel);
  const decimals = decimalsFor(after - before);
  const [printedBefore, step] = printedSum([before, after - before], after, decimals);
  const rows = listed(units, LISTED_UNITS, ({ unit, value }) => ({
    label: `hidden unit ${unit + 1}`,
    value,
    unit,
  }));
  return {
    decimals,
    before: printedBefore,
    step,
    after: rounded(after, decimals),
    units: addingUp([...rows, { label: 'bias', value: bias }], step, decimals),
  };
}

/** What a kind of edges is called, by its number (KINDS in src/metanets/gmn/gmn.ts). */
const HEARD = ['weights into it', 'biases, norms and sums into it', 'edges out of it'] as const;

/** `nameOf`: what a neighbour is called. */
export function unitRows(
  trace: NetworkTrace,
  graph: GraphShape,
  followed: Followed,
  unit: number,
  decimals: number,
  nameOf: (node: number) => string,
): UnitRows {
  const sums = unitSum(trace.rounds[followed.round], graph, trace, followed, unit);
  const sum = rounded(sums.sum, decimals);
  const heardRow = ({ count, total, shares }: Heard, kind: number): Row => {
    const label =
      count === 1 ? `the message over ${HEARD[kind]}` : `mean of ${count} messages: ${HEARD[kind]}`;
    const parts =
      shares &&
      listed(shares, LISTED_NEIGHBOURS, ({ neighbour, value }) => ({
        label: nameOf(neighbour),
        value,
        node: neighbour,
      }));
    return { label, value: total, ...(parts && { parts }) };
  };
  const rows = [
    { label: 'bias', value: sums.bias },
    { label: 'its own state, normed', value: sums.own },
    ...sums.heard.map(heardRow).filter((_, kind) => sums.heard[kind].count > 0),
  ];
  const parts = addingUp(rows, sum, decimals).map((row) =>
    row.parts ? { ...row, parts: addingUp(row.parts, row.value, decimals) } : row,
  );
  return {
    parts,
    sum,
    activation: rounded(sums.activation, decimals),
    weight: rounded(sums.weight, decimals),
  };
}
