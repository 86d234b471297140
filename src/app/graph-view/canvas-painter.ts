/**
 * The weights' layer drawn by a canvas, a little at a time: the strongest lines first and the others under them, until all
 * that the view holds are there. When the view has moved and rests, it is drawn anew.
 */
import type { ZoomTransform } from 'd3';
import { lineTurns, strokeLines } from './canvas-lines';
import { drawBands } from './draw-blocks';
import { isSame, type Painter, placeOf, widened } from './painter';
import { type PlannedBlock, planFrame } from './plan';
import type { Scene } from './scene';
import type { View } from './view';

/** Time that one frame may spend on asking for lines. */
const SLICE_MS = 8;
/** Lines are painted after they are asked for, where no clock is: how many a frame takes is learnt from how long frames are. */
const FRAME_MS = { short: 22, long: 36 };
const CHUNKS = { fewest: 1, most: 64, first: 4 };
/** A picture that is whole stays for so long while another of the same view is drawn: an edit's, that differs in a few lines. */
const HELD_MS = 500;

interface Picture {
  readonly canvas: OffscreenCanvas;
  readonly transform: ZoomTransform;
  readonly work: Generator<void>;
  readonly begunAt: number;
  isComplete: boolean;
}

export class CanvasPainter implements Painter {
  /** What is there after a second or two at rest. */
  readonly capacity = 100_000;
  readonly keepsUp = false;
  #shown: Picture | undefined;
  #next: Picture | undefined;
  #spare: OffscreenCanvas | undefined;
  #plan: readonly PlannedBlock[] = [];
  #chunks = CHUNKS.first;
  #advancedAt = 0;

  get plan(): readonly PlannedBlock[] {
    return this.#plan;
  }

  get isComplete(): boolean {
    return this.#next === undefined && this.#shown?.isComplete === true;
  }

  isOf({ transform }: View): boolean {
    return isSame((this.#next ?? this.#shown)?.transform, transform);
  }

  begin(scene: Scene, view: View, ratio: number): void {
    const wide = widened(view);
    const canvas = this.#spare ?? this.#next?.canvas ?? new OffscreenCanvas(1, 1);
    this.#spare = undefined;
    canvas.width = Math.max(1, Math.round(wide.width * ratio));
    canvas.height = Math.max(1, Math.round(wide.height * ratio));
    const context = canvas.getContext('2d');
    if (!context) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#plan = planFrame(scene, wide);
    // Another view may have longer lines: what a frame takes is learnt anew.
    this.#chunks = CHUNKS.first;
    this.#advancedAt = performance.now() - FRAME_MS.long;
    this.#next = {
      canvas,
      transform: view.transform,
      work: drawLayer(context, scene, wide, this.#plan),
      begunAt: performance.now(),
      isComplete: false,
    };
  }

  advance(): void {
    const picture = this.#next ?? this.#shown;
    if (!picture || picture.isComplete) return;
    const start = performance.now();
    const frame = start - this.#advancedAt;
    this.#advancedAt = start;
    if (frame > FRAME_MS.long) this.#chunks = Math.max(CHUNKS.fewest, this.#chunks / 2);
    else if (frame < FRAME_MS.short) this.#chunks = Math.min(CHUNKS.most, this.#chunks * 1.25);
    // The first share of a picture is what one sees when the view comes to rest.
    const chunks = picture === this.#next ? Math.max(CHUNKS.first, this.#chunks) : this.#chunks;
    for (let chunk = 0; chunk < chunks && performance.now() - start < SLICE_MS; chunk++) {
      if (!picture.work.next().done) continue;
      picture.isComplete = true;
      break;
    }
    if (picture === this.#next && !this.#isHeld(picture)) {
      this.#spare = this.#shown?.canvas;
      this.#shown = picture;
      this.#next = undefined;
    }
  }

  /** The picture that is shown stays for now. */
  #isHeld({ transform, begunAt, isComplete }: Picture): boolean {
    const shown = this.#shown;
    const isWhole = shown?.isComplete === true && isSame(shown.transform, transform);
    return isWhole && !isComplete && performance.now() - begunAt < HELD_MS;
  }

  show(context: CanvasRenderingContext2D, view: View, opacity: number): void {
    context.fillStyle = view.palette.background;
    context.fillRect(0, 0, view.width, view.height);
    const picture = this.#shown;
    if (!picture) return;
    const { x, y, scale } = placeOf(picture.transform, view);
    const { width, height } = widened(view);
    context.globalAlpha = opacity;
    context.drawImage(picture.canvas, x, y, scale * width, scale * height);
    context.globalAlpha = 1;
  }
}

/** Lines of all blocks in turn, strongest first, each under what is there; then the bands below them all. */
function* drawLayer(
  context: OffscreenCanvasRenderingContext2D,
  scene: Scene,
  view: View,
  plan: readonly PlannedBlock[],
): Generator<void> {
  context.globalCompositeOperation = 'destination-over';
  let open = plan.map((planned) => lineTurns(scene, view, planned));
  while (open.length > 0) {
    const more: typeof open = [];
    for (const turns of open) {
      const { done, value } = turns.next();
      if (!done) {
        for (const stroke of value) strokeLines(context, stroke);
        more.push(turns);
      }
      yield;
    }
    open = more;
  }
  drawBands(context, scene, view, plan);
}
