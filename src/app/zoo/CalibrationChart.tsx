/** Promised against actual coverage of the intervals: on the diagonal they hold what they promise. */
import { axisBottom, axisLeft, line, scaleLinear, select } from 'd3';
import { useEffect, useRef } from 'react';
import type { CalibrationPoint } from '../../tasks/calibration';
import { MARGIN } from './Scatter';
import { useSize } from './use-size';

const formatShare = (share: number) => `${Math.round(100 * share)} %`;

export function CalibrationChart({ curve, shown }: { curve: readonly CalibrationPoint[]; shown: string }) {
  const boxRef = useRef<HTMLDivElement>(null);
  const bottomRef = useRef<SVGGElement>(null);
  const leftRef = useRef<SVGGElement>(null);
  const { width, height } = useSize(boxRef);
  // A square: what is promised and what is held are the same measure.
  const side = Math.max(0, Math.min(width - MARGIN.left - MARGIN.right, height - MARGIN.top - MARGIN.bottom));
  const left = MARGIN.left + Math.max(0, (width - MARGIN.left - MARGIN.right - side) / 2);
  const x = scaleLinear([0, 1], [left, left + side]);
  const y = scaleLinear([0, 1], [MARGIN.top + side, MARGIN.top]);
  useEffect(() => {
    const ticks = (tick: { valueOf(): number }) => `${Math.round(100 * tick.valueOf())}`;
    if (bottomRef.current)
      select(bottomRef.current).call(axisBottom(x).ticks(5).tickFormat(ticks).tickSize(-side).tickPadding(7));
    if (leftRef.current)
      select(leftRef.current).call(axisLeft(y).ticks(5).tickFormat(ticks).tickSize(-side).tickPadding(7));
  });
  const path = line<CalibrationPoint>(
    ({ promised }) => x(promised),
    ({ held }) => y(held),
  );
  const middle = curve.find(({ promised }) => promised === 0.9);
  return (
    <div ref={boxRef} className="scatter calibration">
      {side > 0 && curve.length > 0 && (
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={`Calibration on ${shown}: intervals that promise 90 % hold ${formatShare(middle?.held ?? 0)}`}
        >
          <g ref={bottomRef} className="axis" transform={`translate(0 ${MARGIN.top + side})`} />
          <g ref={leftRef} className="axis" transform={`translate(${left} 0)`} />
          <line className="diagonal" x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} />
          <path className="held" d={path(curve) ?? ''} />
          {curve.map(({ promised, held, factor }) => (
            <circle key={promised} className="held" cx={x(promised)} cy={y(held)} r={4}>
              <title>
                {`${factor.toFixed(2)} times the 90 % interval’s width: promised ${formatShare(promised)}, held ${formatShare(held)}`}
              </title>
            </circle>
          ))}
          <text className="axis-name" x={left + side} y={MARGIN.top + side + 34} textAnchor="end">
            promised coverage, % →
          </text>
          <text
            className="axis-name"
            transform={`translate(${left - 34} ${MARGIN.top}) rotate(-90)`}
            textAnchor="end"
          >
            networks held, % →
          </text>
        </svg>
      )}
    </div>
  );
}
