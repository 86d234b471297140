/** Weights: bands from afar, lines from near, arcs for residual sums; and all edges of one marked node. */
import { isWeightBlock } from '../../graph';
import type { BlockPicture } from '../../tasks';
import type { Edge, PlannedBlock } from './plan';
import { nodePoint, pairPlaces, type Scene } from './scene';
import { extent, hasLabels, type Marked, toScreen, type View } from './view';

/** The page's canvas, or the layer's own. */
type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

const STRENGTH_CLASSES = 6;
/** Lines stroked together, and one after the other within a step of a drawing that may be interrupted. */
const LINES_PER_CHUNK = 400;
const MANY_LINES = 1500;

/** What is no line: bands of weights from afar, arcs of residual sums and gates. */
export function drawBands(context: Context, scene: Scene, view: View, plan: readonly PlannedBlock[]): void {
  for (const { block, form } of plan) {
    if (form === 'meeting') drawMeeting(context, scene, view, block);
    if (form === 'band') drawBand(context, scene, view, block, scene.pictures[block]);
  }
}

/** A weight matrix from afar: one band, the stronger its weights the fuller. */
function drawBand(
  context: Context,
  scene: Scene,
  view: View,
  block: number,
  picture: BlockPicture | undefined,
): void {
  const { source, target } = scene.graph.blocks[block];
  const [a, b] = [extent(scene, view, source), extent(scene, view, target)];
  const middle = (a.x + b.x) / 2;
  context.beginPath();
  context.moveTo(a.x, a.top - 1);
  context.bezierCurveTo(middle, a.top - 1, middle, b.top - 1, b.x, b.top - 1);
  context.lineTo(b.x, b.bottom + 1);
  context.bezierCurveTo(middle, b.bottom + 1, middle, a.bottom + 1, a.x, a.bottom + 1);
  context.closePath();
  const fade = context.globalAlpha;
  context.globalAlpha =
    fade * (picture ? 0.1 + 0.16 * Math.min(1, picture.rootMeanSquare / (picture.strongest || 1)) : 0.08);
  context.fillStyle = view.palette.neutral;
  context.fill();
  context.globalAlpha = fade;
}

/** Residual sums and gates: one dashed arc below the columns it passes. */
function drawMeeting(context: Context, scene: Scene, view: View, block: number): void {
  const { source, target, kind } = scene.graph.blocks[block];
  const [a, b] = [extent(scene, view, source), extent(scene, view, target)];
  // Below the labels, where there are any.
  const lift = hasLabels(scene, view) ? 50 : 8;
  const low = Math.max(a.bottom, b.bottom) + lift + 10 + 0.1 * Math.abs(b.x - a.x);
  context.beginPath();
  context.moveTo(a.x, a.bottom + lift);
  context.bezierCurveTo(a.x + (b.x - a.x) * 0.15, low, a.x + (b.x - a.x) * 0.85, low, b.x, b.bottom + lift);
  context.setLineDash(kind === 'gate' ? [2, 3] : [6, 4]);
  context.strokeStyle = view.palette.muted;
  context.lineWidth = 1.3;
  context.stroke();
  context.setLineDash([]);
}

/** The strongest `limit` lines of a block, strongest first, a chunk at a time. */
export function* lineChunks(
  context: Context,
  scene: Scene,
  view: View,
  { block, limit, opacity }: PlannedBlock,
): Generator<void> {
  const picture = scene.pictures[block];
  if (!picture || limit === 0 || picture.strongest === 0) return;
  const shape = scene.graph.blocks[block];
  const [a, b] = [scene.layout.places[shape.source], scene.layout.places[shape.target]];
  const { transform, palette, height, isInferred } = view;
  const [x0, x1] = [transform.applyX(a.x), transform.applyX(b.x)];
  const middle = (x0 + x1) / 2;
  // Many lines in little room are drawn fainter, so that a layer of a thousand is no darker than one of ten.
  const room = Math.max(40, Math.abs(b.step) * scene.graph.groups[shape.target].count * transform.k);
  const crowd =
    Math.min(1, 14 / Math.sqrt(limit) + 0.14) * Math.min(1, 0.35 + room / (2 * limit) + (x1 - x0) / 400);
  const count = picture.pairs.length;
  let paths: Path2D[] = [];
  let waiting = 0;
  const stroke = () => {
    if (isInferred) context.setLineDash([5, 4]);
    for (let level = STRENGTH_CLASSES - 1; level >= 0; level--) {
      const share = (level + 1) / STRENGTH_CLASSES;
      for (const isNegative of [true, false]) {
        const path = paths[(isNegative ? STRENGTH_CLASSES : 0) + level];
        if (!path) continue;
        context.globalAlpha = opacity * Math.min(1, crowd * (0.25 + 0.75 * share ** 1.5));
        context.strokeStyle = isNegative ? palette.negative : palette.positive;
        // Among thousands, width is clutter; and lines of a pixel are painted many times faster.
        context.lineWidth = Math.min(limit > MANY_LINES ? 1 : 2, 0.5 + 1.5 * share ** 2);
        context.stroke(path);
      }
    }
    context.setLineDash([]);
    context.globalAlpha = 1;
    [paths, waiting] = [[], 0];
  };
  for (let entry = count - 1; entry >= Math.max(0, count - limit); entry--) {
    const { source, target } = pairPlaces(scene.graph, shape, picture.pairs[entry]);
    const y0 = transform.applyY(a.y + source * a.step);
    const y1 = transform.applyY(b.y + target * b.step);
    if ((y0 < 0 && y1 < 0) || (y0 > height && y1 > height)) continue;
    const strength = picture.strengths[entry];
    const level = Math.min(
      STRENGTH_CLASSES - 1,
      Math.floor((Math.abs(strength) / picture.strongest) * STRENGTH_CLASSES),
    );
    // One path per sign and class of strength: strokes are what costs.
    const place = (strength < 0 ? STRENGTH_CLASSES : 0) + level;
    paths[place] ??= new Path2D();
    paths[place].moveTo(x0, y0);
    paths[place].bezierCurveTo(middle, y0, middle, y1, x1, y1);
    if (++waiting < LINES_PER_CHUNK) continue;
    stroke();
    yield;
  }
  if (waiting > 0) stroke();
}

/** What is marked, at full strength: a node with all its edges, or one edge with its two nodes. Negative is dashed. */
export function drawMarked(
  context: CanvasRenderingContext2D,
  scene: Scene,
  view: View,
  marked: Marked,
): void {
  const ends =
    marked.kind === 'node'
      ? drawEdgesOfNode(context, scene, view, marked.node)
      : drawEdge(context, scene, view, marked);
  const { palette } = view;
  for (const end of ends) {
    const isChosen = marked.kind === 'edge' || end === marked.node;
    const point = toScreen(view, nodePoint(scene, end));
    context.beginPath();
    context.arc(point.x, point.y, isChosen ? 6 : 3.5, 0, 2 * Math.PI);
    context.fillStyle = isChosen ? palette.accent : palette.node;
    context.fill();
    context.lineWidth = 1.5;
    context.strokeStyle = isChosen ? palette.text : palette.nodeEdge;
    context.stroke();
  }
}

/** One line by itself; `share` is its strength relative to its block's strongest. Returns its two nodes. */
function drawOneLine(
  context: CanvasRenderingContext2D,
  scene: Scene,
  view: View,
  { block: number, pair }: Edge,
  strength: number,
  share: number,
): [number, number] {
  const { graph } = scene;
  const block = graph.blocks[number];
  const { source, target } = pairPlaces(graph, block, pair);
  const ends: [number, number] = [
    graph.groups[block.source].first + source,
    graph.groups[block.target].first + target,
  ];
  const [from, to] = ends.map((end) => toScreen(view, nodePoint(scene, end)));
  const middle = (from.x + to.x) / 2;
  const { muted, negative, positive } = view.palette;
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.bezierCurveTo(middle, from.y, middle, to.y, to.x, to.y);
  context.globalAlpha = 0.25 + 0.75 * share;
  context.lineWidth = 0.7 + 2.3 * share;
  context.strokeStyle = !isWeightBlock(block) ? muted : strength < 0 ? negative : positive;
  context.setLineDash(strength < 0 ? [5, 3] : []);
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
  return ends;
}

function drawEdge(context: CanvasRenderingContext2D, scene: Scene, view: View, edge: Edge): Iterable<number> {
  const picture = scene.pictures[edge.block];
  const entry = picture?.pairs.indexOf(edge.pair) ?? -1;
  return drawOneLine(context, scene, view, edge, picture?.strengths[entry] ?? 1, 1);
}

/** Returns the node and its strongest neighbours. */
function drawEdgesOfNode(
  context: CanvasRenderingContext2D,
  scene: Scene,
  view: View,
  node: number,
): Iterable<number> {
  const { graph, groupOf, pictures } = scene;
  const own = groupOf[node];
  const place = node - graph.groups[own].first;
  const ends = new Set<number>([node]);
  graph.blocks.forEach((block, number) => {
    const picture = pictures[number];
    if ((block.source !== own && block.target !== own) || !picture) return;
    picture.pairs.forEach((pair, entry) => {
      const { source, target } = pairPlaces(graph, block, pair);
      const isOwn = (block.source === own && source === place) || (block.target === own && target === place);
      if (!isOwn) return;
      const strength = picture.strengths[entry];
      const share = Math.abs(strength) / (picture.strongest || 1);
      const both = drawOneLine(context, scene, view, { block: number, pair }, strength, share);
      if (share > 0.35) for (const end of both) ends.add(end);
    });
  });
  return ends;
}
