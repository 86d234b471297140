/** The columns of a person's own networks. */
import { max, scaleLinear } from 'd3';
import { formatCount } from '../format';
import type { Column } from './DataTable';
import type { RankedRow } from './ranked-rows';
import { signedPoints } from './zoo-columns';

const percent = (share: number) => (100 * share).toFixed(1);

const verdictOf = ({ result }: RankedRow) => (result.kind === 'ranked' ? result.verdict : undefined);
export const knownOf = ({ result }: RankedRow) =>
  result.kind === 'ranked' ? result.known?.accuracy : undefined;

function errorOf(row: RankedRow): number | undefined {
  const [predicted, known] = [verdictOf(row)?.accuracy, knownOf(row)];
  return predicted === undefined || known === undefined ? undefined : predicted - known;
}

const NOTHING = <span className="muted">–</span>;

const optional = (value: number | undefined, show: (value: number) => string) =>
  value === undefined ? NOTHING : show(value);

/** The prediction with its interval on a scale from 0 to the greatest accuracy, and what is known as a line. */
function IntervalPicture({ row, extent }: { row: RankedRow; extent: number }) {
  const [verdict, known] = [verdictOf(row), knownOf(row)];
  if (!verdict) return null;
  const { accuracy, low, high, domain } = verdict;
  const x = scaleLinear([0, extent], [3, 97]);
  return (
    <svg
      className={domain.isInside ? 'interval-picture' : 'interval-picture doubtful'}
      viewBox="0 0 100 16"
      role="img"
      aria-label={`between ${percent(low)} and ${percent(high)} %`}
    >
      <line className="scale" x1={x(0)} x2={x(extent)} y1={8} y2={8} />
      <rect x={x(low)} width={x(high) - x(low)} y={5} height={6} rx={3} />
      <circle cx={x(accuracy)} cy={8} r={3.5} />
      {known !== undefined && <line className="truth" x1={x(known)} x2={x(known)} y1={1} y2={15} />}
    </svg>
  );
}

function PredictedAccuracy(row: RankedRow) {
  const verdict = verdictOf(row);
  if (!verdict) return NOTHING;
  if (verdict.domain.isInside) return <strong>{percent(verdict.accuracy)}</strong>;
  return <span className="doubtful">⚠ {percent(verdict.accuracy)}</span>;
}

/** Why a network has no rank, or undefined if it has one. */
export function objectionTo({ result }: RankedRow): string | undefined {
  if (result.kind === 'refused') return `Refused: ${result.reason}`;
  const { isInside, reasons } = result.verdict.domain;
  return isInside ? undefined : `Unlike the zoo: ${reasons.join('; ')}.`;
}

function Standing(row: RankedRow) {
  const objection = objectionTo(row);
  if (objection === undefined) return <span className="standing inside">✓ like the zoo</span>;
  const isRefused = row.result.kind === 'refused';
  return (
    <span className={isRefused ? 'standing refused' : 'standing outside'} title={objection}>
      {isRefused ? '✕' : '⚠'} {objection}
    </span>
  );
}

function ParameterCount({ result }: RankedRow) {
  if (result.kind === 'refused') return NOTHING;
  const { placed, all } = result.parameters;
  if (placed === all) return formatCount(all);
  return (
    <span className="partly" title={`Only ${formatCount(placed)} of them are understood`}>
      ! {formatCount(all)}
    </span>
  );
}

/** The folder that all lie in, with its slash: not worth a column's width. */
function sharedFolder(paths: readonly string[]): string {
  const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/') + 1);
  let shared = folderOf(paths[0] ?? '');
  for (const path of paths) {
    while (!path.startsWith(shared)) shared = folderOf(shared.slice(0, -1));
  }
  return shared;
}

export function rankingColumns(rows: readonly RankedRow[]): Column<RankedRow>[] {
  const shared = sharedFolder(rows.map(({ result }) => result.path)).length;
  const extent = max(rows, (row) => Math.max(verdictOf(row)?.high ?? 0, knownOf(row) ?? 0)) ?? 1;
  const hasKnown = rows.some((row) => knownOf(row) !== undefined);
  const known: readonly Column<RankedRow>[] = [
    {
      ...{ key: 'known', label: 'known', title: 'Accuracy that the file itself states, %', widthPx: 64 },
      value: knownOf,
      show: (row) => optional(knownOf(row), percent),
    },
    {
      ...{ key: 'error', label: 'error', title: 'Predicted less known accuracy, points', widthPx: 64 },
      value: errorOf,
      show: (row) => optional(errorOf(row), signedPoints),
    },
  ];
  return [
    {
      ...{ key: 'place', label: '#', title: 'Rank by predicted accuracy', widthPx: 56 },
      value: ({ place }) => place,
      show: ({ rank }) => optional(rank, formatCount),
    },
    {
      ...{ key: 'name', label: 'network', title: 'File', widthPx: 160, isText: true },
      value: ({ result }) => result.path,
      show: ({ result }) => <span title={result.path}>{result.path.slice(shared)}</span>,
    },
    {
      ...{ key: 'predicted', label: 'predicted', title: 'Predicted accuracy, %', widthPx: 82 },
      value: (row) => verdictOf(row)?.accuracy,
      show: PredictedAccuracy,
    },
    {
      ...{ key: 'interval', label: 'interval', title: 'Sorted by its lower end', widthPx: 118 },
      value: (row) => verdictOf(row)?.low,
      show: (row) => <IntervalPicture row={row} extent={extent} />,
    },
    ...(hasKnown ? known : []),
    {
      ...{ key: 'standing', label: 'standing', title: 'Whether it resembles the zoo', isText: true },
      widthPx: hasKnown ? 210 : 460,
      value: ({ result, rank }) => (rank !== undefined ? 0 : result.kind === 'ranked' ? 1 : 2),
      show: Standing,
    },
    {
      ...{ key: 'parameters', label: 'params', title: 'Parameters', widthPx: 84 },
      value: ({ result }) => (result.kind === 'ranked' ? result.parameters.all : undefined),
      show: ParameterCount,
    },
  ];
}
