/**
 * What lies on the straight line between the two models, as the files have them, and aligned: what the metanet predicts there,
 * and how accurate they truly are on images that a person chooses.
 */
import { max } from 'd3';
import { useEffect, useRef } from 'react';
import { formatCount, formatPercent } from '../format';
import { ImagesChooser } from '../images/ImagesChooser';
import { useImages } from '../images/measuring';
import { FigurePicture } from '../pictures/FigurePicture';
import { BARRIER_IMAGES, MAX_UNASKED_PAIRS, measureBarrier, predictBarrier } from './barrier';
import { BARRIER_POINTS, barrierOf } from './barrier-height';
import { ChartKey } from './ChartKey';
import { type BarrierPoint, showError, useCompare } from './compare-store';
import { type ChartLine, LineChart } from './LineChart';
import { measurements, predictions } from './predictions';
import { StepsStatus } from './StepsStatus';

const AXES = {
  x: {
    label: 'share of the right model, % →',
    domain: [0, 1],
    format: (share: number) => `${Math.round(100 * share)}`,
  },
  y: { label: 'accuracy, % →', format: (share: number) => `${Math.round(100 * share)}` },
} as const;

/** The two lines, by what is said of them; each point has what is found as the files have the models, and aligned. */
const LINES = [
  { key: 'asFiled', words: 'as the files have them' },
  { key: 'aligned', words: 'aligned' },
] as const;

interface Found {
  readonly accuracy: number;
  readonly domain?: { readonly isInside: boolean };
}

/** One kind of numbers along the line. `className`: of both of its lines. */
interface Kind {
  readonly points: readonly BarrierPoint<Found>[];
  readonly words: string;
  readonly className: string;
}

export function BarrierPanel() {
  const barrier = useCompare((state) => state.barrier);
  const trueBarrier = useCompare((state) => state.trueBarrier);
  const comparison = useCompare((state) => state.comparison);
  const pairs = useCompare((state) => state.left?.graph.pairCount ?? 0);
  const images = useImages((state) => state.images);
  const scaling = useImages((state) => state.scaling);
  const chart = useRef<HTMLDivElement>(null);
  const isUnasked = images !== undefined && pairs <= MAX_UNASKED_PAIRS;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another pair, other images or another scale are measured anew
  useEffect(() => {
    if (isUnasked) void measureBarrier();
  }, [isUnasked, images, scaling, comparison]);
  const kinds: readonly Kind[] = [
    { points: barrier.points, words: 'predicted', className: 'predicted' },
    { points: trueBarrier.points, words: 'true', className: 'known' },
  ].filter(({ points }) => points.length > 0);
  const all = kinds.flatMap(({ points }) => points.flatMap(({ asFiled, aligned }) => [asFiled, aligned]));
  const top = Math.min(1, Math.ceil(10 * ((max(all, ({ accuracy }) => accuracy) ?? 0.5) + 0.04)) / 10);
  const isStrange = all.some(({ domain }) => domain?.isInside === false);
  const used = Math.min(BARRIER_IMAGES, images?.count ?? 0);
  return (
    <section className="barrier" aria-label="Between the two">
      <header>
        <h2>Between the two</h2>
        {all.length > 0 && <FigurePicture figure={chart} name="between-two" onError={showError} />}
      </header>
      {all.length > 0 && (
        <>
          <LineChart
            ref={chart}
            label={`Accuracy on the way from the left model to the right one. ${kinds.map(inWords).join(' ')}`}
            x={AXES.x}
            y={{ ...AXES.y, domain: [0, top] }}
            lines={kinds.flatMap(linesOf)}
          />
          <p className="chart-keys">
            {kinds.flatMap((kind) =>
              LINES.map(({ key, words }) => (
                <ChartKey
                  key={`${kind.words} ${key}`}
                  name={`${kind.className} ${key}`}
                  words={`${kind.words}, ${words}${barrierWords(kind, key)}`}
                />
              )),
            )}
          </p>
        </>
      )}
      <StepsStatus
        steps={barrier}
        count={BARRIER_POINTS}
        ask={`Predict the accuracy at ${BARRIER_POINTS} places on the way`}
        onAsk={() => void predictBarrier()}
        onStop={() => predictions.stop()}
      />
      {images && (
        <StepsStatus
          steps={trueBarrier}
          count={BARRIER_POINTS}
          ask={`Run ${BARRIER_POINTS} places on the way on ${formatCount(used)} images`}
          onAsk={() => void measureBarrier()}
          onStop={() => measurements.stop()}
        />
      )}
      <ImagesChooser ask="Measure it on your own images…" onError={showError} />
      <p className="muted small">
        Predicted: GMN judges the weights at each place of the straight line between the two; it has not
        learned from mixtures of different runs.
        {isStrange && ' Hollow points are unlike anything in the zoo: there the prediction means little.'}
        {images &&
          ` True: on the first ${formatCount(used)} images of ${images.name}${lossWords(trueBarrier.points)}.`}
      </p>
    </section>
  );
}

function linesOf({ points, words, className }: Kind): ChartLine[] {
  return LINES.map(({ key }) => ({
    key: `${words} ${key}`,
    className: `${className} ${key}`,
    points: points.map((point) => {
      const { accuracy, domain } = point[key];
      const place = `${Math.round(100 * point.share)} % of the right model`;
      const isOutside = domain?.isInside === false;
      return {
        x: point.share,
        y: accuracy,
        isHollow: isOutside,
        title: `${place}: ${formatPercent(accuracy)} ${words}${isOutside ? ', unlike anything in the zoo' : ''}`,
      };
    }),
  }));
}

const inPoints = (barrier: number) => `${(100 * barrier).toFixed(1)} points`;

function barrierWords({ points }: Kind, key: 'asFiled' | 'aligned'): string {
  const barrier = barrierOf(points, (point) => point[key].accuracy);
  return barrier === undefined ? '' : `: barrier ${inPoints(barrier)}`;
}

const inWords = (kind: Kind) =>
  LINES.map(({ key, words }) => `${kind.words}, ${words}${barrierWords(kind, key)}.`).join(' ');

/** How far the loss rises above the straight line between its ends, which is what the papers call the barrier. */
function lossWords(points: readonly BarrierPoint<{ readonly loss: number }>[]): string {
  const [filed, aligned] = LINES.map(({ key }) => barrierOf(points, (point) => -point[key].loss));
  return filed === undefined || aligned === undefined
    ? ''
    : `; loss barrier ${filed.toFixed(2)} as the files have them, ${aligned.toFixed(2)} aligned`;
}
