/** Lines of a block on a canvas, the strongest first, each under what is there: where there is no GPU to draw them. */
import { INFERRED_DASH, LINES_PER_TURN, lineLook, STRENGTH_CLASSES, strengthClass } from './line-look';
import type { PlannedBlock } from './plan';
import { pairPlaces, type Scene } from './scene';
import type { View } from './view';

/** The strongest `limit` lines of a block, a turn at a time: lines of a turn are stroked together. */
export function* lineChunks(
  context: OffscreenCanvasRenderingContext2D,
  scene: Scene,
  view: View,
  planned: PlannedBlock,
): Generator<void> {
  const { block, limit } = planned;
  const picture = scene.pictures[block];
  if (!picture || limit === 0 || picture.strongest === 0) return;
  const shape = scene.graph.blocks[block];
  const { palette, height, isInferred } = view;
  const { from, to, classes } = lineLook(scene, view, planned);
  const middle = (from.x + to.x) / 2;
  const count = picture.pairs.length;
  let paths: Path2D[] = [];
  let waiting = 0;
  // Within a turn, lines of one sign lie over the other's: now these, now those.
  let isNegativeOnTop = false;
  const stroke = () => {
    isNegativeOnTop = !isNegativeOnTop;
    if (isInferred) context.setLineDash(INFERRED_DASH);
    for (let level = STRENGTH_CLASSES - 1; level >= 0; level--) {
      for (const isNegative of [isNegativeOnTop, !isNegativeOnTop]) {
        const path = paths[(isNegative ? STRENGTH_CLASSES : 0) + level];
        if (!path) continue;
        context.globalAlpha = classes[level].opacity;
        context.strokeStyle = isNegative ? palette.negative : palette.positive;
        context.lineWidth = classes[level].width;
        context.stroke(path);
      }
    }
    context.setLineDash([]);
    context.globalAlpha = 1;
    [paths, waiting] = [[], 0];
  };
  for (let entry = count - 1; entry >= Math.max(0, count - limit); entry--) {
    const { source, target } = pairPlaces(scene.graph, shape, picture.pairs[entry]);
    const y0 = from.y + source * from.step;
    const y1 = to.y + target * to.step;
    if ((y0 < 0 && y1 < 0) || (y0 > height && y1 > height)) continue;
    const strength = picture.strengths[entry];
    // One path per sign and class of strength: strokes are what costs.
    const place = (strength < 0 ? STRENGTH_CLASSES : 0) + strengthClass(strength, picture.strongest);
    paths[place] ??= new Path2D();
    paths[place].moveTo(from.x, y0);
    paths[place].bezierCurveTo(middle, y0, middle, y1, to.x, y1);
    if (++waiting < LINES_PER_TURN) continue;
    stroke();
    yield;
  }
  if (waiting > 0) stroke();
}
