/** Predicted accuracy, with its interval, against the level of an edit; and the true one, where it has been measured. */
import { area, line, scaleLinear, scaleLog } from 'd3';
import { formatPercent } from '../../format';
import { useImages } from '../../images/measuring';
import { useApp } from '../../store';
import type { Kind } from './kinds';

export interface LevelPoint {
  readonly level: number;
  /** 0 … 1, as the verdict has them. */
  readonly accuracy: number;
  readonly low: number;
  readonly high: number;
  /** On a person's own images. */
  readonly truth: number | undefined;
}

const SIZE = { width: 284, height: 128 };
const MARGIN = { left: 30, right: 8, top: 8, bottom: 20 };

interface LevelChartProps {
  readonly kind: Kind;
  /** By level, lowest first. */
  readonly points: readonly LevelPoint[];
  readonly level: number;
}

export function LevelChart({ kind: { kind, levels, neutral, inWords }, points, level }: LevelChartProps) {
  const original = useApp((state) => state.original.verdict?.accuracy);
  const images = useImages((state) => state.images?.name);
  const measured = points.flatMap(({ level: at, truth }) => (truth === undefined ? [] : [{ at, truth }]));
  const range = [MARGIN.left, SIZE.width - MARGIN.right];
  const [first, last] = [levels[0], levels[levels.length - 1]];
  const x = kind === 'scale' ? scaleLog([first, last], range) : scaleLinear([first, last], range);
  // As wide as what there is to see, and never so narrow that rounding looks like a change.
  const highest = Math.max(0.2, ...points.map((point) => point.high), ...measured.map(({ truth }) => truth));
  const high = Math.min(1, highest + 0.02);
  const y = scaleLinear([0, high], [SIZE.height - MARGIN.bottom, MARGIN.top]);
  const band = area<LevelPoint>(
    (point) => x(point.level),
    (point) => y(point.low),
    (point) => y(point.high),
  );
  const curve = line<LevelPoint>(
    (point) => x(point.level),
    (point) => y(point.accuracy),
  );
  const trueCurve = line<(typeof measured)[number]>(
    ({ at }) => x(at),
    ({ truth }) => y(truth),
  );
  const describe = ({ level: at, accuracy, truth }: LevelPoint) =>
    `${inWords(at)}: ${formatPercent(accuracy)}${truth === undefined ? '' : `, truly ${formatPercent(truth)}`}`;
  return (
    <figure className="level-chart">
      <svg
        viewBox={`0 0 ${SIZE.width} ${SIZE.height}`}
        role="img"
        aria-label={`Predicted accuracy by level: ${points.map(describe).join('; ')}`}
      >
        {y.ticks(4).map((tick) => (
          <g key={tick}>
            <line
              className="grid"
              x1={MARGIN.left}
              x2={SIZE.width - MARGIN.right}
              y1={y(tick)}
              y2={y(tick)}
            />
            <text className="tick end" x={MARGIN.left - 5} y={y(tick) + 3.5}>
              {Math.round(100 * tick)}
            </text>
          </g>
        ))}
        {[...new Set([first, neutral, last])].map((tick) => (
          <text
            key={tick}
            className={tick === first ? 'tick start' : tick === last ? 'tick end' : 'tick'}
            x={x(tick)}
            y={SIZE.height - 5}
          >
            {inWords(tick)}
          </text>
        ))}
        <path className="gauge-interval" d={band([...points]) ?? undefined} />
        {original !== undefined && (
          <line
            className="original"
            x1={MARGIN.left}
            x2={SIZE.width - MARGIN.right}
            y1={y(original)}
            y2={y(original)}
          />
        )}
        <path className="curve" d={curve([...points]) ?? undefined} />
        {points.map((point) => (
          <circle
            key={point.level}
            className={point.level === level ? 'gauge-dot' : 'point'}
            cx={x(point.level)}
            cy={y(point.accuracy)}
            r={point.level === level ? 5 : 2.5}
          />
        ))}
        <path className="true-curve" d={trueCurve(measured) ?? undefined} />
        {measured.map(({ at, truth }) => (
          <circle key={at} className="true-point" cx={x(at)} cy={y(truth)} r={2.5} />
        ))}
      </svg>
      <figcaption className="muted small">
        Predicted accuracy in percent, with its interval. Dashed: of the file.
        {measured.length > 0 && ` Without colour: true, on ${images}.`}
      </figcaption>
    </figure>
  );
}
