/** The zoo that comes with the page: predictions against the truth, its networks, and what they are. */
import { useMemo, useRef, useState } from 'react';
import { calibrationCurve } from '../../tasks/calibration';
import { formatCount } from '../format';
import { FigurePicture } from '../pictures/FigurePicture';
import { useApp } from '../store';
import { AccuracyHistogram } from './AccuracyHistogram';
import { CalibrationChart } from './CalibrationChart';
import { coloursOf } from './colours';
import { DataTable } from './DataTable';
import { agreementInWords, Figures, useAgreement } from './Figures';
import { FilterPanel } from './FilterPanel';
import { type Filters, filtered, isFiltering, NO_FILTERS } from './filters';
import { describeInterval, distanceInWidths } from './interval';
import { ColourLegend } from './Legend';
import { NetworkDescription } from './NetworkDescription';
import { openFromZoo } from './open-from-zoo';
import { extentOf, type Point, Scatter } from './Scatter';
import { zooColumns } from './zoo-columns';
import { intervalOf, type Zoo, type ZooNetwork } from './zoo-data';
import { setFilters, useZoo, zooStore } from './zoo-store';

/** Why figures over these networks are no measure of a metanet. */
const NOT_HELD_OUT: Partial<Record<Filters['split'], string>> = {
  train: 'Metanets have learned from these networks; how good they are, only held-out ones tell.',
  validation: 'Settings were chosen on these networks.',
  wide: 'Wider than any network of their kind that metanets have learned from: what they do out of their distribution.',
  'edited-test': 'Held-out networks after an edit, as under What if: intervals for them are wider.',
  all: 'Metanets have learned from most of these networks; how good they are, only held-out ones tell.',
};

export function Explorer({ zoo }: { zoo: Zoo }) {
  const theme = useApp((state) => state.theme);
  const { chart, colour, filters, sort, metanet: chosen } = useZoo((state) => state);
  const [marked, setMarked] = useState<string>();
  const metanet = zoo.metanets[chosen];
  const interval = intervalOf(metanet, filters.split);

  // The same for all filters, so that points stay where they are.
  const extent = useMemo(() => {
    const all = zoo.networks.map(({ accuracy, index }) => ({
      known: accuracy,
      predicted: metanet.predicted[index],
    }));
    return extentOf(all, 0.05);
  }, [zoo, metanet]);
  const byName = useMemo(() => new Map(zoo.networks.map((network) => [network.name, network])), [zoo]);
  const colours = useMemo(() => coloursOf(zoo.networks, colour, theme), [zoo, colour, theme]);
  const columns = useMemo(() => zooColumns(zoo, metanet), [zoo, metanet]);
  const shown = useMemo(() => filtered(zoo.networks, filters), [zoo, filters]);
  /** Of the split, whatever else is filtered. */
  const all = useMemo(
    () => filtered(zoo.networks, { ...NO_FILTERS, split: filters.split }).map(({ accuracy }) => accuracy),
    [zoo, filters.split],
  );
  const inFront = useMemo(
    () => filtered(zoo.networks, filters, 'range').map(({ accuracy }) => accuracy),
    [zoo, filters],
  );
  const points = useMemo(
    () =>
      shown.map((network): Point => {
        const { name, index, accuracy } = network;
        const predicted = metanet.predicted[index];
        return { key: name, known: accuracy, predicted, colour: colours.of(network[colour]) };
      }),
    [shown, metanet, colours, colour],
  );
  const agreement = useAgreement(points);
  const curve = useMemo(() => {
    const judged = ({ run, split, accuracy, index }: ZooNetwork) => ({
      // The wide population counts its runs from 0, too.
      run: split === 'wide' ? -1 - run : run,
      distance: distanceInWidths(interval, { known: accuracy, predicted: metanet.predicted[index] }),
    });
    const calibrated = filters.split === 'edited-test' ? 'edited-test' : 'test';
    const calibration = filtered(zoo.networks, { ...NO_FILTERS, split: calibrated });
    return calibrationCurve(calibration.map(judged), shown.map(judged));
  }, [zoo, metanet, interval, filters.split, shown]);
  const held = curve.find(({ promised }) => promised === interval.coverage)?.held;
  const open = (name: string) => openFromZoo(zoo, name);
  const figure = useRef<HTMLElement>(null);
  return (
    <div className="zoo-body">
      <FilterPanel zoo={zoo} colours={colours} extent={extent} />
      <section ref={figure} className="zoo-chart" aria-label="Predicted and true accuracy">
        <Figures agreement={agreement}>
          {isFiltering(filters) && shown.length > 0 && <ShowAll />}
          <FigurePicture
            figure={figure}
            name={`${zoo.id}-${chart}`}
            onError={(notice) => zooStore.setState({ notice })}
          />
        </Figures>
        {filters.split in NOT_HELD_OUT && <p className="learned">{NOT_HELD_OUT[filters.split]}</p>}
        <AccuracyHistogram
          all={all}
          shown={inFront}
          extent={extent}
          range={filters.range}
          onRange={(range) => setFilters({ ...filters, range })}
        />
        {chart === 'calibration' ? (
          <CalibrationChart curve={curve} shown={`${formatCount(shown.length)} networks`} />
        ) : (
          <Scatter
            label={`Predicted against true accuracy: ${agreementInWords(agreement)}. The table holds the same networks.`}
            points={points}
            extent={extent}
            interval={interval}
            marked={marked}
            onMark={setMarked}
            onOpen={open}
            describe={(name) => (
              <NetworkDescription network={byName.get(name)} predicted={metanet.predicted} />
            )}
          />
        )}
        {shown.length === 0 && (
          <div className="nothing-left">
            <p>No network passes all filters.</p>
            <ShowAll />
          </div>
        )}
        {chart === 'calibration' ? (
          <p className="zoo-legend muted">
            Held among those shown, by widths from held-out networks of other runs. Below the diagonal
            intervals promise too much.
          </p>
        ) : (
          <ColourLegend name={colour} colours={colours} interval={describeInterval(interval, points, held)} />
        )}
      </section>
      <section className="zoo-table" aria-label="Networks">
        <DataTable
          label={`${formatCount(shown.length)} networks of the zoo`}
          columns={columns}
          rows={shown}
          keyOf={({ name }) => name}
          sort={sort}
          onSort={(next) => zooStore.setState({ sort: next })}
          marked={marked}
          onMark={setMarked}
          onOpen={({ name }) => open(name)}
        />
      </section>
    </div>
  );
}

function ShowAll() {
  const filters = useZoo((state) => state.filters);
  const showAll = () => setFilters({ ...NO_FILTERS, split: filters.split });
  return (
    <button type="button" onClick={showAll}>
      Show all
    </button>
  );
}
