/**
 * The weights' layer: drawn into a picture of its own, a little at a time, the strongest lines first and the others under
 * them, until all that the view holds are there. While one pans or zooms, that picture is moved; when the view rests, it is
 * drawn anew. At rest nothing is computed.
 */
import { type ZoomTransform, zoomIdentity } from 'd3';
import { drawBands, lineChunks } from './draw-blocks';
import { type PlannedBlock, planFrame } from './plan';
import type { Scene } from './scene';
import type { View } from './view';

/** Room around the view, as a share of its size, so that panning meets lines that are there already. Whole pixels: no blur. */
const MARGIN = 0.25;
const marginsOf = ({ width, height }: View) => [Math.round(width * MARGIN), Math.round(height * MARGIN)];
/** Time that one frame may spend on asking for lines. */
const SLICE_MS = 8;
/** Lines are painted after they are asked for, where no clock is: how many a frame takes is learnt from how long frames are. */
const FRAME_MS = { short: 22, long: 36 };
const CHUNKS = { fewest: 1, most: 64, first: 4 };

interface Picture {
  readonly canvas: OffscreenCanvas;
  readonly transform: ZoomTransform;
  readonly work: Generator<void>;
  isComplete: boolean;
}

export class LineLayer {
  #shown: Picture | undefined;
  #next: Picture | undefined;
  #spare: OffscreenCanvas | undefined;
  #plan: readonly PlannedBlock[] = [];
  #chunks = CHUNKS.first;
  #advancedAt = 0;

  /** What the picture that is being drawn holds: for those who need more lines than the scene has. */
  get plan(): readonly PlannedBlock[] {
    return this.#plan;
  }

  /** True if there is a picture, and nothing of it is missing. */
  get isComplete(): boolean {
    return this.#next === undefined && this.#shown?.isComplete === true;
  }

  /** True if the picture that is shown, or drawn, is of this very view. */
  isOf({ transform }: View): boolean {
    const picture = this.#next ?? this.#shown;
    return (
      picture !== undefined &&
      picture.transform.k === transform.k &&
      picture.transform.x === transform.x &&
      picture.transform.y === transform.y
    );
  }

  /** Begins a new picture; the old one is shown until the new one has something to show. */
  begin(scene: Scene, view: View, ratio: number): void {
    const [marginX, marginY] = marginsOf(view);
    const [width, height] = [view.width + 2 * marginX, view.height + 2 * marginY];
    const canvas = this.#spare ?? this.#next?.canvas ?? new OffscreenCanvas(1, 1);
    this.#spare = undefined;
    canvas.width = Math.max(1, Math.round(width * ratio));
    canvas.height = Math.max(1, Math.round(height * ratio));
    const context = canvas.getContext('2d');
    if (!context) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const { k, x, y } = view.transform;
    const moved = zoomIdentity.translate(x + marginX, y + marginY).scale(k);
    const wide: View = { ...view, width, height, transform: moved };
    this.#plan = planFrame(scene, wide);
    // Another view may have longer lines: what a frame takes is learnt anew.
    this.#chunks = CHUNKS.first;
    this.#advancedAt = performance.now() - FRAME_MS.long;
    this.#next = {
      canvas,
      transform: view.transform,
      work: drawLayer(context, scene, wide, this.#plan),
      isComplete: false,
    };
  }

  /** Draws on for one frame's share. */
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
    if (picture === this.#next) {
      this.#spare = this.#shown?.canvas;
      this.#shown = picture;
      this.#next = undefined;
    }
  }

  /** Puts the picture where the view now is. */
  composite(context: CanvasRenderingContext2D, view: View): void {
    const picture = this.#shown;
    if (!picture) return;
    const { transform } = picture;
    const scale = view.transform.k / transform.k;
    const [marginX, marginY] = marginsOf(view);
    context.drawImage(
      picture.canvas,
      view.transform.x - scale * (transform.x + marginX),
      view.transform.y - scale * (transform.y + marginY),
      scale * (view.width + 2 * marginX),
      scale * (view.height + 2 * marginY),
    );
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
  let open = plan.map((planned) => lineChunks(context, scene, view, planned));
  while (open.length > 0) {
    const more: typeof open = [];
    for (const chunks of open) {
      if (!chunks.next().done) more.push(chunks);
      yield;
    }
    open = more;
  }
  drawBands(context, scene, view, plan);
}
