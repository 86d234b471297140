/** The lines of a block as strokes, the strongest first: for the canvas that draws what no GPU does, and for pictures to keep. */
import { INFERRED_DASH, LINES_PER_TURN, lineLook, STRENGTH_CLASSES, strengthClass } from './line-look';
import type { PlannedBlock } from './plan';
import { pairPlaces, type Scene } from './scene';
import type { DrawingContext } from './svg-recorder';
import type { View } from './view';

/** Lines of one sign and class of strength, from one column to another: heights at both ends, two numbers a line. */
export interface Stroke {
  readonly colour: string;
  readonly opacity: number;
  readonly width: number;
  readonly dash: readonly number[];
  readonly fromX: number;
  readonly toX: number;
  readonly heights: readonly number[];
}

/** The strongest `limit` lines of a block, a turn at a time; within a turn, what is to lie on top comes first. */
export function* lineTurns(scene: Scene, view: View, planned: PlannedBlock): Generator<Stroke[]> {
  const { block, limit } = planned;
  const picture = scene.pictures[block];
  if (!picture || limit === 0 || picture.strongest === 0) return;
  const shape = scene.graph.blocks[block];
  const { palette, height, isInferred } = view;
  const { from, to, classes } = lineLook(scene, view, planned);
  const count = picture.pairs.length;
  const dash = isInferred ? INFERRED_DASH : [];
  let heights: number[][] = [];
  let waiting = 0;
  // Within a turn, lines of one sign lie over the other's: now these, now those.
  let isNegativeOnTop = false;
  const strokes = (): Stroke[] => {
    isNegativeOnTop = !isNegativeOnTop;
    const turn: Stroke[] = [];
    for (let level = STRENGTH_CLASSES - 1; level >= 0; level--) {
      for (const isNegative of [isNegativeOnTop, !isNegativeOnTop]) {
        const lines = heights[(isNegative ? STRENGTH_CLASSES : 0) + level];
        if (!lines) continue;
        const colour = isNegative ? palette.negative : palette.positive;
        turn.push({ colour, ...classes[level], dash, fromX: from.x, toX: to.x, heights: lines });
      }
    }
    [heights, waiting] = [[], 0];
    return turn;
  };
  for (let entry = count - 1; entry >= Math.max(0, count - limit); entry--) {
    const { source, target } = pairPlaces(scene.graph, shape, picture.pairs[entry]);
    const y0 = from.y + source * from.step;
    const y1 = to.y + target * to.step;
    if ((y0 < 0 && y1 < 0) || (y0 > height && y1 > height)) continue;
    const strength = picture.strengths[entry];
    // One path per sign and class of strength: strokes are what costs.
    const place = (strength < 0 ? STRENGTH_CLASSES : 0) + strengthClass(strength, picture.strongest);
    heights[place] ??= [];
    heights[place].push(y0, y1);
    if (++waiting === LINES_PER_TURN) yield strokes();
  }
  if (waiting > 0) yield strokes();
}

export function strokeLines(
  context: DrawingContext,
  { colour, opacity, width, dash, fromX, toX, heights }: Stroke,
): void {
  const middle = (fromX + toX) / 2;
  context.beginPath();
  for (let at = 0; at < heights.length; at += 2) {
    context.moveTo(fromX, heights[at]);
    context.bezierCurveTo(middle, heights[at], middle, heights[at + 1], toX, heights[at + 1]);
  }
  context.setLineDash([...dash]);
  context.globalAlpha = opacity;
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}
