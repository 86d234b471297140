/**
 * Draws a scene on a canvas whenever something of it has changed, and only then. The weights' layer, which takes longest, is
 * drawn anew when the view has come to rest or the painter keeps up with it.
 */
import { type ZoomTransform, zoomIdentity } from 'd3';
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef } from 'react';
import { useApp } from '../store';
import { drawScene } from './draw';
import { readPalette } from './palette';
import type { Scene } from './scene';
import { usePainter } from './use-painter';
import { type PictureEvents, type PictureOf, usePictures } from './use-pictures';
import type { Marked, View } from './view';

/** A view that has not moved for so long is at rest: its lines are drawn anew. */
const SETTLE_MS = 90;
/** While pictures of blocks arrive, lines are drawn anew no more often than this. */
const RENEW_MS = 160;

export interface Drawn extends Omit<PictureEvents, 'onArrival'> {
  /** The weights, whose pictures are asked for; and what is drawn: they, or what a tool shows in their place. */
  readonly weights: Scene | undefined;
  readonly scene: Scene | undefined;
  readonly pictureOf: PictureOf | undefined;
  readonly marked: Marked | undefined;
  readonly selectedGroups: ReadonlySet<number>;
  /** Draws more on top. */
  readonly drawOver?: ((context: CanvasRenderingContext2D, scene: Scene, view: View) => void) | undefined;
  /** A new scene was drawn for the first time. */
  readonly onDrawn?: () => void;
}

export interface Drawing {
  /** Where the view is now. */
  readonly transformRef: RefObject<ZoomTransform>;
  /** The view as it was drawn last. */
  readonly viewRef: RefObject<View | undefined>;
  /** Moves the view; `isStill`: its lines are drawn anew at once. */
  moveTo(transform: ZoomTransform, isStill?: boolean): void;
}

export function useDrawing(
  canvasRef: RefObject<HTMLCanvasElement | null>,
  gpuCanvasRef: RefObject<HTMLCanvasElement | null>,
  drawn: Drawn,
): Drawing {
  const { weights, scene, pictureOf, marked, selectedGroups, drawOver } = drawn;
  const theme = useApp((state) => state.theme);
  const transformRef = useRef<ZoomTransform>(zoomIdentity);
  const viewRef = useRef<View>(undefined);
  const frameRef = useRef(0);
  const drawRef = useRef<() => void>(() => undefined);
  const drawnRef = useRef<Scene>(undefined);
  /** What the layer's lines depend on, besides the view. */
  const linesRef = useRef({ version: 0, drawn: -1, movedAt: 0, begunAt: 0 });

  /** Draws in the next frame; asking twice draws once. The canvas is busy until what was asked for has been drawn. */
  const requestDraw = useCallback(() => {
    if (canvasRef.current) canvasRef.current.ariaBusy = 'true';
    cancelAnimationFrame(frameRef.current);
    frameRef.current = requestAnimationFrame(() => drawRef.current());
  }, [canvasRef]);

  /** The weights' picture is out of date. */
  const requestLines = useCallback(() => {
    linesRef.current.version++;
    requestDraw();
  }, [requestDraw]);
  const askForWeights = usePictures(weights, pictureOf, { ...drawn, onArrival: requestLines });
  const painterRef = usePainter(gpuCanvasRef, requestLines);

  drawRef.current = () => {
    const canvas = canvasRef.current;
    const context = canvas?.getContext('2d');
    if (!canvas || !context) return;
    if (!scene) {
      canvas.ariaBusy = 'false';
      return;
    }
    const painter = painterRef.current;
    const ratio = devicePixelRatio;
    const { clientWidth: width, clientHeight: height } = canvas;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const view: View = {
      width,
      height,
      transform: transformRef.current,
      palette: readPalette(canvas),
      marked,
      selectedGroups,
      isInferred: scene.graph.isInferred,
      lineCapacity: painter.capacity,
    };
    viewRef.current = view;
    const lines = linesRef.current;
    const isNew = drawnRef.current !== scene;
    const now = performance.now();
    const isResting = now - lines.movedAt > SETTLE_MS && now - lines.begunAt > RENEW_MS;
    const isTimely = painter.keepsUp || isResting;
    const isOutdated = lines.drawn !== lines.version || !painter.isOf(view);
    if (isNew || (isOutdated && isTimely)) {
      lines.drawn = lines.version;
      lines.begunAt = now;
      painter.begin(scene, view, ratio);
      if (scene.pictures === weights?.pictures) askForWeights(painter.plan);
    }
    painter.advance();
    drawScene(context, scene, view, painter);
    drawOver?.(context, scene, view);
    if (isNew) drawn.onDrawn?.();
    drawnRef.current = scene;
    // At rest nothing is drawn again.
    const isBusy = !painter.isComplete || (isOutdated && !isTimely);
    canvas.ariaBusy = String(isBusy);
    if (isBusy) requestDraw();
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: each of these changes what is drawn
  useLayoutEffect(requestDraw, [scene, marked, selectedGroups, drawOver, requestDraw]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme changes the lines' colours
  useEffect(requestLines, [theme, requestLines]);

  const moveTo = useCallback(
    (transform: ZoomTransform, isStill = false) => {
      transformRef.current = transform;
      linesRef.current.movedAt = isStill ? 0 : performance.now();
      requestDraw();
    },
    [requestDraw],
  );
  return { transformRef, viewRef, moveTo };
}
