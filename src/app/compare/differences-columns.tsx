/** The columns of what differs, tensor by tensor; and layer by layer, where the models are built differently. */
import type { LayerMatch, LayerWeight, TensorDifference } from '../../alignment';
import { formatCount, formatShape } from '../format';
import { edgeWord } from '../graph-view/describe';
import type { Column } from '../zoo/DataTable';
import { TensorName } from './TensorName';

export interface TensorRow extends TensorDifference {
  readonly place: number;
}

export interface LayerRow {
  readonly place: number;
  readonly match: LayerMatch;
}

const share = (value: number) => {
  if (value === 0) return '0';
  if (!Number.isFinite(value)) return '∞';
  return value >= 0.0005 ? value.toFixed(3) : value.toExponential(1).replace('-', '−');
};

const cosine = (value: number) => value.toFixed(3).replace('-', '−');

const number = (
  key: string,
  label: string,
  title: string,
  widthPx: number,
  value: (row: TensorRow) => number,
  show: (value: number) => string,
): Column<TensorRow> => ({ key, label, title, widthPx, value, show: (row) => show(value(row)) });

/** `hasChance`: the models are different, so that the level of chance was measured. */
export function tensorColumns(hasChance: boolean): Column<TensorRow>[] {
  const chance = number(
    'chance',
    'by chance',
    'Cosine that aligning reaches where there is nothing to find: with random values of the same size',
    78,
    (row) => row.chance ?? Number.NaN,
    cosine,
  );
  return [
    number('place', '#', 'In the order of the network', 42, (row) => row.place, String),
    {
      ...{ key: 'first', label: 'tensor', title: 'Name in the left file', widthPx: 196, isText: true },
      value: (row) => row.first,
      show: (row) => (
        <TensorName
          name={row.first}
          title={row.first === row.second ? row.first : `${row.first} ↔ ${row.second}`}
        />
      ),
    },
    number(
      'before',
      'difference',
      '‖left − right‖ as a share of the longer, as the files have them',
      84,
      (row) => row.before.relative,
      share,
    ),
    number(
      'after',
      'aligned',
      '‖left − right‖ as a share of the longer, aligned',
      72,
      (row) => row.after.relative,
      share,
    ),
    number(
      'cosineBefore',
      'cosine',
      'Cosine of left and right, as the files have them',
      68,
      (row) => row.before.cosine,
      cosine,
    ),
    number(
      'cosineAfter',
      'aligned',
      'Cosine of left and right, aligned',
      72,
      (row) => row.after.cosine,
      cosine,
    ),
    ...(hasChance ? [chance] : []),
    {
      ...{ key: 'kind', label: 'kind', title: 'What its values are', widthPx: 136, isText: true },
      value: (row) => edgeWord(row.kind),
      show: (row) => edgeWord(row.kind),
    },
    number('elementCount', 'values', 'Number of values', 72, (row) => row.elementCount, formatCount),
  ];
}

const MATCH_WORDS: Readonly<Record<LayerMatch['kind'], string>> = {
  same: 'the same shape',
  reshaped: 'another shape',
  firstOnly: 'left only',
  secondOnly: 'right only',
};

const text = (
  key: string,
  label: string,
  title: string,
  widthPx: number,
  value: (match: LayerMatch) => string,
): Column<LayerRow> => ({
  ...{ key, label, title, widthPx, isText: true },
  value: (row) => value(row.match),
  show: (row) => <TensorName name={value(row.match)} />,
});

export const firstOf = (match: LayerMatch) => ('first' in match ? match.first : undefined);
export const secondOf = (match: LayerMatch) => ('second' in match ? match.second : undefined);

const shapeOf = (weight: LayerWeight | undefined) => (weight ? formatShape(weight.shape) : '');

export const LAYER_COLUMNS: readonly Column<LayerRow>[] = [
  {
    ...{ key: 'place', label: '#', title: 'In the order of the left network', widthPx: 42 },
    value: (row) => row.place,
    show: (row) => row.place,
  },
  text('first', 'left', 'Weights on the left', 170, (match) => firstOf(match)?.name ?? ''),
  text('firstShape', 'shape', 'Outputs × inputs × taps', 104, (match) => shapeOf(firstOf(match))),
  text('kind', '', 'What became of it', 112, ({ kind }) => MATCH_WORDS[kind]),
  text('second', 'right', 'Weights on the right', 170, (match) => secondOf(match)?.name ?? ''),
  text('secondShape', 'shape', 'Outputs × inputs × taps', 104, (match) => shapeOf(secondOf(match))),
];
