/**
 * The weights' layer, drawn as a picture of its own: a graphics card draws it at once, in every frame if it can; a canvas
 * draws it a little at a time. While one pans or zooms, the picture that there is is moved. At rest nothing is computed.
 */
import { type ZoomTransform, zoomIdentity } from 'd3';
import type { PlannedBlock } from './plan';
import type { Scene } from './scene';
import type { View } from './view';

export interface Painter {
  /** Lines that one picture may hold. */
  readonly capacity: number;
  /** What the picture that is being drawn holds: for those who need more lines than the scene has. */
  readonly plan: readonly PlannedBlock[];
  /** True if there is a picture, and nothing of it is missing. */
  readonly isComplete: boolean;
  /** True if a new picture may begin while the view is still moving. */
  readonly keepsUp: boolean;
  /** True if the picture that is shown, or drawn, is of this very view. */
  isOf(view: View): boolean;
  /** Begins a new picture; the old one is shown until the new one has something to show. */
  begin(scene: Scene, view: View, ratio: number): void;
  /** Draws on for one frame's share. */
  advance(): void;
  /** Empties the page's canvas, and puts the picture on or under it, where the view now is. */
  show(context: CanvasRenderingContext2D, view: View, opacity: number): void;
}

/** Room around the view, as a share of its size, so that panning meets lines that are there already. Whole pixels: no blur. */
const MARGIN = 0.25;
export const marginsOf = ({ width, height }: View): [number, number] => [
  Math.round(width * MARGIN),
  Math.round(height * MARGIN),
];

/** The view with its margins. */
export function widened(view: View): View {
  const [marginX, marginY] = marginsOf(view);
  const { k, x, y } = view.transform;
  return {
    ...view,
    width: view.width + 2 * marginX,
    height: view.height + 2 * marginY,
    transform: zoomIdentity.translate(x + marginX, y + marginY).scale(k),
  };
}

/** Where a picture, that was drawn with its margins for one transform, lies in a view that has moved since. */
export function placeOf(picture: ZoomTransform, view: View): { x: number; y: number; scale: number } {
  const { transform } = view;
  const scale = transform.k / picture.k;
  const [marginX, marginY] = marginsOf(view);
  return {
    x: transform.x - scale * (picture.x + marginX),
    y: transform.y - scale * (picture.y + marginY),
    scale,
  };
}

export const isSame = (a: ZoomTransform | undefined, b: ZoomTransform) =>
  a !== undefined && a.k === b.k && a.x === b.x && a.y === b.y;
