/** How the lines of a block look, whoever draws them: the canvas or the GPU. */
import type { PlannedBlock } from './plan';
import type { Scene } from './scene';
import type { View } from './view';

export const STRENGTH_CLASSES = 6;
const MANY_LINES = 1500;
/** Lines of one block before it is the next block's turn: blocks that cross should not hide each other's strongest lines. */
export const LINES_PER_TURN = 400;
/** Of inferred structure: length of a dash and of a gap. */
export const INFERRED_DASH = [5, 4] as const;

export interface LineLook {
  /** Columns of the sources and of the targets: place, first node's height, step to the next; pixels. */
  readonly from: { readonly x: number; readonly y: number; readonly step: number };
  readonly to: { readonly x: number; readonly y: number; readonly step: number };
  /** By class of strength, weakest first. */
  readonly classes: readonly { readonly opacity: number; readonly width: number }[];
}

export function lineLook(
  scene: Scene,
  { transform }: View,
  { block, limit, opacity }: PlannedBlock,
): LineLook {
  const shape = scene.graph.blocks[block];
  const column = (group: number) => {
    const { x, y, step } = scene.layout.places[group];
    return { x: transform.applyX(x), y: transform.applyY(y), step: step * transform.k };
  };
  const [from, to] = [column(shape.source), column(shape.target)];
  // Many lines in little room are drawn fainter, so that a layer of a thousand is no darker than one of ten.
  const room = Math.max(40, Math.abs(to.step) * scene.graph.groups[shape.target].count);
  const crowd =
    Math.min(1, 14 / Math.sqrt(limit) + 0.14) *
    Math.min(1, 0.35 + room / (2 * limit) + (to.x - from.x) / 400);
  const classes = Array.from({ length: STRENGTH_CLASSES }, (_, level) => {
    const share = (level + 1) / STRENGTH_CLASSES;
    return {
      opacity: opacity * Math.min(1, crowd * (0.25 + 0.75 * share ** 1.5)),
      // Among thousands, width is clutter; and lines of a pixel are painted many times faster.
      width: Math.min(limit > MANY_LINES ? 1 : 2, 0.5 + 1.5 * share ** 2),
    };
  });
  return { from, to, classes };
}

/** Class of a line's strength, given its block's strongest. */
export const strengthClass = (strength: number, strongest: number) =>
  Math.min(STRENGTH_CLASSES - 1, Math.floor((Math.abs(strength) / strongest) * STRENGTH_CLASSES));
