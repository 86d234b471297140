/** Weights from afar: bands, and arcs for residual sums; and all edges of one marked node. */
import { isWeightBlock } from '../../graph';
import type { BlockPicture } from '../../tasks';
import type { Edge, PlannedBlock } from './plan';
import { nodePoint, pairPlaces, type Scene } from './scene';
import { cssColour } from './scene-colours';
import type { DrawingContext } from './svg-recorder';
import { extent, hasLabels, type Marked, toScreen, type View } from './view';

/** Bands of weights from afar. */
export function drawBands(
  context: DrawingContext,
  scene: Scene,
  view: View,
  plan: readonly PlannedBlock[],
): void {
  for (const { block, form } of plan) if (form === 'band') drawBand(context, scene, view, block);
}

/** How opaque a matrix is from afar: the stronger its weights, the fuller. */
export const bandOpacity = (picture: BlockPicture | undefined) =>
  picture ? 0.1 + 0.16 * Math.min(1, picture.rootMeanSquare / (picture.strongest || 1)) : 0.08;

/** Arcs of residual sums and gates. */
export function drawMeetings(
  context: DrawingContext,
  scene: Scene,
  view: View,
  plan: readonly PlannedBlock[],
): void {
  for (const { block, form } of plan) if (form === 'meeting') drawMeeting(context, scene, view, block);
}

/** A weight matrix from afar: one band. */
function drawBand(context: DrawingContext, scene: Scene, view: View, block: number): void {
  const { source, target } = scene.graph.blocks[block];
  const [a, b] = [extent(scene, view, source), extent(scene, view, target)];
  const middle = (a.x + b.x) / 2;
  context.beginPath();
  context.moveTo(a.x, a.top - 1);
  context.bezierCurveTo(middle, a.top - 1, middle, b.top - 1, b.x, b.top - 1);
  context.lineTo(b.x, b.bottom + 1);
  context.bezierCurveTo(middle, b.bottom + 1, middle, a.bottom + 1, a.x, a.bottom + 1);
  context.closePath();
  context.globalAlpha = bandOpacity(scene.pictures[block]);
  context.fillStyle = view.palette.neutral;
  context.fill();
  context.globalAlpha = 1;
}

/** Residual sums and gates: one dashed arc below the columns it passes. */
function drawMeeting(context: DrawingContext, scene: Scene, view: View, block: number): void {
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

/** What is marked, at full strength: a node with all its edges, or one edge with its two nodes. Negative is dashed. */
export function drawMarked(context: DrawingContext, scene: Scene, view: View, marked: Marked): void {
  const ends =
    marked.kind === 'node'
      ? drawEdgesOfNode(context, scene, view, marked.node)
      : drawEdge(context, scene, view, marked);
  const { palette } = view;
  const colours = scene.colours?.ofNodes(palette);
  for (const end of ends) {
    const isChosen = marked.kind === 'edge' || end === marked.node;
    const point = toScreen(view, nodePoint(scene, end));
    context.beginPath();
    context.arc(point.x, point.y, isChosen ? 6 : 3.5, 0, 2 * Math.PI);
    // A node that has a colour of its own keeps it, with a ring where it is chosen.
    context.fillStyle = colours ? cssColour(colours[end]) : isChosen ? palette.accent : palette.node;
    context.fill();
    context.lineWidth = colours && isChosen ? 2.5 : 1.5;
    context.strokeStyle = !isChosen ? palette.nodeEdge : colours ? palette.accent : palette.text;
    context.stroke();
  }
}

/** A line as it is drawn by itself: its strength relative to its block's strongest, and its colour, where a tool gives it one. */
interface LoneLine {
  readonly strength: number;
  readonly share: number;
  readonly colour: number | undefined;
}

/** Returns the line's two nodes. */
function drawOneLine(
  context: DrawingContext,
  scene: Scene,
  view: View,
  { block: number, pair }: Edge,
  { strength, share, colour }: LoneLine,
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
  const sign = strength < 0 ? negative : positive;
  context.strokeStyle = colour !== undefined ? cssColour(colour) : isWeightBlock(block) ? sign : muted;
  context.setLineDash(strength < 0 && colour === undefined ? [5, 3] : []);
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
  return ends;
}

function drawEdge(context: DrawingContext, scene: Scene, view: View, edge: Edge): Iterable<number> {
  const picture = scene.pictures[edge.block];
  const entry = picture?.pairs.indexOf(edge.pair) ?? -1;
  const colour = picture && scene.colours?.ofLines?.(view.palette, edge.block, picture)[entry];
  const strength = picture?.strengths[entry] ?? 1;
  return drawOneLine(context, scene, view, edge, { strength, share: 1, colour });
}

/** Returns the node and its strongest neighbours. */
function drawEdgesOfNode(context: DrawingContext, scene: Scene, view: View, node: number): Iterable<number> {
  const { graph, groupOf, pictures } = scene;
  const own = groupOf[node];
  const place = node - graph.groups[own].first;
  const ends = new Set<number>([node]);
  graph.blocks.forEach((block, number) => {
    const picture = pictures[number];
    if ((block.source !== own && block.target !== own) || !picture) return;
    const colours = scene.colours?.ofLines?.(view.palette, number, picture);
    picture.pairs.forEach((pair, entry) => {
      const { source, target } = pairPlaces(graph, block, pair);
      const isOwn = (block.source === own && source === place) || (block.target === own && target === place);
      if (!isOwn) return;
      const strength = picture.strengths[entry];
      const share = Math.abs(strength) / (picture.strongest || 1);
      const line = { strength, share, colour: colours?.[entry] };
      const both = drawOneLine(context, scene, view, { block: number, pair }, line);
      if (share > 0.35) for (const end of both) ends.add(end);
    });
  });
  return ends;
}
