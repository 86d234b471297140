/** Where files state their own accuracy: predictions against it. */
import { useMemo } from 'react';
import { halfWidthAt } from '../../metanets/card';
import type { BackendReport } from '../../workers/predictors';
import { formatPercent } from '../format';
import { useApp } from '../store';
import { standingColour } from './colours';
import { agreementInWords, Figures, useAgreement } from './Figures';
import { describeInterval } from './interval';
import { Legend } from './Legend';
import type { RankedRow } from './ranked-rows';
import { extentOf, type Point, Scatter } from './Scatter';
import { signedPoints } from './zoo-columns';

/** Where the widths of two metanets' intervals are compared. */
const MIDDLE = 0.5;

interface KnownChartProps {
  readonly rows: readonly RankedRow[];
  /** Of the metanets that have judged. */
  readonly backends: readonly Pick<BackendReport, 'card'>[];
  readonly marked: string | undefined;
  readonly onMark: (path: string | undefined) => void;
  readonly onOpen: (path: string) => void;
}

export function KnownChart({ rows, backends, marked, onMark, onOpen }: KnownChartProps) {
  const theme = useApp((state) => state.theme);
  const points = useMemo(
    () =>
      rows.flatMap(({ result, rank }): Point[] => {
        if (result.kind === 'refused' || result.known === undefined) return [];
        const colour = standingColour(rank !== undefined, theme);
        const [known, predicted] = [result.known.accuracy, result.verdict.accuracy];
        return [{ key: result.path, known, predicted, colour }];
      }),
    [rows, theme],
  );
  const agreement = useAgreement(points);
  const intervals = backends.map(({ card }) => card.interval);
  const widest = intervals.reduce((a, b) => (halfWidthAt(b, MIDDLE) > halfWidthAt(a, MIDDLE) ? b : a));
  const isMixed = rows.some(({ result, rank }) => result.kind === 'ranked' && rank === undefined);
  return (
    <section className="zoo-chart" aria-label="Predicted and known accuracy">
      <Figures agreement={agreement} />
      <Scatter
        label={`Predicted against known accuracy: ${agreementInWords(agreement)}. The table holds the same networks.`}
        points={points}
        extent={extentOf(points, 0.1)}
        interval={widest}
        marked={marked}
        onMark={onMark}
        onOpen={onOpen}
        describe={(path) => {
          const point = points.find(({ key }) => key === path);
          if (!point) return null;
          const { known, predicted } = point;
          return (
            <>
              <strong>{path}</strong>
              <span>
                known {formatPercent(known)}, predicted {formatPercent(predicted)} (
                {signedPoints(predicted - known)})
              </span>
              <em>Click to open it</em>
            </>
          );
        }}
      />
      <Legend
        entries={[true, ...(isMixed ? [false] : [])].map((isInside) => ({
          words: isInside ? 'resembles the zoo' : 'unlike the zoo',
          colour: standingColour(isInside, theme),
        }))}
        interval={describeInterval(widest, points)}
      />
    </section>
  );
}
