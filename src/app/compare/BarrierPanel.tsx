/** What the metanet predicts on the straight line between the two models: as the files have them, and aligned. */
import { max } from 'd3';
import { useRef } from 'react';
import { formatPercent } from '../format';
import { FigurePicture } from '../pictures/FigurePicture';
import { predictBarrier } from './barrier';
import { BARRIER_POINTS, barrierOf } from './barrier-height';
import { ChartKey } from './ChartKey';
import { type BarrierPoint, type Prediction, showError, useCompare } from './compare-store';
import { type ChartLine, LineChart } from './LineChart';
import { PredictionStatus } from './PredictionStatus';

const AXES = {
  x: {
    label: 'share of the right model, % →',
    domain: [0, 1],
    format: (share: number) => `${Math.round(100 * share)}`,
  },
  y: { label: 'predicted, % →', format: (share: number) => `${Math.round(100 * share)}` },
} as const;

function lineOf(key: 'asFiled' | 'aligned', points: readonly BarrierPoint[]): ChartLine {
  return {
    key,
    className: key,
    points: points.map((point) => {
      const { accuracy, domain }: Prediction = point[key];
      const place = `${Math.round(100 * point.share)} % of the right model`;
      return {
        x: point.share,
        y: accuracy,
        isHollow: !domain.isInside,
        title: `${place}: ${formatPercent(accuracy)}${domain.isInside ? '' : ', unlike anything in the zoo'}`,
      };
    }),
  };
}

const inPoints = (barrier: number) => `${(100 * barrier).toFixed(1)} points`;

export function BarrierPanel() {
  const barrier = useCompare((state) => state.barrier);
  const { points } = barrier;
  const chart = useRef<HTMLDivElement>(null);
  const highest = max(points, ({ asFiled, aligned }) => Math.max(asFiled.accuracy, aligned.accuracy)) ?? 0.5;
  const top = Math.min(1, Math.ceil(10 * (highest + 0.04)) / 10);
  const [filed, aligned] = (['asFiled', 'aligned'] as const).map((key) =>
    barrierOf(points, (point) => point[key].accuracy),
  );
  const words =
    filed === undefined || aligned === undefined
      ? ''
      : `Barrier: ${inPoints(filed)} as the files have them, ${inPoints(aligned)} aligned.`;
  const isStrange = points.some((point) => !point.asFiled.domain.isInside || !point.aligned.domain.isInside);
  return (
    <section className="barrier" aria-label="Between the two">
      <header>
        <h2>Between the two</h2>
        {points.length > 0 && <FigurePicture figure={chart} name="between-two" onError={showError} />}
      </header>
      {points.length > 0 && (
        <>
          <LineChart
            ref={chart}
            label={`Predicted accuracy on the way from the left model to the right one. ${words}`}
            x={AXES.x}
            y={{ ...AXES.y, domain: [0, top] }}
            lines={[lineOf('asFiled', points), lineOf('aligned', points)]}
          />
          <p className="chart-keys">
            <ChartKey
              name="asFiled"
              words={`as the files have them${filed === undefined ? '' : `: barrier ${inPoints(filed)}`}`}
            />
            <ChartKey
              name="aligned"
              words={`aligned${aligned === undefined ? '' : `: barrier ${inPoints(aligned)}`}`}
            />
          </p>
        </>
      )}
      <PredictionStatus
        predictions={barrier}
        count={BARRIER_POINTS}
        ask={`Predict the accuracy at ${BARRIER_POINTS} places on the way`}
        onAsk={() => void predictBarrier()}
      />
      <p className="muted small">
        Predicted, not true: GMN judges the weights at each place of the straight line between the two. It has
        learned from trained networks, not from such mixtures; how accurate these are, only images could tell,
        and the page has none.
        {isStrange && ' Hollow points are unlike anything in the zoo: there the prediction means little.'}
      </p>
    </section>
  );
}
