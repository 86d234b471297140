/** The gradients of all values on their way back: copied strip by strip, mapped all together when the last one is done. */
import type { GraphShape } from '../../graph';
import type { Strip } from '../tables';

export class GradientReadback {
  readonly #copies: { readonly strip: Strip; readonly buffer: GPUBuffer }[] = [];

  constructor(
    readonly device: GPUDevice,
    readonly graph: GraphShape,
  ) {}

  /** Copies the first numbers of a buffer: those of a strip's edges. */
  copy(encoder: GPUCommandEncoder, values: GPUBuffer, strip: Strip): void {
    const size = strip.edgeCount * 4;
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    const buffer = this.device.createBuffer({ label: 'gradients of a strip', size, usage });
    this.#copies.push({ strip, buffer });
    encoder.copyBufferToBuffer(values, 0, buffer, 0, size);
  }

  /** Per block, [edgeCount]. */
  async read(): Promise<Float32Array[]> {
    const { blocks } = this.graph;
    const values = blocks.map(({ edgeCount }) => new Float32Array(edgeCount));
    await Promise.all(this.#copies.map(({ buffer }) => buffer.mapAsync(GPUMapMode.READ)));
    for (const { strip, buffer } of this.#copies) {
      const numbers = new Float32Array(buffer.getMappedRange());
      let offset = 0;
      for (const { block, firstPair, pairCount } of strip.bands) {
        const { taps, firstPair: first } = blocks[block];
        const count = pairCount * taps;
        values[block].set(numbers.subarray(offset, offset + count), (firstPair - first) * taps);
        offset += count;
      }
      buffer.destroy();
    }
    this.#copies.length = 0;
    return values;
  }

  destroy(): void {
    for (const { buffer } of this.#copies) buffer.destroy();
  }
}
