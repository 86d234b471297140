/**
 * The weights' layer drawn by WebGPU, all of it in one pass: the same picture as the canvas's, many times faster on a
 * graphics card. It has a canvas of its own under the page's. A block's pairs and strengths stay on the device for as long
 * as they are shown.
 */
import { rgb, type ZoomTransform } from 'd3';
import code from '../../../shaders/lines.wgsl?raw';
import { type Gpu, openGpu } from '../../engine';
import { sourcesPerTarget } from '../../graph';
import type { BlockPicture } from '../../tasks';
import { bandOpacity } from './draw-blocks';
import { INFERRED_DASH, LINES_PER_TURN, lineLook } from './line-look';
import { isSame, marginsOf, type Painter, placeOf, widened } from './painter';
import { type PlannedBlock, planFrame } from './plan';
import type { Scene } from './scene';
import { extent, type View } from './view';

const FORMAT = navigator.gpu.getPreferredCanvasFormat();
/** Pixels that one straight piece of a curve spans from left to right, and how many pieces there are at least and at most. */
const STEP_PX = 8;
const STEPS = { fewest: 6, most: 40 };

/** The shader's Look, as numbers: lengths in pixels of the picture. */
interface Look {
  /** First height and step (a band: top and bottom) at the sources and at the targets. */
  readonly sources: readonly [number, number];
  readonly targets: readonly [number, number];
  readonly columns: readonly [number, number];
  readonly positive: readonly number[];
  readonly negative: readonly number[];
  /** Opacity and width of every class. */
  readonly classes: readonly number[];
  readonly strongest: number;
  readonly dash: number;
  readonly period: number;
  readonly steps: number;
  readonly perTarget: number;
  readonly targetsPerPart: number;
  readonly isDiagonal: number;
  /** Lines have colours of their own. */
  readonly isColoured: number;
}
const LOOK_BYTES = 144;

interface BlockBuffers {
  readonly picture: BlockPicture | undefined;
  readonly pairs: GPUBuffer;
  readonly strengths: GPUBuffer;
  /** Packed, where a tool gives lines colours; the buffer holds those of `of`. */
  colours?: { readonly of: Uint32Array; readonly buffer: GPUBuffer } | undefined;
}

export class GpuPainter implements Painter {
  #context: GPUCanvasContext | undefined;
  readonly #looks: GPUBuffer[] = [];
  #looksUsed = 0;
  readonly #blocks = new Map<number, BlockBuffers>();
  #scene: Scene | undefined;
  #shown: ZoomTransform | undefined;
  #pending = 0;
  plan: readonly PlannedBlock[] = [];

  private constructor(
    readonly gpu: Gpu,
    readonly canvas: HTMLCanvasElement,
    readonly pipelines: { readonly lines: GPURenderPipeline; readonly band: GPURenderPipeline },
  ) {}

  /** Undefined where there is no adapter. */
  static async create(canvas: HTMLCanvasElement): Promise<GpuPainter | undefined> {
    let device: GPUDevice | undefined;
    // A picture that is wrong is worse than one that takes longer: without its device, the canvas draws.
    const gpu = await openGpu(() => device?.destroy());
    if (typeof gpu === 'string') return undefined;
    device = gpu.device;
    const module = device.createShaderModule({ label: 'lines', code });
    const over: GPUBlendComponent = { srcFactor: 'one', dstFactor: 'one-minus-src-alpha', operation: 'add' };
    const buffer = (binding: number, visibility: number, type: GPUBufferBindingType) => ({
      ...{ binding, visibility },
      buffer: { type },
    });
    const { VERTEX, FRAGMENT } = GPUShaderStage;
    const bindings = device.createBindGroupLayout({
      entries: [
        buffer(0, VERTEX | FRAGMENT, 'uniform'),
        buffer(1, VERTEX, 'read-only-storage'),
        buffer(2, VERTEX, 'read-only-storage'),
        buffer(3, VERTEX, 'read-only-storage'),
      ],
    });
    const layout = device.createPipelineLayout({ bindGroupLayouts: [bindings] });
    const make = (entryPoint: string) =>
      device.createRenderPipelineAsync({
        label: entryPoint,
        layout,
        vertex: { module, entryPoint },
        fragment: { module, targets: [{ format: FORMAT, blend: { color: over, alpha: over } }] },
        primitive: { topology: 'triangle-strip' },
      });
    const [lines, band] = await Promise.all([make('line'), make('band')]);
    return new GpuPainter(gpu, canvas, { lines, band });
  }

  /** Resolves when the device is gone. */
  get lost(): Promise<unknown> {
    return this.gpu.lost;
  }

  /** Gives the device back, and takes the picture away. */
  release(): void {
    this.canvas.hidden = true;
    this.gpu.device.destroy();
  }

  get capacity(): number {
    return this.gpu.isSoftware ? 100_000 : 1_000_000;
  }

  get isComplete(): boolean {
    return this.#shown !== undefined;
  }

  get keepsUp(): boolean {
    return !this.gpu.isSoftware && this.#pending === 0;
  }

  isOf({ transform }: View): boolean {
    return isSame(this.#shown, transform);
  }

  begin(scene: Scene, view: View, ratio: number): void {
    if (scene.pictures !== this.#scene?.pictures) this.#forget();
    this.#scene = scene;
    const wide = widened(view);
    const [marginX, marginY] = marginsOf(view);
    const { canvas } = this;
    const { device } = this.gpu;
    const most = device.limits.maxTextureDimension2D;
    const [width, height] = [wide.width, wide.height].map((length) =>
      Math.min(most, Math.max(1, Math.round(length * ratio))),
    );
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    Object.assign(canvas.style, { width: `${wide.width}px`, height: `${wide.height}px` });
    Object.assign(canvas.style, { left: `${-marginX}px`, top: `${-marginY}px` });
    canvas.hidden = false;
    this.plan = planFrame(scene, wide);
    const encoder = device.createCommandEncoder();
    const texture = this.#configured().getCurrentTexture();
    const pass = encoder.beginRenderPass({
      colorAttachments: [{ view: texture.createView(), loadOp: 'clear', storeOp: 'store' }],
    });
    // Bands lie under all lines.
    this.#looksUsed = 0;
    for (const { block, form } of this.plan) {
      if (form === 'band') this.#drawBand(pass, scene, wide, block, ratio);
    }
    this.#drawLines(pass, scene, wide, ratio);
    pass.end();
    device.queue.submit([encoder.finish()]);
    this.#shown = view.transform;
    this.#pending++;
    const done = () => {
      this.#pending--;
    };
    device.queue.onSubmittedWorkDone().then(done, done);
  }

  /** The canvas belongs to whoever draws first: an earlier painter may have had it. */
  #configured(): GPUCanvasContext {
    if (this.#context) return this.#context;
    const context = this.canvas.getContext('webgpu');
    if (!context) throw new Error('This browser gives no WebGPU canvas.');
    context.configure({ device: this.gpu.device, format: FORMAT, alphaMode: 'premultiplied' });
    this.#context = context;
    return context;
  }

  /** A picture is drawn at once. */
  advance(): void {}

  show(context: CanvasRenderingContext2D, view: View, opacity: number): void {
    context.clearRect(0, 0, view.width, view.height);
    if (!this.#shown) return;
    const { x, y, scale } = placeOf(this.#shown, view);
    const [marginX, marginY] = marginsOf(view);
    this.canvas.style.opacity = String(opacity);
    this.canvas.style.transform = `translate(${x + marginX}px, ${y + marginY}px) scale(${scale})`;
  }

  #drawBand(pass: GPURenderPassEncoder, scene: Scene, view: View, block: number, ratio: number): void {
    const { source, target } = scene.graph.blocks[block];
    const [a, b] = [extent(scene, view, source), extent(scene, view, target)];
    const steps = stepsFor(b.x - a.x);
    const neutral = opaque(view.palette.neutral).map(
      (channel) => channel * bandOpacity(scene.pictures[block]),
    );
    // A band has one colour; its lines, which are drawn after it, may change theirs.
    const buffers = { ...this.#buffersOf(block, scene.pictures[block]), colours: undefined };
    const bindings = this.#bindings(view, ratio, buffers, {
      sources: [a.top - 1, a.bottom + 1],
      targets: [b.top - 1, b.bottom + 1],
      columns: [a.x, b.x],
      ...{ positive: neutral, negative: neutral, classes: new Array(12).fill(0) },
      ...{ strongest: 1, dash: 0, period: 0, steps, perTarget: 1, targetsPerPart: 1, isDiagonal: 0 },
      isColoured: 0,
    });
    pass.setPipeline(this.pipelines.band);
    pass.setBindGroup(0, bindings);
    pass.draw(2 * (steps + 1));
  }

  /** All blocks in turn, a few lines of each, the weakest first: so that no block hides another's strong ones. */
  #drawLines(pass: GPURenderPassEncoder, scene: Scene, view: View, ratio: number): void {
    const blocks = this.plan
      .map((planned) => this.#prepareLines(scene, view, planned, ratio))
      .filter((block) => block !== undefined)
      .reverse();
    pass.setPipeline(this.pipelines.lines);
    const rounds = Math.max(0, ...blocks.map(({ limit }) => Math.ceil(limit / LINES_PER_TURN)));
    for (let round = rounds - 1; round >= 0; round--) {
      for (const { bindings, vertices, limit, count } of blocks) {
        const [strongest, weakest] = [round * LINES_PER_TURN, Math.min(limit, (round + 1) * LINES_PER_TURN)];
        if (weakest <= strongest) continue;
        pass.setBindGroup(0, bindings);
        pass.draw(vertices, weakest - strongest, 0, count - weakest);
      }
    }
  }

  #prepareLines(scene: Scene, view: View, { block, limit, ...planned }: PlannedBlock, ratio: number) {
    const picture = scene.pictures[block];
    if (!picture || limit === 0 || picture.strongest === 0) return undefined;
    const shape = scene.graph.blocks[block];
    const { from, to, classes } = lineLook(scene, view, { block, limit, ...planned });
    const steps = stepsFor(to.x - from.x);
    const [dash, gap] = view.isInferred ? INFERRED_DASH : [0, 0];
    const buffers = this.#buffersOf(block, picture);
    this.#colour(buffers, scene.colours?.ofLines?.(view.palette, block, picture));
    const bindings = this.#bindings(view, ratio, buffers, {
      sources: [from.y, from.step],
      targets: [to.y, to.step],
      columns: [from.x, to.x],
      positive: opaque(view.palette.positive),
      negative: opaque(view.palette.negative),
      classes: classes.flatMap(({ opacity, width }) => [opacity, width * ratio]),
      strongest: picture.strongest,
      dash: dash * ratio,
      period: (dash + gap) * ratio,
      steps,
      perTarget: sourcesPerTarget(shape, scene.graph.groups),
      targetsPerPart: scene.graph.groups[shape.target].count / shape.groups,
      isDiagonal: Number(shape.pattern === 'diagonal'),
      isColoured: Number(buffers.colours !== undefined),
    });
    return { bindings, limit, vertices: 2 * (steps + 1), count: picture.pairs.length };
  }

  /** This picture's next look, with a block's lines. */
  #bindings(
    { width, height }: View,
    ratio: number,
    { pairs, strengths, colours }: BlockBuffers,
    look: Look,
  ): GPUBindGroup {
    const { device } = this.gpu;
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
    const index = this.#looksUsed++;
    this.#looks[index] ??= device.createBuffer({ size: LOOK_BYTES, usage });
    const lengths = [...look.sources, ...look.targets, ...look.columns, width, height];
    const floats = new Float32Array(LOOK_BYTES / 4);
    floats.set(lengths.map((length) => length * ratio));
    floats.set([...look.positive, ...look.negative, ...look.classes], 8);
    floats.set([look.strongest, look.dash, look.period], 28);
    const integers = [look.steps, look.perTarget, look.targetsPerPart, look.isDiagonal, look.isColoured];
    new Uint32Array(floats.buffer).set(integers, 31);
    device.queue.writeBuffer(this.#looks[index], 0, floats);
    // Where there are no colours, something must be bound all the same.
    const buffers = [this.#looks[index], pairs, strengths, colours?.buffer ?? pairs];
    return device.createBindGroup({
      layout: this.pipelines.lines.getBindGroupLayout(0),
      entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
  }

  #buffersOf(block: number, picture: BlockPicture | undefined): BlockBuffers {
    const held = this.#blocks.get(block);
    if (held && held.picture === picture) return held;
    if (held) release(held);
    const buffers = {
      picture,
      pairs: this.#upload(picture?.pairs ?? new Uint32Array(1)),
      strengths: this.#upload(picture?.strengths ?? new Float32Array(1)),
    };
    this.#blocks.set(block, buffers);
    return buffers;
  }

  /** A block's lines have these colours from now on, or those of their signs. */
  #colour(buffers: BlockBuffers, colours: Uint32Array | undefined): void {
    if (buffers.colours?.of === colours) return;
    buffers.colours?.buffer.destroy();
    buffers.colours = colours && { of: colours, buffer: this.#upload(colours) };
  }

  #upload(data: Uint32Array | Float32Array): GPUBuffer {
    const { device } = this.gpu;
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST;
    const buffer = device.createBuffer({ size: Math.max(4, data.byteLength), usage });
    device.queue.writeBuffer(buffer, 0, data as Float32Array<ArrayBuffer>);
    return buffer;
  }

  #forget(): void {
    for (const buffers of this.#blocks.values()) release(buffers);
    this.#blocks.clear();
    for (const look of this.#looks) look.destroy();
    this.#looks.length = 0;
    this.#shown = undefined;
  }
}

function release({ pairs, strengths, colours }: BlockBuffers): void {
  pairs.destroy();
  strengths.destroy();
  colours?.buffer.destroy();
}

const stepsFor = (span: number) =>
  Math.min(STEPS.most, Math.max(STEPS.fewest, Math.ceil(Math.abs(span) / STEP_PX)));

/** A colour of the palette as numbers from 0 to 1. */
function opaque(color: string): number[] {
  const { r, g, b } = rgb(color);
  return [r / 255, g / 255, b / 255, 1];
}
