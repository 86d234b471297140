/** The prediction on a scale from 0 to 100 %, with its interval, the truth, and behind it the zoo's own accuracies. */
import { area, curveBasis, max, scaleLinear } from 'd3';
import type { Verdict } from '../tasks';
import { formatPercent } from './format';

const WIDTH = 280;
const HEIGHT = 76;
const MARGIN = 10;
const BASE = 50;

interface AccuracyGaugeProps {
  readonly verdict: Verdict;
  readonly known: number | undefined;
  /** Shares of the zoo's networks in equal bins of accuracy from 0 to 1. */
  readonly zoo: readonly number[];
}

export function AccuracyGauge({ verdict, known, zoo }: AccuracyGaugeProps) {
  const x = scaleLinear([0, 1], [MARGIN, WIDTH - MARGIN]);
  const y = scaleLinear([0, max(zoo) || 1], [BASE, 6]);
  const shape = area<number>()
    .x((_, index) => x((index + 0.5) / zoo.length))
    .y0(BASE)
    .y1((share) => y(share))
    .curve(curveBasis)([...zoo]);
  const { accuracy, low, high } = verdict;
  return (
    <svg
      className="gauge"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`Predicted ${formatPercent(accuracy)}, between ${formatPercent(low)} and ${formatPercent(high)}${known === undefined ? '' : `; truly ${formatPercent(known)}`}`}
    >
      {shape && <path className="gauge-zoo" d={shape} />}
      <line className="gauge-axis" x1={x(0)} x2={x(1)} y1={BASE} y2={BASE} />
      {[0, 0.25, 0.5, 0.75, 1].map((tick) => (
        <g key={tick} transform={`translate(${x(tick)} ${BASE})`}>
          <line className="gauge-axis" y2={4} />
          <text className="gauge-tick" y={17}>
            {100 * tick}
          </text>
        </g>
      ))}
      <rect className="gauge-interval" x={x(low)} width={x(high) - x(low)} y={BASE - 5} height={10} rx={5} />
      {known !== undefined && (
        <path className="gauge-truth" d="M0 -7 L6 -18 L-6 -18 Z" transform={`translate(${x(known)} ${BASE})`}>
          <title>true accuracy</title>
        </path>
      )}
      <circle className="gauge-dot" cx={x(accuracy)} cy={BASE} r={6} />
    </svg>
  );
}
