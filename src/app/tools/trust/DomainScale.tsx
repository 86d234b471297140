/** The distance from the zoo on a logarithmic scale, 1 being the threshold; behind it, the zoo's own held-out networks. */
import { bin, max, scaleLog } from 'd3';

const [WIDTH, HEIGHT, MARGIN, BASE] = [288, 74, 10, 50];
const BINS = 36;
/** What is nearer stands here. */
const LEAST = 0.01;
/** The scale's end, unless the network lies beyond. */
const USUAL_END = 12;
const TICKS = [0.01, 0.1, 0.3, 1, 3, 10, 30, 100];

interface DomainScaleProps {
  /** In units of the threshold. */
  readonly distance: number;
  /** The same of the held-out networks. */
  readonly heldOut: readonly number[];
}

export function DomainScale({ distance, heldOut }: DomainScaleProps) {
  const end = Math.min(TICKS[TICKS.length - 1], Math.max(USUAL_END, 1.5 * distance));
  const x = scaleLog([LEAST, end], [MARGIN, WIDTH - MARGIN]).clamp(true);
  const edges = Array.from({ length: BINS - 1 }, (_, edge) =>
    x.invert(MARGIN + ((edge + 1) * (WIDTH - 2 * MARGIN)) / BINS),
  );
  const bins = bin().domain([LEAST, end]).thresholds(edges)(heldOut.map((one) => Math.max(LEAST, one)));
  const most = max(bins, ({ length }) => length) || 1;
  const at = x(distance);
  return (
    <svg
      className="domain-scale"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`${distance.toFixed(2)} times the threshold of the domain check${distance > 1 ? ', beyond it' : ''}`}
    >
      <rect className="beyond" x={x(1)} y={8} width={WIDTH - MARGIN - x(1)} height={BASE - 8} />
      <text className="beyond-words" x={x(1) + 5} y={18}>
        unlike the zoo
      </text>
      {bins.map(({ x0 = LEAST, x1 = end, length }) => (
        <rect
          key={x0}
          className="held-out"
          x={x(x0)}
          width={Math.max(0, x(x1) - x(x0) - 0.5)}
          y={BASE - (34 * length) / most}
          height={(34 * length) / most}
        />
      ))}
      <line className="gauge-axis" x1={MARGIN} x2={WIDTH - MARGIN} y1={BASE} y2={BASE} />
      <line className="threshold" x1={x(1)} x2={x(1)} y1={8} y2={BASE} />
      {TICKS.filter((tick) => tick <= end).map((tick) => (
        <g key={tick} transform={`translate(${x(tick)} ${BASE})`}>
          <line className="gauge-axis" y2={4} />
          <text className="gauge-tick" x={tick === LEAST ? 9 : 0} y={17}>
            {tick === LEAST ? `≤ ${tick}` : tick}
          </text>
        </g>
      ))}
      <circle className="gauge-dot" cx={at} cy={BASE} r={6} />
    </svg>
  );
}
