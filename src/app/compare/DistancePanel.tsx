/** How far the layers have moved: from the first checkpoint, or from the one before; over the series, and of the one shown. */
import { max } from 'd3';
import { useMemo, useRef, useState } from 'react';
import { FigurePicture } from '../pictures/FigurePicture';
import { type Column, DataTable, type Sort } from '../zoo/DataTable';
import { compareStore, type ShownSeries, showError, useCompare } from './compare-store';
import { type ChartLine, LineChart } from './LineChart';
import { showCheckpoint } from './series';
import { TensorName } from './TensorName';

const FROM = [
  { from: 'first', words: 'from the first' },
  { from: 'previous', words: 'from the one before' },
] as const;

interface DistanceRow {
  readonly place: number;
  readonly name: string;
  readonly layer: number | undefined;
  readonly fromFirst: number;
  readonly fromPrevious: number;
}

const share = (value: number) => (Number.isFinite(value) ? value.toFixed(3) : '∞');

const COLUMNS: readonly Column<DistanceRow>[] = [
  {
    ...{ key: 'place', label: '#', title: 'In the order of the network', widthPx: 36 },
    value: ({ place }) => place,
    show: ({ place }) => place,
  },
  {
    ...{ key: 'name', label: 'tensor', title: 'Name in the file', widthPx: 194, isText: true },
    value: ({ name }) => name,
    show: ({ name }) => <TensorName name={name} />,
  },
  {
    ...{ key: 'first', label: 'from first', title: '‖difference‖ as a share of the longer', widthPx: 78 },
    value: ({ fromFirst }) => fromFirst,
    show: ({ fromFirst }) => share(fromFirst),
  },
  {
    ...{
      key: 'previous',
      label: 'from previous',
      title: '‖difference‖ as a share of the longer',
      widthPx: 92,
    },
    value: ({ fromPrevious }) => fromPrevious,
    show: ({ fromPrevious }) => share(fromPrevious),
  },
];

export function DistancePanel({ series }: { series: ShownSeries }) {
  const { checkpoints, tensors, place, graph } = series;
  const chart = useRef<HTMLDivElement>(null);
  const from = useCompare((state) => state.seriesFrom);
  const selection = useCompare((state) => state.selection);
  const [sort, setSort] = useState<Sort>({ column: 'place', isDescending: false });
  const [marked, setMarked] = useState<string>();
  const layers = useMemo(
    () => new Map(graph.blocks.map(({ tensorName, layer }) => [tensorName, layer] as const)),
    [graph],
  );
  const layer = selection?.kind === 'layer' ? selection.left : undefined;
  const distances = (index: number) => checkpoints[index][from === 'first' ? 'fromFirst' : 'fromPrevious'];
  const lines = tensors.flatMap(({ name, isWeight }, tensor): ChartLine[] => {
    if (!isWeight) return [];
    const points = checkpoints.map(({ path }, index) => ({
      x: index + 1,
      y: distances(index)[tensor],
      title: `${name}, ${path}: ${share(distances(index)[tensor])}`,
    }));
    const isSelected = layer !== undefined && layers.get(name) === layer;
    return [{ key: name, className: isSelected ? 'aligned' : 'layer', points }];
  });
  // What is selected lies on top.
  lines.sort((a, b) => Number(a.className === 'aligned') - Number(b.className === 'aligned'));
  const highest = max(lines, ({ points }) => max(points, ({ y }) => (Number.isFinite(y) ? y : 0))) ?? 0;
  const rows = tensors.map(
    ({ name }, tensor): DistanceRow => ({
      ...{ place: tensor + 1, name, layer: layers.get(name) },
      fromFirst: checkpoints[place].fromFirst[tensor],
      fromPrevious: checkpoints[place].fromPrevious[tensor],
    }),
  );
  return (
    <section className="distances" aria-label="Distances">
      <header>
        <h2>Distance of each layer’s weights</h2>
        <fieldset className="choices">
          <legend className="visually-hidden">Distance</legend>
          {FROM.map((one) => (
            <label key={one.from}>
              <input
                type="radio"
                name="series-from"
                checked={from === one.from}
                onChange={() => compareStore.setState({ seriesFrom: one.from })}
              />
              {one.words}
            </label>
          ))}
        </fieldset>
        <FigurePicture figure={chart} name={`distance-${from}`} onError={showError} />
      </header>
      <LineChart
        ref={chart}
        label={`Distance of each layer's weights ${from === 'first' ? 'from the first checkpoint' : 'from the checkpoint before'}. The table says it for the one shown.`}
        x={{
          label: 'checkpoint →',
          domain: [1, Math.max(2, checkpoints.length)],
          format: String,
          isCount: true,
        }}
        y={{
          label: 'relative →',
          domain: [0, Math.max(0.1, Math.ceil(10 * highest) / 10)],
          format: (value) => value.toFixed(2),
        }}
        lines={lines}
        cursor={place + 1}
        onPick={(x) => showCheckpoint(Math.round(x) - 1)}
      />
      <DataTable
        label="Tensors of the checkpoint that is shown"
        columns={COLUMNS}
        rows={rows}
        keyOf={({ name }) => name}
        sort={sort}
        onSort={setSort}
        marked={marked}
        onMark={setMarked}
        onOpen={(row) =>
          compareStore.setState({
            selection:
              row.layer === undefined || row.layer === layer
                ? undefined
                : { kind: 'layer', left: row.layer, right: undefined },
          })
        }
      />
    </section>
  );
}
