/** The histogram of a tensor's elements, computed when it comes into view. */
import { max, scaleLinear } from 'd3';
import { useEffect, useRef, useState } from 'react';
import type { TensorStatistics } from '../tasks';
import { formatValue } from './format';
import { useAnswer } from './use-answer';

interface TensorHistogramProps {
  readonly tensorName: string;
  readonly height: number;
  /** Bars only, for lists. */
  readonly isSmall?: boolean;
}

const WIDTH = 240;

export function TensorHistogram({ tensorName, height, isSmall }: TensorHistogramProps) {
  const ref = useRef<HTMLDivElement>(null);
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) setSeen(true);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const statistics = useAnswer(isSeen ? tensorName : undefined, (api) => api.statistics(tensorName));
  return (
    <div ref={ref} className={isSmall ? 'histogram small' : 'histogram'} style={{ minHeight: height }}>
      {statistics && <Bars statistics={statistics} height={height} isSmall={isSmall ?? false} />}
    </div>
  );
}

function Bars({
  statistics,
  height,
  isSmall,
}: {
  statistics: TensorStatistics;
  height: number;
  isSmall: boolean;
}) {
  const { histogram, least, most } = statistics;
  const bins = [...histogram];
  const y = scaleLinear([0, max(bins) || 1], [0, height]);
  const step = WIDTH / bins.length;
  const valueAt = (bin: number) => least + ((bin + 0.5) / bins.length) * (most - least);
  const zero = least < 0 && most > 0 ? (WIDTH * -least) / (most - least) : undefined;
  return (
    <>
      <svg
        viewBox={`0 0 ${WIDTH} ${height}`}
        preserveAspectRatio="none"
        height={height}
        role="img"
        aria-label={`Histogram of ${statistics.count} values from ${formatValue(least)} to ${formatValue(most)}`}
      >
        {bins.map((count, bin) => (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: bins have no other name than their place
            key={bin}
            className={valueAt(bin) < 0 ? 'negative' : 'positive'}
            x={bin * step + 0.4}
            width={step - 0.8}
            y={height - y(count)}
            height={y(count)}
          />
        ))}
        {zero !== undefined && <line className="zero" x1={zero} x2={zero} y1={0} y2={height} />}
      </svg>
      {!isSmall && (
        <div className="histogram-ends">
          <span>{formatValue(least)}</span>
          <span>{formatValue(most)}</span>
        </div>
      )}
    </>
  );
}
