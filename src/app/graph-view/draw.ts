/**
 * Draws the scene on a canvas: the weights' layer as it is, then nodes, what is marked, and names. Detail follows zoom: far
 * away a layer is a bar and its weights a band; closer, nodes are dots and weights lines, strongest on top. Sign is colour,
 * and for a marked node dashes too.
 */
import { drawMarked, drawMeetings } from './draw-blocks';
import { drawGroups, drawLabels } from './draw-nodes';
import type { Painter } from './painter';
import type { Scene } from './scene';
import type { View } from './view';

/** How much of the weights is left when something is marked. */
const FADED = 0.22;

export function drawScene(
  context: CanvasRenderingContext2D,
  scene: Scene,
  view: View,
  painter: Painter,
): void {
  const { marked } = view;
  const strength = marked === undefined ? 1 : FADED;
  context.save();
  painter.show(context, view, strength);
  context.globalAlpha = strength;
  drawMeetings(context, scene, view, painter.plan);
  context.globalAlpha = 1;
  drawGroups(context, scene, view);
  if (marked !== undefined) drawMarked(context, scene, view, marked);
  drawLabels(context, scene, view);
  context.restore();
}
