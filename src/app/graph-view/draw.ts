/**
 * Draws the scene on a canvas: the weights' layer as it is, then nodes, what is marked, and names. Detail follows zoom: far
 * away a layer is a bar and its weights a band; closer, nodes are dots and weights lines, strongest on top. Sign is colour,
 * and for a marked node dashes too.
 */
import { lineTurns, type Stroke, strokeLines } from './canvas-lines';
import { drawBands, drawMarked, drawMeetings } from './draw-blocks';
import { drawGroups, drawLabels } from './draw-nodes';
import type { Painter } from './painter';
import { type PlannedBlock, planFrame } from './plan';
import type { Scene } from './scene';
import type { DrawingContext } from './svg-recorder';
import type { View } from './view';

/** How much of the weights is left when something is marked. */
const FADED = 0.22;

export function drawScene(
  context: CanvasRenderingContext2D,
  scene: Scene,
  view: View,
  painter: Painter,
): void {
  context.save();
  painter.show(context, view, view.marked === undefined ? 1 : FADED);
  drawOverLines(context, scene, view, painter.plan);
  context.restore();
}

/** All but the weights' layer. */
function drawOverLines(
  context: DrawingContext,
  scene: Scene,
  view: View,
  plan: readonly PlannedBlock[],
): void {
  const { marked } = view;
  context.globalAlpha = marked === undefined ? 1 : FADED;
  drawMeetings(context, scene, view, plan);
  context.globalAlpha = 1;
  drawGroups(context, scene, view);
  if (marked !== undefined) drawMarked(context, scene, view, marked);
  drawLabels(context, scene, view);
}

/** Draws a view at once, from what lies at the bottom to what lies on top: onto a canvas, or what records as one. */
export function drawPicture(context: DrawingContext, scene: Scene, view: View): void {
  const plan = planFrame(scene, view);
  context.fillStyle = view.palette.background;
  context.fillRect(0, 0, view.width, view.height);
  drawBands(context, scene, view, plan);
  for (const stroke of strokesFromBottom(scene, view, plan)) strokeLines(context, stroke);
  drawOverLines(context, scene, view, plan);
}

/** Strokes of all blocks in turn, as the page draws them, the weakest first. */
function strokesFromBottom(scene: Scene, view: View, plan: readonly PlannedBlock[]): Stroke[] {
  const turns = plan.map((planned) => [...lineTurns(scene, view, planned)]);
  const most = Math.max(0, ...turns.map(({ length }) => length));
  const faded = view.marked === undefined ? 1 : FADED;
  return Array.from({ length: most }, (_, turn) => turns.flatMap((ofBlock) => ofBlock[turn] ?? []))
    .flat()
    .reverse()
    .map((stroke) => ({ ...stroke, opacity: faded * stroke.opacity }));
}
