/** Every layer's measures, sorted by the column heads; a click selects the layer in the graph. */
import { useState } from 'react';
import type { MeasuredLayer } from '../../../quality';
import type { ModelSummary } from '../../../workers/model-summary';
import { select } from '../../actions';
import { formatShape } from '../../format';
import { useApp } from '../../store';
import { formatMeasure } from './format-measure';
import {
  type ColumnSet,
  LAYER_COLUMNS,
  type LayerColumn,
  type LayerSort,
  sortedLayers,
} from './layer-columns';

const SET_WORDS: Readonly<Record<ColumnSet, string>> = { spectrum: 'Spectrum', quantiles: 'Quantiles' };

interface LayerTableProps {
  readonly layers: readonly MeasuredLayer[];
  readonly model: ModelSummary;
}

export function LayerTable({ layers, model }: LayerTableProps) {
  const [set, setSet] = useState<ColumnSet>('spectrum');
  const [sort, setSort] = useState<LayerSort>({ column: undefined, isDescending: false });
  const columns = LAYER_COLUMNS[set];
  const rows = sortedLayers(layers, columns, sort);
  const refusals = new Set(layers.flatMap(({ tail }) => (tail.kind === 'refused' ? [tail.reason] : [])));
  return (
    <>
      <fieldset className="column-sets">
        <legend>Layer by layer</legend>
        {(Object.keys(SET_WORDS) as ColumnSet[]).map((one) => (
          <button key={one} type="button" aria-pressed={one === set} onClick={() => setSet(one)}>
            {SET_WORDS[one]}
          </button>
        ))}
      </fieldset>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <section className="layer-table" tabIndex={0} aria-label="Measures by layer">
        <table className="trust-table">
          <thead>
            <tr>
              <Head
                span={columns.length}
                label="layer"
                title="In the order of the graph"
                sort={sort}
                onSort={setSort}
              />
            </tr>
            <tr>
              {columns.map(({ key, label, title }) => (
                <Head key={key} column={key} label={label} title={title} sort={sort} onSort={setSort} />
              ))}
            </tr>
          </thead>
          {rows.map((layer) => (
            <LayerRows
              key={layer.block}
              layer={layer}
              columns={columns}
              number={model.graph.blocks[layer.block].layer}
            />
          ))}
        </table>
      </section>
      <dl className="column-words small muted">
        {columns.map(({ key, label, title }) => (
          <div key={key}>
            <dt>{label}</dt>
            <dd>{title}</dd>
          </div>
        ))}
      </dl>
      {set === 'spectrum' &&
        [...refusals].map((reason) => (
          <p key={reason} className="small muted">
            α –: {reason}
          </p>
        ))}
    </>
  );
}

interface LayerRowsProps {
  readonly layer: MeasuredLayer;
  readonly columns: readonly LayerColumn[];
  /** Of the layer in the graph. */
  readonly number: number;
}

/** The name has a line of its own: names are long. */
function LayerRows({ layer, columns, number }: LayerRowsProps) {
  const isSelected = useApp(({ selection }) => selection?.kind === 'layer' && selection.layer === number);
  const { name, rows, columns: width, matrixCount } = layer;
  return (
    <tbody className={isSelected ? 'marked' : undefined}>
      <tr>
        <th scope="rowgroup" colSpan={columns.length}>
          <button
            type="button"
            className="link"
            aria-pressed={isSelected}
            onClick={() => select({ kind: 'layer', layer: number })}
          >
            {name}
          </button>{' '}
          <span className="muted">
            {formatShape([rows, width, ...(matrixCount > 1 ? [matrixCount] : [])])}
          </span>
        </th>
      </tr>
      <tr>
        {columns.map(({ key, value }) => (
          <td key={key} className="number">
            {formatMeasure(value(layer))}
          </td>
        ))}
      </tr>
    </tbody>
  );
}

interface HeadProps extends Pick<LayerColumn, 'label' | 'title'> {
  readonly column?: string;
  readonly span?: number;
  readonly sort: LayerSort;
  readonly onSort: (sort: LayerSort) => void;
}

function Head({ column, span, label, title, sort, onSort }: HeadProps) {
  const isSorted = sort.column === column;
  // Numbers begin with the greatest, layers with the first.
  const isDescending = isSorted ? !sort.isDescending : column !== undefined;
  return (
    <th
      scope="col"
      colSpan={span}
      className={column === undefined ? undefined : 'number'}
      aria-sort={isSorted ? (sort.isDescending ? 'descending' : 'ascending') : 'none'}
    >
      <button type="button" className="link" title={title} onClick={() => onSort({ column, isDescending })}>
        {label}
        <span aria-hidden="true">{isSorted ? (sort.isDescending ? '↓' : '↑') : ''}</span>
      </button>
    </th>
  );
}
