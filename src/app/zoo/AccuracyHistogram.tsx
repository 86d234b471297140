/** How accurate the networks are: all of the split behind, those that are shown in front. Brushing chooses a range. */
import { type BrushBehavior, brushX, type D3BrushEvent, max, scaleLinear, select } from 'd3';
import { useEffect, useRef } from 'react';
import { MARGIN } from './Scatter';
import { useSize } from './use-size';

interface AccuracyHistogramProps {
  readonly all: readonly number[];
  readonly shown: readonly number[];
  /** The axis goes from 0 to this, as the scatter's below. */
  readonly extent: number;
  readonly range: readonly [number, number] | undefined;
  readonly onRange: (range: readonly [number, number] | undefined) => void;
}

const BIN = 0.02;
const HEIGHT_PX = 62;
const TOP_PX = 8;

/** Accuracies in each bin from 0 to `extent`. */
function countBins(accuracies: readonly number[], extent: number): number[] {
  const counts = Array.from({ length: Math.round(extent / BIN) }, () => 0);
  for (const accuracy of accuracies) counts[Math.min(counts.length - 1, Math.floor(accuracy / BIN))]++;
  return counts;
}

export function AccuracyHistogram({ all, shown, extent, range, onRange }: AccuracyHistogramProps) {
  const boxRef = useRef<HTMLDivElement>(null);
  const brushRef = useRef<SVGGElement>(null);
  const behaviour = useRef<BrushBehavior<unknown>>(undefined);
  const { width } = useSize(boxRef);
  const [left, right] = [MARGIN.left, Math.max(MARGIN.left + 1, width - MARGIN.right)];
  const x = scaleLinear([0, extent], [left, right]);
  const layers = [
    { name: 'all', counts: countBins(all, extent) },
    { name: 'shown', counts: countBins(shown, extent) },
  ];
  const y = scaleLinear([0, max(layers[0].counts) || 1], [HEIGHT_PX, TOP_PX]);

  /** The range that the brush itself has set: nothing is to be moved for it. */
  const brushed = useRef<AccuracyHistogramProps['range']>(undefined);
  const onBrush = useRef<(ends: [number, number] | null) => void>(() => undefined);
  onBrush.current = (ends) => {
    brushed.current = ends ? [round(x.invert(ends[0])), round(x.invert(ends[1]))] : undefined;
    onRange(brushed.current);
  };
  useEffect(() => {
    if (!brushRef.current || width === 0) return;
    const brush = brushX()
      .extent([
        [left, 0],
        [right, HEIGHT_PX],
      ])
      .on('brush end', ({ selection, sourceEvent }: D3BrushEvent<unknown>) => {
        if (sourceEvent) onBrush.current(selection as [number, number] | null); // a person's doing
      });
    behaviour.current = brush;
    select(brushRef.current).call(brush);
    brushed.current = undefined;
  }, [width, left, right]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the scale follows from width and extent
  useEffect(() => {
    if (!brushRef.current || !behaviour.current || (range && range === brushed.current)) return;
    // Typed ends may lie beyond the axis, or the wrong way round for a moment.
    const ends = range?.map((end) => x(Math.min(extent, end))) as [number, number] | undefined;
    const isShown = ends !== undefined && ends[0] < ends[1];
    select(brushRef.current).call(behaviour.current.move, isShown ? ends : null);
  }, [range, width, extent]);

  return (
    <div ref={boxRef} className="accuracy-histogram">
      <svg
        width={width}
        height={HEIGHT_PX + 1}
        role="img"
        aria-label={`Histogram of true accuracies: ${shown.length} networks shown of ${all.length}`}
      >
        {layers.map((layer) => (
          <g key={layer.name} className={layer.name}>
            {layer.counts.map((count, index) => (
              <rect
                // biome-ignore lint/suspicious/noArrayIndexKey: bins have no other name than their place
                key={index}
                x={x(index * BIN) + 0.5}
                width={Math.max(0, x(BIN) - x(0) - 1)}
                y={y(count)}
                height={HEIGHT_PX - y(count)}
              />
            ))}
          </g>
        ))}
        <line className="base" x1={left} x2={right} y1={HEIGHT_PX + 0.5} y2={HEIGHT_PX + 0.5} />
        <g ref={brushRef} className="brush" />
      </svg>
    </div>
  );
}

/** To a tenth of a percent: as fine as it is shown. */
const round = (share: number) => Math.round(1000 * share) / 1000;
