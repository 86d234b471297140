/** The lines of a block as strokes, the strongest first: for the canvas that draws what no GPU does, and for pictures to keep. */
import { INFERRED_DASH, LINES_PER_TURN, lineLook, STRENGTH_CLASSES, strengthClass } from './line-look';
import type { PlannedBlock } from './plan';
import { pairPlaces, type Scene } from './scene';
import { cssColour } from './scene-colours';
import type { DrawingContext } from './svg-recorder';
import type { View } from './view';

/** Lines of one colour and class of strength, from one column to another: heights at both ends, two numbers a line. */
export interface Stroke {
  readonly colour: string;
  readonly opacity: number;
  readonly width: number;
  readonly dash: readonly number[];
  readonly fromX: number;
  readonly toX: number;
  readonly heights: readonly number[];
}

/** Lines of one stroke on their way. */
interface Pile {
  readonly colour: string;
  readonly level: number;
  readonly isNegative: boolean;
  readonly heights: number[];
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
  const colours = scene.colours?.ofLines?.(palette, block, picture);
  let piles = new Map<number, Pile>();
  let waiting = 0;
  // Within a turn, lines of one sign lie over the other's: now these, now those.
  let isNegativeOnTop = false;
  const strokes = (): Stroke[] => {
    isNegativeOnTop = !isNegativeOnTop;
    const isOnTop = ({ isNegative }: Pile) => Number(isNegative === isNegativeOnTop);
    const turn = [...piles.values()]
      .sort((a, b) => b.level - a.level || isOnTop(b) - isOnTop(a))
      .map(
        ({ colour, level, heights }): Stroke => ({
          ...{ colour, ...classes[level], dash, fromX: from.x, toX: to.x, heights },
        }),
      );
    [piles, waiting] = [new Map(), 0];
    return turn;
  };
  for (let entry = count - 1; entry >= Math.max(0, count - limit); entry--) {
    const { source, target } = pairPlaces(scene.graph, shape, picture.pairs[entry]);
    const y0 = from.y + source * from.step;
    const y1 = to.y + target * to.step;
    if ((y0 < 0 && y1 < 0) || (y0 > height && y1 > height)) continue;
    const strength = picture.strengths[entry];
    const isNegative = strength < 0;
    const level = strengthClass(strength, picture.strongest);
    // One path per colour and class of strength: strokes are what costs.
    const key = (colours ? colours[entry] : Number(isNegative)) * STRENGTH_CLASSES + level;
    let pile = piles.get(key);
    if (!pile) {
      const sign = isNegative ? palette.negative : palette.positive;
      pile = { colour: colours ? cssColour(colours[entry]) : sign, level, isNegative, heights: [] };
      piles.set(key, pile);
    }
    pile.heights.push(y0, y1);
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
