/** A sum as a table: parts, their own parts, and what they come to. */
import { Fragment } from 'react';
import { printed } from './printed-sum';
import type { Row } from './update-rows';

interface SumTableProps {
  readonly caption: string;
  readonly decimals: number;
  readonly rows: readonly Row[];
  readonly total: Row;
  /** The hidden unit that is looked into, where rows are units that one may choose. */
  readonly chosen?: number;
  readonly onUnit?: (unit: number) => void;
  readonly onNode?: (node: number) => void;
}

export function SumTable({ caption, decimals, rows, total, ...choices }: SumTableProps) {
  return (
    <table className="sum">
      <caption>{caption}</caption>
      <colgroup>
        <col />
        <col className="number" />
        <col className="number" />
      </colgroup>
      <tbody>
        {rows.map((row, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: neighbours may come twice, over different edges
          <Fragment key={index}>
            <SumRow row={row} decimals={decimals} {...choices} />
            {row.parts?.map((part, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: as above
              <SumRow key={place} row={part} decimals={decimals} isPart {...choices} />
            ))}
          </Fragment>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row" colSpan={2}>
            {total.label}
          </th>
          <td>{printed(total.value, decimals)}</td>
        </tr>
      </tfoot>
    </table>
  );
}

/** Longer names are cut in front: their last part says which layer it is. */
const MAX_LETTERS = 20;
const shortened = (label: string) =>
  label.length > MAX_LETTERS ? `…${label.slice(label.length - MAX_LETTERS)}` : label;

interface SumRowProps extends Pick<SumTableProps, 'decimals' | 'chosen' | 'onUnit' | 'onNode'> {
  readonly row: Row;
  readonly isPart?: boolean;
}

/** The numbers of parts stand in a column of their own: those of each column add up. */
function SumRow({ row, decimals, isPart = false, chosen, onUnit, onNode }: SumRowProps) {
  const { label, value, unit, node } = row;
  const number = printed(value, decimals, true);
  const isChoice = unit !== undefined && onUnit !== undefined;
  const leadsOn = node !== undefined && onNode !== undefined;
  return (
    <tr className={isPart ? 'part' : undefined}>
      <th scope="row" colSpan={isPart ? 1 : 2}>
        {isChoice && (
          <button type="button" aria-pressed={unit === chosen} onClick={() => onUnit(unit)}>
            {label}
          </button>
        )}
        {leadsOn && (
          <button type="button" title={`Go to ${label}`} onClick={() => onNode(node)}>
            {shortened(label)}
          </button>
        )}
        {!isChoice && !leadsOn && label}
      </th>
      <td>{number}</td>
      {isPart && <td />}
    </tr>
  );
}
