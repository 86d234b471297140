/** When neurons change places, they are seen to: each flies from where it was to where it is, while the edges behind follow. */
import { easeCubicInOut, interpolateRainbow } from 'd3';
import { useEffect, useMemo, useState } from 'react';
import { type Edit, symmetryOf } from '../../edits';
import { type GraphShape, isCarrier } from '../../graph';
import { useApp } from '../store';
import { nodePoint, type Scene } from './scene';
import { isBar, toScreen, type View } from './view';

const FLIGHT_MS = 900;
/** How much of the graph behind is hidden in mid-flight. */
const HIDDEN = 0.82;
const RADIUS_PX = 4.5;

type DrawOver = (context: CanvasRenderingContext2D, scene: Scene, view: View) => void;

/** Draws the flight of the last shuffle, or of one that was undone, as long as it lasts. */
export function useMovingNodes(): DrawOver | undefined {
  const graph = useApp((state) => state.model?.graph);
  const edits = useApp((state) => state.edits.edits);
  const [known, setKnown] = useState({ graph, edits });
  const [flight, setFlight] = useState<{ readonly to: Int32Array; readonly share: number }>();

  useEffect(() => {
    if (known.graph === graph && known.edits === edits) return;
    setKnown({ graph, edits });
    const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const to = graph && known.graph === graph && !isCalm && movesBetween(graph, known.edits, edits);
    setFlight(to ? { to, share: 0 } : undefined);
  }, [graph, edits, known]);

  const to = flight?.to;
  useEffect(() => {
    if (!to) return;
    const start = performance.now();
    let frame = requestAnimationFrame(function step(now) {
      const share = Math.max(0, now - start) / FLIGHT_MS;
      setFlight(share < 1 ? { to, share } : undefined);
      if (share < 1) frame = requestAnimationFrame(step);
    });
    return () => cancelAnimationFrame(frame);
  }, [to]);

  return useMemo(
    () => flight && ((context, scene, view) => drawFlight(context, scene, view, flight.to, flight.share)),
    [flight],
  );
}

/** Where every node goes, [nodeCount], if all that has changed is one shuffle. */
function movesBetween(
  graph: GraphShape,
  before: readonly Edit[],
  after: readonly Edit[],
): Int32Array | undefined {
  if (after.length === before.length + 1) return movesOf(graph, after[after.length - 1]);
  if (after.length !== before.length - 1) return undefined;
  const back = movesOf(graph, before[before.length - 1]);
  if (!back) return undefined;
  const forth = new Int32Array(back.length);
  back.forEach((to, node) => {
    forth[to] = node;
  });
  return forth;
}

function movesOf(graph: GraphShape, edit: Edit): Int32Array | undefined {
  if (edit.kind === 'permute') return symmetryOf(graph, edit.seed, edit.group, edit.factor);
  if (edit.kind !== 'permute-one-side') return undefined;
  const { first, count } = graph.groups[edit.group];
  return symmetryOf(graph, edit.seed, edit.group)?.map((to, node) =>
    node >= first && node < first + count ? to : node,
  );
}

function drawFlight(
  context: CanvasRenderingContext2D,
  scene: Scene,
  view: View,
  to: Int32Array,
  share: number,
): void {
  const eased = easeCubicInOut(share);
  context.save();
  context.globalAlpha = HIDDEN * Math.sin(Math.PI * share);
  context.fillStyle = view.palette.background;
  context.fillRect(0, 0, view.width, view.height);
  context.globalAlpha = 1;
  scene.graph.groups.forEach(({ kind, first, count }, group) => {
    if (isCarrier(kind) || isBar(scene, view, group)) return;
    for (let node = first; node < first + count; node++) {
      const [start, end] = [nodePoint(scene, node), nodePoint(scene, to[node])];
      const point = toScreen(view, { x: start.x, y: start.y + eased * (end.y - start.y) });
      // By where it was: one sees the order go.
      context.fillStyle = to[node] === node ? view.palette.node : interpolateRainbow((node - first) / count);
      context.beginPath();
      context.arc(point.x, point.y, RADIUS_PX, 0, 2 * Math.PI);
      context.fill();
    }
  });
  context.restore();
}
