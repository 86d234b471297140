/** Moving about the graph: d3-zoom on the canvas, and fitting each new graph into it. */
import { select, type ZoomBehavior, type ZoomTransform, zoom, zoomIdentity, zoomTransform } from 'd3';
import { type RefObject, useCallback, useEffect, useRef } from 'react';
import type { Point, Scene } from './scene';

const MAX_ZOOM = 400;
const FIT_MARGIN = 56;
/** A point nearer to the edge than this counts as out of view. */
const EDGE_PX = 30;

function fitTransform({ layout }: Scene, width: number, height: number): ZoomTransform {
  const [spanX, spanY] = [layout.right - layout.left + 120, layout.bottom - layout.top + 90];
  const scale = Math.min(2, (width - FIT_MARGIN) / spanX, (height - FIT_MARGIN) / spanY);
  const centre = [(layout.left + layout.right) / 2, (layout.top + layout.bottom) / 2 + 10];
  return zoomIdentity.translate(width / 2 - scale * centre[0], height / 2 - scale * centre[1]).scale(scale);
}

/** What of a layout is seen, whatever the window's size: the point in the middle, and how much of it lies from left to right. */
export interface Part {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** Shows a part from left to right. */
function partTransform({ x, y, width }: Part, canvasWidth: number, canvasHeight: number): ZoomTransform {
  const scale = canvasWidth / width;
  return zoomIdentity.translate(canvasWidth / 2 - scale * x, canvasHeight / 2 - scale * y).scale(scale);
}

const sizeOf = ({ clientWidth, clientHeight }: Element) => `${clientWidth} × ${clientHeight}`;

/** Views that differ by less than this share are one. */
const SAME_VIEW = 0.01;

export interface Zooming {
  fit(): void;
  /** What is seen; undefined where that is the whole graph, fitted into view. */
  part(): Part | undefined;
  /** Zooms about the centre. */
  zoomBy(factor: number): void;
  /** As another view of the same layout stands. */
  follow(transform: ZoomTransform): void;
  /** Brings a point of the layout into view if it is out of it. */
  reveal(point: Point): void;
}

export interface ZoomEvents {
  /** The view moves; `isStill`: it was put in place at once. */
  readonly moveTo: (transform: ZoomTransform, isStill?: boolean) => void;
  /** A person has moved it. */
  readonly onMoved?: ((transform: ZoomTransform) => void) | undefined;
}

/** `weights`: each new one is fitted into view, or shown in the part that `firstPart` tells. */
export function useZoom(
  canvasRef: RefObject<HTMLCanvasElement | null>,
  weights: Scene | undefined,
  events: ZoomEvents,
  firstPart: Part | undefined,
): Zooming {
  const behaviourRef = useRef<ZoomBehavior<HTMLCanvasElement, unknown>>(undefined);
  const latest = useRef({ ...events, firstPart });
  latest.current = { ...events, firstPart };

  const fitView = useCallback(
    (isAnimated: boolean) => {
      const canvas = canvasRef.current;
      const behaviour = behaviourRef.current;
      if (!canvas || !weights || !behaviour) return;
      const target = fitTransform(weights, canvas.clientWidth, canvas.clientHeight);
      const element = select(canvas);
      const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
      if (isAnimated && !isCalm) element.transition().duration(350).call(behaviour.transform, target);
      else element.call(behaviour.transform, target);
    },
    [weights, canvasRef],
  );

  // The zoom behaviour lives as long as the graph.
  useEffect(() => {
    const canvas = canvasRef.current;
    if (!canvas || !weights) return;
    let isPlaced = false;
    const behaviour = zoom<HTMLCanvasElement, unknown>()
      .scaleExtent([0.02, MAX_ZOOM])
      .on('zoom', ({ transform, sourceEvent }: { transform: ZoomTransform; sourceEvent: unknown }) => {
        latest.current.moveTo(transform, !isPlaced);
        if (sourceEvent) latest.current.onMoved?.(transform);
      });
    behaviourRef.current = behaviour;
    const element = select(canvas).call(behaviour).on('dblclick.zoom', null);
    const part = latest.current.firstPart;
    if (part) element.call(behaviour.transform, partTransform(part, canvas.clientWidth, canvas.clientHeight));
    else fitView(false);
    isPlaced = true;
    let placedIn = sizeOf(canvas);
    const observer = new ResizeObserver(() => {
      // It is called once without a change, too; and the size may have changed before that.
      if (sizeOf(canvas) !== placedIn) fitView(false);
      placedIn = sizeOf(canvas);
    });
    observer.observe(canvas);
    return () => {
      observer.disconnect();
      element.on('.zoom', null);
    };
  }, [weights, fitView, canvasRef]);

  const withCanvas = (
    act: (canvas: HTMLCanvasElement, behaviour: ZoomBehavior<HTMLCanvasElement, unknown>) => void,
  ) => {
    if (canvasRef.current && behaviourRef.current) act(canvasRef.current, behaviourRef.current);
  };
  return {
    fit: () => fitView(true),
    part: () => {
      const canvas = canvasRef.current;
      if (!canvas || !weights) return undefined;
      const { clientWidth: width, clientHeight: height } = canvas;
      const [now, fitted] = [zoomTransform(canvas), fitTransform(weights, width, height)];
      const isFitted =
        Math.abs(now.k / fitted.k - 1) < SAME_VIEW &&
        Math.hypot(now.x - fitted.x, now.y - fitted.y) < SAME_VIEW * width;
      const [x, y] = now.invert([width / 2, height / 2]);
      return isFitted ? undefined : { x, y, width: width / now.k };
    },
    zoomBy: (factor) =>
      withCanvas((canvas, behaviour) =>
        select(canvas).transition().duration(150).call(behaviour.scaleBy, factor),
      ),
    follow: (transform) =>
      withCanvas((canvas, behaviour) => select(canvas).call(behaviour.transform, transform)),
    reveal: (point) =>
      withCanvas((canvas, behaviour) => {
        const [px, py] = zoomTransform(canvas).apply([point.x, point.y]);
        const isInside =
          px > EDGE_PX &&
          py > EDGE_PX &&
          px < canvas.clientWidth - EDGE_PX &&
          py < canvas.clientHeight - EDGE_PX;
        if (!isInside) select(canvas).call(behaviour.translateTo, point.x, point.y);
      }),
  };
}
