/**
 * Draws the scene on a canvas: the weights' layer as it is, then nodes, what is marked, and names. Detail follows zoom: far
 * away a layer is a bar and its weights a band; closer, nodes are dots and weights lines, strongest on top. Sign is colour,
 * and for a marked node dashes too.
 */
import { drawMarked } from './draw-blocks';
import { drawGroups, drawLabels } from './draw-nodes';
import type { LineLayer } from './line-layer';
import type { Scene } from './scene';
import type { View } from './view';

/** How much of the weights is left when something is marked. */
const FADED = 0.22;

export function drawScene(
  context: CanvasRenderingContext2D,
  scene: Scene,
  view: View,
  layer: LineLayer,
): void {
  const { width, height, palette, marked } = view;
  context.save();
  context.fillStyle = palette.background;
  context.fillRect(0, 0, width, height);
  context.globalAlpha = marked === undefined ? 1 : FADED;
  layer.composite(context, view);
  context.globalAlpha = 1;
  drawGroups(context, scene, view);
  if (marked !== undefined) drawMarked(context, scene, view, marked);
  drawLabels(context, scene, view);
  context.restore();
}
