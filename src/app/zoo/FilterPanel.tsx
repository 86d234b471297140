/** What is shown of the zoo: the metanet that speaks, the split, the colour, and which networks. */
import { type ReactNode, useState } from 'react';
import { formatCount } from '../format';
import type { Colours } from './colours';
import { type Filters, filtered, NO_FILTERS, toggleValue } from './filters';
import { hasFewValues, PROPERTIES, type PropertyName, valuesOf, wordFor } from './properties';
import type { Zoo, ZooNetwork } from './zoo-data';
import { setFilters, useZoo, zooStore } from './zoo-store';

const SPLITS = [
  ['test', 'held out'],
  ['validation', 'validation'],
  ['train', 'training'],
  ['wide', 'wider than their kind'],
  ['edited-test', 'held out, edited'],
  ['all', 'all'],
] as const satisfies readonly (readonly [Filters['split'], string])[];

const CHARTS = [
  ['scatter', 'predicted and true'],
  ['calibration', 'calibration of intervals'],
] as const;

interface FilterPanelProps {
  readonly zoo: Zoo;
  readonly colours: Colours;
  /** The accuracy that the axis goes to. */
  readonly extent: number;
}

export function FilterPanel({ zoo, colours, extent }: FilterPanelProps) {
  const { metanet, chart, colour, filters } = useZoo((state) => state);
  const ofSplit = (split: Filters['split']) => filtered(zoo.networks, { ...NO_FILTERS, split });
  const countOf = (split: Filters['split']) => ofSplit(split).length;
  const inSplit = ofSplit(filters.split);
  return (
    <aside className="zoo-filters" aria-label="What is shown">
      <Choice
        label="Metanet"
        value={String(metanet)}
        onChoose={(value) => zooStore.setState({ metanet: Number(value) })}
        options={zoo.metanets.map(({ name }, index) => [String(index), name])}
      />
      <Choice
        label="Networks"
        value={filters.split}
        onChoose={(split) => setFilters({ ...filters, split })}
        options={SPLITS.filter(([split]) => countOf(split) > 0).map(([split, words]) => [
          split,
          `${words} (${formatCount(countOf(split))})`,
        ])}
      />
      <Choice
        label="Chart"
        value={chart}
        onChoose={(name) => zooStore.setState({ chart: name })}
        options={CHARTS}
      />
      <Choice
        label="Colour"
        value={colour}
        onChoose={(name) => zooStore.setState({ colour: name })}
        options={zoo.properties.map((name) => [name, PROPERTIES[name].label])}
      />
      <AccuracyRange filters={filters} extent={extent} />
      {zoo.properties.filter(hasFewValues).map((name) => (
        <ValueChips
          key={name}
          name={name}
          zoo={zoo}
          inSplit={inSplit}
          filters={filters}
          colours={name === colour ? colours : undefined}
        />
      ))}
    </aside>
  );
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly (readonly [value: T, words: ReactNode])[];
  readonly onChoose: (value: T) => void;
}

function Choice<T extends string>({ label, value, options, onChoose }: ChoiceProps<T>) {
  return (
    <label className="choice">
      <span>{label}</span>
      <select value={value} onChange={({ target }) => onChoose(target.value as T)}>
        {options.map(([option, words]) => (
          <option key={option} value={option}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

function AccuracyRange({ filters, extent }: { filters: Filters; extent: number }) {
  const [low, high] = filters.range ?? [0, extent];
  const change = (range: readonly [number, number]) => setFilters({ ...filters, range });
  return (
    <fieldset className="range">
      <legend>True accuracy, %</legend>
      <PercentInput
        label="Least true accuracy in percent"
        share={low}
        onChange={(to) => change([to, high])}
      />
      <span aria-hidden="true">–</span>
      <PercentInput
        label="Greatest true accuracy in percent"
        share={high}
        onChange={(to) => change([low, to])}
      />
    </fieldset>
  );
}

interface PercentInputProps {
  readonly label: string;
  readonly share: number;
  readonly onChange: (share: number) => void;
}

function PercentInput({ label, share, onChange }: PercentInputProps) {
  /** What is being typed, which need not be a number yet. */
  const [draft, setDraft] = useState<string>();
  return (
    <input
      type="number"
      aria-label={label}
      {...{ min: 0, max: 100, step: 1 }}
      value={draft ?? Math.round(1000 * share) / 10}
      onChange={({ target }) => {
        setDraft(target.value);
        if (Number.isFinite(target.valueAsNumber)) onChange(target.valueAsNumber / 100);
      }}
      onBlur={() => setDraft(undefined)}
    />
  );
}

interface ValueChipsProps {
  readonly name: PropertyName;
  readonly zoo: Zoo;
  /** The networks of the split that is shown, whatever else filters them. */
  readonly inSplit: readonly ZooNetwork[];
  readonly filters: Filters;
  /** Given where points are coloured by this property. */
  readonly colours: Colours | undefined;
}

function ValueChips({ name, zoo, inSplit, filters, colours }: ValueChipsProps) {
  const offered = filtered(zoo.networks, filters, name);
  const chosen = filters.values.get(name) ?? [];
  // What was chosen while another split was shown stays, to be undone.
  const values = valuesOf(zoo.networks, name).filter(
    (value) => chosen.includes(value) || inSplit.some((network) => network[name] === value),
  );
  if (values.length < 2 && chosen.length === 0) return null;
  return (
    <fieldset className="chips">
      <legend>{PROPERTIES[name].label}</legend>
      {values.map((value) => {
        const count = offered.filter((network) => network[name] === value).length;
        return (
          <button
            key={value}
            type="button"
            className="chip"
            aria-pressed={chosen.includes(value)}
            title={`${formatCount(count)} networks`}
            onClick={() => setFilters(toggleValue(filters, name, value))}
          >
            {colours && <span className="swatch-dot" style={{ background: colours.of(value) }} />}
            {wordFor(value)} <small>{formatCount(count)}</small>
          </button>
        );
      })}
    </fieldset>
  );
}
