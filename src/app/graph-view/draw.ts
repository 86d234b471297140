/**
 * Draws the scene on a canvas. Detail follows zoom: far away a layer is a bar and its weights a band; closer, nodes are
 * dots and weights lines, strongest on top, as many as a frame can hold. Sign is colour, and for a marked node dashes too.
 */
import { drawBlocks, drawMarked } from './draw-blocks';
import { drawGroups, drawLabels } from './draw-nodes';
import type { Scene } from './scene';
import type { View } from './view';

export function drawScene(context: CanvasRenderingContext2D, scene: Scene, view: View): void {
  const { width, height, palette } = view;
  context.save();
  context.fillStyle = palette.background;
  context.fillRect(0, 0, width, height);
  drawBlocks(context, scene, view);
  drawGroups(context, scene, view);
  if (view.marked !== undefined) drawMarked(context, scene, view, view.marked);
  drawLabels(context, scene, view);
  context.restore();
}
