/** What colours and the band of a scatter mean. */
import type { ReactNode } from 'react';
import type { Colours } from './colours';
import { PROPERTIES, type PropertyName, wordFor } from './properties';

interface LegendProps {
  readonly entries?: readonly { readonly words: string; readonly colour: string }[];
  readonly interval: string;
  /** Stands before the entries. */
  readonly children?: ReactNode;
}

export function Legend({ entries = [], interval, children }: LegendProps) {
  return (
    <p className="zoo-legend">
      {children}
      {entries.map(({ words, colour }) => (
        <span key={words} className="entry">
          <span className="swatch-dot" style={{ background: colour }} />
          {words}
        </span>
      ))}
      <span className="entry band">
        <span className="swatch-band" />
        {interval}
      </span>
    </p>
  );
}

interface ColourLegendProps {
  readonly name: PropertyName;
  readonly colours: Colours;
  readonly interval: string;
}

/** For points that are coloured by a property. */
export function ColourLegend({ name, colours: { of, values }, interval }: ColourLegendProps) {
  const { label, type } = PROPERTIES[name];
  const key = <span className="key">{label}</span>;
  if (type !== 'range') {
    const entries = values.map((value) => ({ words: wordFor(value), colour: of(value) }));
    return (
      <Legend entries={entries} interval={interval}>
        {key}
      </Legend>
    );
  }
  const [least, most] = [Number(values[0]), Number(values.at(-1))];
  return (
    <Legend interval={interval}>
      {key}
      {wordFor(least)}
      <Ramp least={least} most={most} of={of} />
      {wordFor(most)}
    </Legend>
  );
}

const RAMP_STEPS = 12;

function Ramp({ least, most, of }: { least: number; most: number; of: Colours['of'] }) {
  const steps = Array.from({ length: RAMP_STEPS }, (_, step) => step / (RAMP_STEPS - 1));
  return (
    <span className="ramp" aria-hidden="true">
      {steps.map((step) => (
        <span key={step} style={{ background: of(least * (most / least) ** step) }} />
      ))}
    </span>
  );
}
