/** A small chart of lines: axes by d3, the lines and their points as SVG. A point that is not to be trusted is hollow. */
import { axisBottom, axisLeft, line, type ScaleLinear, scaleLinear, select } from 'd3';
import { type PointerEvent, type RefObject, useEffect, useRef } from 'react';
import { useSize } from '../zoo/use-size';
import '../styles/line-chart.css';

export interface ChartPoint {
  readonly x: number;
  readonly y: number;
  readonly isHollow?: boolean;
  /** What is said of it. */
  readonly title?: string;
}

export interface ChartLine {
  readonly key: string;
  readonly className: string;
  readonly points: readonly ChartPoint[];
  /** Points without a line between them. */
  readonly isScattered?: boolean;
}

export interface ChartAxis {
  readonly label: string;
  readonly domain: readonly [number, number];
  readonly format: (value: number) => string;
  /** Whole numbers only. */
  readonly isCount?: boolean;
}

interface LineChartProps {
  readonly ref?: RefObject<HTMLDivElement | null>;
  /** What the chart shows, in a sentence. */
  readonly label: string;
  readonly x: ChartAxis;
  readonly y: ChartAxis;
  /** From the one at the bottom to the one on top. */
  readonly lines: readonly ChartLine[];
  /** Where a line is drawn from top to bottom. */
  readonly cursor?: number;
  /** A click, at this x. */
  readonly onPick?: (x: number) => void;
}

const MARGIN = { top: 10, right: 16, bottom: 38, left: 54 } as const;

export function LineChart({ ref, label, x, y, lines, cursor, onPick }: LineChartProps) {
  const ownRef = useRef<HTMLDivElement>(null);
  const boxRef = ref ?? ownRef;
  const { width, height } = useSize(boxRef);
  const across = scaleLinear(x.domain, [MARGIN.left, width - MARGIN.right]);
  const up = scaleLinear(y.domain, [height - MARGIN.bottom, MARGIN.top]);
  const path = line<ChartPoint>(
    (point) => across(point.x),
    (point) => up(point.y),
  );
  const pick = ({ nativeEvent: { offsetX } }: PointerEvent) => onPick?.(across.invert(offsetX));
  return (
    <div ref={boxRef} className="line-chart">
      {width > 0 && (
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={label}
          className={onPick && 'pickable'}
          onPointerDown={pick}
          onPointerMove={(event) => event.buttons === 1 && pick(event)}
        >
          <Axes {...{ x, y, across, up, width, height }} />
          {cursor !== undefined && (
            <line
              className="cursor"
              x1={across(cursor)}
              x2={across(cursor)}
              y1={MARGIN.top}
              y2={up.range()[0]}
            />
          )}
          {lines.map(({ key, className, points, isScattered }) => (
            <g key={key} className={`line ${className}`}>
              {!isScattered && <path d={path(points) ?? ''} />}
              {points.map((point) => (
                <circle
                  key={point.x}
                  className={point.isHollow ? 'hollow' : undefined}
                  cx={across(point.x)}
                  cy={up(point.y)}
                  r={3.2}
                >
                  {point.title && <title>{point.title}</title>}
                </circle>
              ))}
            </g>
          ))}
        </svg>
      )}
    </div>
  );
}

interface AxesProps extends Pick<LineChartProps, 'x' | 'y'> {
  readonly across: ScaleLinear<number, number>;
  readonly up: ScaleLinear<number, number>;
  readonly width: number;
  readonly height: number;
}

function Axes({ x, y, across, up, width, height }: AxesProps) {
  const bottomRef = useRef<SVGGElement>(null);
  const leftRef = useRef<SVGGElement>(null);
  useEffect(() => {
    const room = width / 70;
    const few = x.isCount ? Math.min(room, x.domain[1] - x.domain[0]) : room;
    const text = (format: (value: number) => string) => (tick: { valueOf(): number }) =>
      format(tick.valueOf());
    if (bottomRef.current) {
      const axis = axisBottom(across)
        .ticks(Math.max(1, Math.min(8, few)))
        .tickFormat(text(x.format));
      select(bottomRef.current).call(axis.tickSize(MARGIN.top + MARGIN.bottom - height).tickPadding(7));
    }
    if (leftRef.current) {
      const axis = axisLeft(up)
        .ticks(Math.max(2, Math.min(6, height / 45)))
        .tickFormat(text(y.format));
      select(leftRef.current).call(axis.tickSize(MARGIN.left + MARGIN.right - width).tickPadding(7));
    }
  });
  return (
    <>
      <g ref={bottomRef} className="axis" transform={`translate(0 ${height - MARGIN.bottom})`} />
      <g ref={leftRef} className="axis" transform={`translate(${MARGIN.left} 0)`} />
      <text className="axis-name" x={width - MARGIN.right} y={height - 5} textAnchor="end">
        {x.label}
      </text>
      <text className="axis-name" transform={`translate(11 ${MARGIN.top}) rotate(-90)`} textAnchor="end">
        {y.label}
      </text>
    </>
  );
}
