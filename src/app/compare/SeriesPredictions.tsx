/** The predicted accuracy of each checkpoint, and the true one where all files state it. */
import { max } from 'd3';
import { useRef } from 'react';
import { formatPercent } from '../format';
import { FigurePicture } from '../pictures/FigurePicture';
import { ChartKey } from './ChartKey';
import { type ShownSeries, showError } from './compare-store';
import { type ChartLine, type ChartPoint, LineChart } from './LineChart';
import { predictions as steps } from './predictions';
import { StepsStatus } from './StepsStatus';
import { predictSeries, showCheckpoint } from './series';

const percent = (share: number) => `${Math.round(100 * share)}`;

export function SeriesPredictions({ series }: { series: ShownSeries }) {
  const { checkpoints, predictions, place } = series;
  const chart = useRef<HTMLDivElement>(null);
  const predicted = predictions.points.map(
    ({ accuracy, domain }, index): ChartPoint => ({
      x: index + 1,
      y: accuracy,
      isHollow: !domain.isInside,
      title: `${checkpoints[index].path}: ${formatPercent(accuracy)} predicted`,
    }),
  );
  const known = checkpoints.flatMap(({ known: own, path }, index): ChartPoint[] =>
    own ? [{ x: index + 1, y: own.accuracy, title: `${path}: ${formatPercent(own.accuracy)} true` }] : [],
  );
  const lines: ChartLine[] = [
    { key: 'known', className: 'known', points: known, isScattered: true },
    { key: 'predicted', className: 'aligned', points: predicted },
  ];
  const highest = max([...predicted, ...known], ({ y }) => y) ?? 0.5;
  const current = predictions.points[place];
  const words = current ? `${formatPercent(current.accuracy)} predicted for this one` : 'predicted';
  return (
    <section className="barrier" aria-label="Predicted accuracy">
      <header>
        <h2>Predicted accuracy</h2>
        {predicted.length > 0 && <FigurePicture figure={chart} name="predicted" onError={showError} />}
      </header>
      {predicted.length > 0 && (
        <>
          <LineChart
            ref={chart}
            label={`Predicted accuracy of ${predicted.length} checkpoints. ${words}.`}
            x={{
              label: 'checkpoint →',
              domain: [1, Math.max(2, checkpoints.length)],
              format: String,
              isCount: true,
            }}
            y={{
              label: 'accuracy, % →',
              domain: [0, Math.min(1, Math.ceil(10 * (highest + 0.04)) / 10)],
              format: percent,
            }}
            lines={lines}
            cursor={place + 1}
            onPick={(x) => showCheckpoint(Math.round(x) - 1)}
          />
          <p className="chart-keys">
            <ChartKey name="aligned" words={words} />
            {known.length > 0 && <ChartKey name="known" isScattered words="true, as the files state it" />}
            {predicted.some(({ isHollow }) => isHollow) && (
              <span className="muted">hollow: unlike anything in the zoo</span>
            )}
          </p>
        </>
      )}
      <StepsStatus
        steps={predictions}
        count={checkpoints.length}
        ask={`Predict the accuracy of ${checkpoints.length} checkpoints`}
        onAsk={() => void predictSeries()}
        onStop={() => steps.stop()}
      />
    </section>
  );
}
