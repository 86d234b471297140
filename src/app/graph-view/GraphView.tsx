/**
 * The parameter graph: a canvas that d3-zoom moves, redrawn only when something has changed. Nodes answer to pointer and
 * arrow keys alike; what is under the pointer or selected is also said in words.
 */
import { select as selectElement, type ZoomBehavior, type ZoomTransform, zoom, zoomIdentity } from 'd3';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { select } from '../actions';
import { type Selection, store, useApp } from '../store';
import { messageOf } from '../worker-clients';
import { describeEdge, describeNode } from './describe';
import { drawScene } from './draw';
import { readPalette } from './palette';
import { edgeAt } from './plan';
import { savePicture } from './save-picture';
import { nodeAt, nodePoint, type Scene, sceneOf } from './scene';
import { stepNode } from './step-node';
import { usePainter } from './use-painter';
import { usePictures } from './use-pictures';
import { useShownScene } from './use-shown-scene';
import type { Marked, View } from './view';
import { onViewCommand } from './view-commands';

const MAX_ZOOM = 400;
const FIT_MARGIN = 56;
const NODE_REACH_PX = 9;
const EDGE_REACH_PX = 4;
/** A view that has not moved for so long is at rest: its lines are drawn anew. */
const SETTLE_MS = 90;
/** While pictures of blocks arrive, lines are drawn anew no more often than this. */
const RENEW_MS = 160;

function fitTransform({ layout }: Scene, width: number, height: number): ZoomTransform {
  const [spanX, spanY] = [layout.right - layout.left + 120, layout.bottom - layout.top + 90];
  const scale = Math.min(2, (width - FIT_MARGIN) / spanX, (height - FIT_MARGIN) / spanY);
  const centre = [(layout.left + layout.right) / 2, (layout.top + layout.bottom) / 2 + 10];
  return zoomIdentity.translate(width / 2 - scale * centre[0], height / 2 - scale * centre[1]).scale(scale);
}

function describeMarked(scene: Scene, marked: Marked) {
  return marked.kind === 'node'
    ? describeNode(scene, marked.node)
    : describeEdge(scene, marked.block, marked.pair);
}

function groupsOfSelection(scene: Scene, selection: Selection | undefined): Set<number> {
  if (selection?.kind !== 'layer') return new Set();
  const blocks = scene.graph.blocks.filter(({ layer }) => layer === selection.layer);
  return new Set(blocks.map(({ target }) => target));
}

const report = (error: unknown) =>
  store.setState({ error: `The picture was not saved: ${messageOf(error)}` });

export function GraphView() {
  const model = useApp((state) => state.model);
  const modelNumber = useApp((state) => state.modelNumber);
  const selection = useApp((state) => state.selection);
  const theme = useApp((state) => state.theme);
  const canvasRef = useRef<HTMLCanvasElement>(null);
  const [hovered, setHovered] = useState<Marked>();
  const [pointer, setPointer] = useState({ x: 0, y: 0 });

  /** The weights, and what is drawn: they, or what a tool shows in their place. */
  const weights = useMemo(() => (model ? sceneOf(model.graph) : undefined), [model]);
  const scene = useShownScene(weights);
  const transformRef = useRef<ZoomTransform>(zoomIdentity);
  const behaviourRef = useRef<ZoomBehavior<HTMLCanvasElement, unknown>>(undefined);
  const frameRef = useRef(0);
  const drawRef = useRef<() => void>(() => undefined);
  const drawnRef = useRef<Scene>(undefined);
  const viewRef = useRef<View>(undefined);

  const gpuCanvasRef = useRef<HTMLCanvasElement>(null);
  /** What the layer's lines depend on, besides the view. */
  const linesRef = useRef({ version: 0, drawn: -1, movedAt: 0, begunAt: 0 });

  /** Draws in the next frame; asking twice draws once. */
  const requestDraw = useCallback(() => {
    cancelAnimationFrame(frameRef.current);
    frameRef.current = requestAnimationFrame(() => drawRef.current());
  }, []);

  /** The weights' picture is out of date. */
  const requestLines = useCallback(() => {
    linesRef.current.version++;
    requestDraw();
  }, [requestDraw]);
  const askForWeights = usePictures(weights, modelNumber, requestLines);
  const painterRef = usePainter(gpuCanvasRef, requestLines);

  const selectedNode = selection?.kind === 'node' ? selection.node : undefined;
  const marked: Marked | undefined = hovered ?? (selection?.kind === 'layer' ? undefined : selection);
  drawRef.current = () => {
    const canvas = canvasRef.current;
    const context = canvas?.getContext('2d');
    if (!canvas || !context || !scene) return;
    const painter = painterRef.current;
    const ratio = devicePixelRatio;
    const { clientWidth: width, clientHeight: height } = canvas;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    viewRef.current = {
      width,
      height,
      transform: transformRef.current,
      palette: readPalette(canvas),
      marked,
      selectedGroups: groupsOfSelection(scene, selection),
      isInferred: scene.graph.isInferred,
      lineCapacity: painter.capacity,
    };
    const lines = linesRef.current;
    const isNew = drawnRef.current !== scene;
    const now = performance.now();
    const isResting = now - lines.movedAt > SETTLE_MS && now - lines.begunAt > RENEW_MS;
    const isTimely = painter.keepsUp || isResting;
    const isOutdated = lines.drawn !== lines.version || !painter.isOf(viewRef.current);
    if (isNew || (isOutdated && isTimely)) {
      lines.drawn = lines.version;
      lines.begunAt = now;
      painter.begin(scene, viewRef.current, ratio);
      if (scene === weights) askForWeights(painter.plan);
    }
    painter.advance();
    drawScene(context, scene, viewRef.current, painter);
    if (isNew) performance.mark('open: drawn');
    drawnRef.current = scene;
    // At rest nothing is drawn again.
    const isBusy = !painter.isComplete || (isOutdated && !isTimely);
    canvas.ariaBusy = String(isBusy);
    if (isBusy) requestDraw();
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: each of these changes what is drawn
  useEffect(requestDraw, [scene, hovered, selection, requestDraw]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme changes the lines' colours
  useEffect(requestLines, [theme, requestLines]);

  const fitView = useCallback(
    (isAnimated: boolean) => {
      const canvas = canvasRef.current;
      const behaviour = behaviourRef.current;
      if (!canvas || !weights || !behaviour) return;
      const target = fitTransform(weights, canvas.clientWidth, canvas.clientHeight);
      const element = selectElement(canvas);
      const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
      if (isAnimated && !isCalm) element.transition().duration(350).call(behaviour.transform, target);
      else element.call(behaviour.transform, target);
    },
    [weights],
  );

  const sceneRef = useRef(scene);
  sceneRef.current = scene;

  // The zoom behaviour lives as long as the canvas; each new scene is fitted into view.
  useEffect(() => {
    const canvas = canvasRef.current;
    if (!canvas || !weights) return;
    const behaviour = zoom<HTMLCanvasElement, unknown>()
      .scaleExtent([0.02, MAX_ZOOM])
      .on('zoom', ({ transform }: { transform: ZoomTransform }) => {
        transformRef.current = transform;
        linesRef.current.movedAt = performance.now();
        requestDraw();
      });
    behaviourRef.current = behaviour;
    const element = selectElement(canvas).call(behaviour).on('dblclick.zoom', null);
    fitView(false);
    linesRef.current.movedAt = 0;
    let isFirst = true;
    const observer = new ResizeObserver(() => {
      if (!isFirst) fitView(false);
      isFirst = false;
    });
    observer.observe(canvas);
    const stopCommands = onViewCommand((command) => {
      if (command === 'fit') fitView(true);
      else if (typeof command === 'object') {
        const name = store.getState().model?.fileName ?? 'graph';
        const view = viewRef.current;
        const shown = sceneRef.current;
        if (view && shown) savePicture(shown, view, name, command.save).catch(report);
      } else
        element
          .transition()
          .duration(150)
          .call(behaviour.scaleBy, command === 'zoomIn' ? 1.5 : 1 / 1.5);
    });
    return () => {
      observer.disconnect();
      stopCommands();
      element.on('.zoom', null);
    };
  }, [weights, fitView, requestDraw]);

  /** The node, or else the connection, under the pointer. */
  const pick = (event: { nativeEvent: { offsetX: number; offsetY: number } }): Marked | undefined => {
    if (!scene || !viewRef.current) return undefined;
    const { offsetX, offsetY } = event.nativeEvent;
    const [x, y] = transformRef.current.invert([offsetX, offsetY]);
    const node = nodeAt(scene, { x, y }, NODE_REACH_PX / transformRef.current.k);
    if (node !== undefined) return { kind: 'node', node };
    const edge = edgeAt(scene, viewRef.current, { x: offsetX, y: offsetY }, EDGE_REACH_PX);
    return edge && { kind: 'edge', ...edge };
  };

  /** Brings a node into view if the arrow keys have led out of it. */
  const reveal = (node: number) => {
    const canvas = canvasRef.current;
    if (!canvas || !scene) return;
    const point = nodePoint(scene, node);
    const [x, y] = transformRef.current.apply([point.x, point.y]);
    const isInside = x > 30 && y > 30 && x < canvas.clientWidth - 30 && y < canvas.clientHeight - 30;
    if (!isInside && behaviourRef.current) {
      selectElement(canvas).call(behaviourRef.current.translateTo, point.x, point.y);
    }
  };

  const onKeyDown = (event: React.KeyboardEvent) => {
    if (!scene) return;
    const next = stepNode(scene, selectedNode, event.key);
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    select({ kind: 'node', node: next });
    reveal(next);
  };

  const words = scene && marked && describeMarked(scene, marked);
  return (
    <div
      className="graph-view"
      role="application"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the graph is walked by arrow keys, as one widget
      tabIndex={0}
      aria-roledescription="parameter graph"
      aria-label={
        model
          ? `Parameter graph of ${model.fileName}: ${model.graph.nodeCount} nodes in ${model.graph.groups.length} groups. Arrow keys walk from neuron to neuron.`
          : 'Parameter graph'
      }
      onKeyDown={onKeyDown}
    >
      <canvas ref={gpuCanvasRef} className="gpu-picture" hidden />
      <canvas
        ref={canvasRef}
        data-testid="graph"
        onPointerMove={(event) => {
          if (event.buttons !== 0) return;
          setPointer({ x: event.nativeEvent.offsetX, y: event.nativeEvent.offsetY });
          setHovered(pick(event));
        }}
        onPointerLeave={() => setHovered(undefined)}
        onClick={(event) => select(pick(event))}
      />
      {hovered !== undefined && words && (
        <div
          className="graph-tip"
          style={{ transform: `translate(${pointer.x + 14}px, ${pointer.y + 12}px)` }}
        >
          <strong>{words.title}</strong>
          <span>{words.detail}</span>
        </div>
      )}
      <p className="visually-hidden" aria-live="polite">
        {words ? `${words.title}. ${words.detail}` : ''}
      </p>
    </div>
  );
}
