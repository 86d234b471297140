/**
 * Predicted against true accuracy: points on a canvas, axes, diagonal and interval as SVG. The point that is marked, here
 * or in the table, wears a ring; what it is stands beside it.
 */
import { axisBottom, axisLeft, max, type ScaleLinear, scaleLinear, select } from 'd3';
import { type MouseEvent, type ReactNode, useEffect, useRef } from 'react';
import { halfWidthAt, type PromisedInterval } from '../../metanets/card';
import { type Dots, drawDots } from '../pictures/dots';
import { useSize } from './use-size';

export interface Point {
  readonly key: string;
  /** True and predicted accuracy, shares of 1. */
  readonly known: number;
  readonly predicted: number;
  readonly colour: string;
}

interface ScatterProps {
  /** What the picture shows, in a sentence. */
  readonly label: string;
  readonly points: readonly Point[];
  /** Both axes go from 0 to this. */
  readonly extent: number;
  readonly interval: PromisedInterval;
  readonly marked: string | undefined;
  readonly onMark: (key: string | undefined) => void;
  readonly onOpen: (key: string) => void;
  /** What is said of the marked point. */
  readonly describe: (key: string) => ReactNode;
}

/** Where both axes end: the first multiple of `step` beyond all points. */
export function extentOf(points: readonly Pick<Point, 'known' | 'predicted'>[], step: number): number {
  const most = max(points, ({ known, predicted }) => Math.max(known, predicted)) ?? 1;
  return Math.min(1, Math.max(1, Math.ceil(most / step)) * step);
}

/** Around the plot; what stands above it shares the sides. */
export const MARGIN = { top: 8, right: 14, bottom: 40, left: 46 } as const;
const REACH_PX = 14;
const TIP_PX = 280;

type Scale = ScaleLinear<number, number>;

const formatTick = (share: number) => `${Math.round(100 * share)}`;

export function Scatter(props: ScatterProps) {
  const { label, points, extent, interval, marked, onMark, onOpen, describe } = props;
  const boxRef = useRef<HTMLDivElement>(null);
  const canvasRef = useRef<HTMLCanvasElement>(null);
  const { width, height } = useSize(boxRef);
  const x = scaleLinear([0, extent], [MARGIN.left, width - MARGIN.right]);
  const y = scaleLinear([0, extent], [height - MARGIN.bottom, MARGIN.top]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the scales follow from size and extent
  useEffect(() => {
    if (canvasRef.current) drawDots(canvasRef.current, dotsOf(points, x, y));
  }, [points, width, height, extent]);

  const nearest = ({ nativeEvent: { offsetX, offsetY } }: MouseEvent): Point | undefined => {
    let [best, least]: [Point | undefined, number] = [undefined, REACH_PX];
    for (const point of points) {
      const distance = Math.hypot(x(point.known) - offsetX, y(point.predicted) - offsetY);
      if (distance < least) [best, least] = [point, distance];
    }
    return best;
  };
  const at = points.find(({ key }) => key === marked);
  return (
    <div ref={boxRef} className="scatter">
      {width > 0 && (
        <>
          <svg width={width} height={height} aria-hidden="true">
            <Interval x={x} y={y} extent={extent} interval={interval} />
            <Axes x={x} y={y} width={width} height={height} />
          </svg>
          <canvas
            ref={canvasRef}
            role="img"
            aria-label={label}
            style={{ width, height }}
            className={at ? 'over-point' : undefined}
            onPointerMove={(event) => onMark(nearest(event)?.key)}
            onPointerLeave={() => onMark(undefined)}
            onClick={(event) => {
              // The marked one, where there is one: among points close together a click may be nearest to another.
              const point = at ?? nearest(event);
              if (point) onOpen(point.key);
            }}
          />
          {at && (
            <>
              <svg className="ring" width={width} height={height} aria-hidden="true">
                <circle cx={x(at.known)} cy={y(at.predicted)} r={6.5} />
              </svg>
              <div
                className="graph-tip"
                style={{
                  width: TIP_PX,
                  transform: tipPlace(x(at.known), y(at.predicted), width),
                }}
              >
                {describe(at.key)}
              </div>
            </>
          )}
        </>
      )}
    </div>
  );
}

/** Beside the point, on the side that has room, and not below the plot. */
function tipPlace(left: number, top: number, width: number): string {
  const beside = left + 16 + TIP_PX < width ? left + 16 : Math.max(0, left - 16 - TIP_PX);
  return `translate(${beside}px, ${top}px) translateY(${top > 150 ? '-100%' : '0'})`;
}

function Interval({
  x,
  y,
  extent,
  interval,
}: { x: Scale; y: Scale } & Pick<ScatterProps, 'extent' | 'interval'>) {
  // The band about the diagonal: from end to end of the intervals around the least and the largest prediction.
  const [least, most] = [0, extent].map((predicted) => ({ predicted, by: halfWidthAt(interval, predicted) }));
  const corners = [
    [least.predicted - least.by, 0],
    [most.predicted - most.by, extent],
    [most.predicted + most.by, extent],
    [least.predicted + least.by, 0],
  ];
  const [left, top] = [x(0), y(extent)];
  return (
    <>
      {/* Cut at the plot's edges. */}
      <svg aria-hidden="true" x={left} y={top} width={x(extent) - left} height={y(0) - top}>
        <polygon
          className="interval"
          points={corners.map(([known, predicted]) => `${x(known) - left},${y(predicted) - top}`).join(' ')}
        />
      </svg>
      <line className="diagonal" x1={x(0)} y1={y(0)} x2={x(extent)} y2={y(extent)} />
    </>
  );
}

function Axes({ x, y, width, height }: { x: Scale; y: Scale; width: number; height: number }) {
  const bottomRef = useRef<SVGGElement>(null);
  const leftRef = useRef<SVGGElement>(null);
  useEffect(() => {
    const ticks = [Math.max(2, Math.min(8, width / 70)), Math.max(2, Math.min(8, height / 50))];
    if (bottomRef.current) {
      const axis = axisBottom(x)
        .ticks(ticks[0])
        .tickFormat((tick) => formatTick(+tick));
      select(bottomRef.current).call(axis.tickSize(MARGIN.top + MARGIN.bottom - height).tickPadding(7));
    }
    if (leftRef.current) {
      const axis = axisLeft(y)
        .ticks(ticks[1])
        .tickFormat((tick) => formatTick(+tick));
      select(leftRef.current).call(axis.tickSize(MARGIN.left + MARGIN.right - width).tickPadding(7));
    }
  });
  return (
    <>
      <g ref={bottomRef} className="axis" transform={`translate(0 ${height - MARGIN.bottom})`} />
      <g ref={leftRef} className="axis" transform={`translate(${MARGIN.left} 0)`} />
      <text className="axis-name" x={width - MARGIN.right} y={height - 6} textAnchor="end">
        true accuracy, % →
      </text>
      <text className="axis-name" transform={`translate(12 ${MARGIN.top}) rotate(-90)`} textAnchor="end">
        predicted accuracy, % →
      </text>
    </>
  );
}

/** Fewer points are drawn larger. */
function dotsOf(points: readonly Point[], x: Scale, y: Scale): Dots {
  return {
    places: points.map(({ known, predicted }) => [x(known), y(predicted)]),
    colours: points.map(({ colour }) => colour),
    radius: points.length > 1500 ? 2.2 : points.length > 400 ? 3 : 3.6,
    opacity: points.length > 1500 ? 0.6 : 0.8,
  };
}
