/**
 * The buffers of one computation: counted, labelled, and released together.
 */
import { GraphTooLargeError } from './gpu-error';

type Data = Float32Array<ArrayBufferLike> | Uint32Array<ArrayBufferLike>;

const MIB = 2 ** 20;

/** Usage of what kernels write and a run may read back. (WebGPU's flags exist only where WebGPU does.) */
export const readable = () => GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC;

export class GpuBuffers {
  readonly #buffers: GPUBuffer[] = [];
  readonly #uniforms = new Map<string, GPUBuffer>();
  byteLength = 0;

  constructor(readonly device: GPUDevice) {}

  /** Room for `count` numbers of four bytes. */
  allocate(label: string, count: number, usage = GPUBufferUsage.STORAGE): GPUBuffer {
    const size = Math.max(16, Math.ceil((count * 4) / 16) * 16);
    const { maxStorageBufferBindingSize, maxBufferSize } = this.device.limits;
    const limit = Math.min(maxStorageBufferBindingSize, maxBufferSize);
    if (size > limit) {
      const [needed, allowed] = [Math.ceil(size / MIB), Math.floor(limit / MIB)];
      throw new GraphTooLargeError(
        `This network is too large to be judged on this device: its ${label} need ${needed} MiB in one piece, the device allows ${allowed} MiB.`,
      );
    }
    const buffer = this.device.createBuffer({ label, size, usage: usage | GPUBufferUsage.COPY_DST });
    this.#buffers.push(buffer);
    this.byteLength += size;
    return buffer;
  }

  upload(label: string, data: Data, usage = GPUBufferUsage.STORAGE): GPUBuffer {
    const buffer = this.allocate(label, data.length, usage);
    this.device.queue.writeBuffer(buffer, 0, data.buffer, data.byteOffset, data.byteLength);
    return buffer;
  }

  /** A uniform struct; entries are u32, or f32 where marked. Equal ones share a buffer. */
  uniform(entries: readonly (number | { f32: number })[]): GPUBuffer {
    const key = JSON.stringify(entries);
    const known = this.#uniforms.get(key);
    if (known) return known;
    const words = new Uint32Array(Math.ceil(entries.length / 4) * 4);
    const floats = new Float32Array(words.buffer);
    entries.forEach((entry, index) => {
      if (typeof entry === 'number') words[index] = entry;
      else floats[index] = entry.f32;
    });
    const buffer = this.allocate('sizes', words.length, GPUBufferUsage.UNIFORM);
    this.device.queue.writeBuffer(buffer, 0, words);
    this.#uniforms.set(key, buffer);
    return buffer;
  }

  destroy(): void {
    for (const buffer of this.#buffers) buffer.destroy();
    this.#uniforms.clear();
    this.#buffers.length = 0;
    this.byteLength = 0;
  }
}
