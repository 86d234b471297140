/**
 * The zoo's networks as dots in the plane of the first two principal components, the open one among them. A dot under the
 * pointer, or walked to by arrow keys, is marked.
 */
import { type KeyboardEvent, type MouseEvent, useEffect, useMemo, useRef } from 'react';
import { drawDots } from '../../pictures/dots';
import { useSize } from '../../zoo/use-size';
import { type Place, placesOf, stepDot } from './map-places';

interface EmbeddingMapProps {
  /** [x, y] of each network of the zoo, and its colour. */
  readonly points: readonly Place[];
  readonly colours: readonly string[];
  /** Of the open network. */
  readonly own: Place;
  /** Its nearest neighbours. */
  readonly near: readonly number[];
  readonly marked: number | undefined;
  readonly onMark: (network: number | undefined) => void;
  readonly onOpen: (network: number) => void;
}

const REACH_PX = 10;
const DOT = { radius: 1.7, opacity: 0.75 } as const;

export function EmbeddingMap({ points, colours, own, near, marked, onMark, onOpen }: EmbeddingMapProps) {
  const boxRef = useRef<HTMLDivElement>(null);
  const canvasRef = useRef<HTMLCanvasElement>(null);
  const { width } = useSize(boxRef);
  const { dots, place, height } = useMemo(() => placesOf(points, width), [points, width]);
  const [x, y] = place(own);
  useEffect(() => {
    if (canvasRef.current) drawDots(canvasRef.current, { places: dots, colours, ...DOT });
  }, [dots, colours]);

  const nearest = ({ nativeEvent: { offsetX, offsetY } }: MouseEvent): number | undefined => {
    let [best, least]: [number | undefined, number] = [undefined, REACH_PX];
    dots.forEach((dot, network) => {
      const distance = Math.hypot(dot[0] - offsetX, dot[1] - offsetY);
      if (distance < least) [best, least] = [network, distance];
    });
    return best;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && marked !== undefined) return onOpen(marked);
    const next = stepDot(dots, marked === undefined ? [x, y] : dots[marked], event.key);
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    onMark(next);
  };
  return (
    <div
      ref={boxRef}
      className="embedding-map"
      role="application"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the dots are walked by arrow keys, as one widget
      tabIndex={0}
      aria-roledescription="map of the zoo"
      aria-label={`${points.length} networks of the zoo by their embeddings, with this network among them. Arrow keys walk from network to network, Enter opens one.`}
      onKeyDown={onKeyDown}
      onBlur={() => onMark(undefined)}
    >
      {width > 0 && (
        <>
          <canvas
            ref={canvasRef}
            style={{ width, height }}
            className={marked === undefined ? undefined : 'over-dot'}
            onPointerMove={(event) => onMark(nearest(event))}
            onPointerLeave={() => onMark(undefined)}
            onClick={(event) => {
              const network = nearest(event);
              if (network !== undefined) onOpen(network);
            }}
          />
          <svg width={width} height={height} aria-hidden="true">
            {near.map((network) => (
              <circle key={network} className="near" cx={dots[network][0]} cy={dots[network][1]} r={4.5} />
            ))}
            <g transform={`translate(${x} ${y})`}>
              <path className="own-cross" d="M-13 0H-6M6 0H13M0 -13V-6M0 6V13" />
              <circle className="own" r={5} />
            </g>
            {marked !== undefined && (
              <circle className="marked" cx={dots[marked][0]} cy={dots[marked][1]} r={6.5} />
            )}
          </svg>
        </>
      )}
    </div>
  );
}
