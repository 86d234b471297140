/**
 * Work handed to the device. A small run goes in one piece; a long one strip by strip, so that it reports, can be stopped, and
 * never holds the device for long. One strip is prepared while the one before it runs.
 */
import type { Work } from './dispatcher';
import type { RunOptions } from './run-options';

export class Submissions {
  #work: Work[] = [];
  #running: Promise<unknown> = Promise.resolve();

  constructor(
    readonly device: GPUDevice,
    readonly options: Pick<RunOptions, 'signal' | 'onProgress'>,
  ) {}

  add(work: readonly Work[]): void {
    this.#work.push(...work);
  }

  #flush(encode?: (encoder: GPUCommandEncoder) => void): void {
    const encoder = this.device.createCommandEncoder({ label: 'metanet' });
    let pass: GPUComputePassEncoder | undefined;
    const endPass = () => {
      pass?.end();
      pass = undefined;
    };
    for (const work of this.#work) {
      if (typeof work === 'function') {
        pass ??= encoder.beginComputePass({ label: 'metanet' });
        work(pass);
      } else {
        endPass();
        encoder.copyBufferToBuffer(work.from, 0, work.to, 0, work.size);
      }
    }
    endPass();
    encode?.(encoder);
    this.device.queue.submit([encoder.finish()]);
    this.#work = [];
  }

  /**
   * Submits what was added, and copies after it, when all before the last submission is done. `share` of the run will then be
   * done.
   */
  async submit(share: number, encodeCopies?: (encoder: GPUCommandEncoder) => void): Promise<void> {
    this.options.signal?.throwIfAborted();
    this.#flush(encodeCopies);
    const before = this.#running;
    this.#running = this.device.queue.onSubmittedWorkDone().then(() => this.options.onProgress?.(share));
    await before;
  }

  /** Submits the rest, and reads buffers of equal size in one copy. */
  async readBack(sources: readonly GPUBuffer[]): Promise<Float32Array[]> {
    const { size } = sources[0];
    const target = this.device.createBuffer({
      label: 'read back',
      size: size * sources.length,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    try {
      this.options.signal?.throwIfAborted();
      this.#flush((encoder) => {
        sources.forEach((source, index) => {
          encoder.copyBufferToBuffer(source, 0, target, index * size, size);
        });
      });
      await target.mapAsync(GPUMapMode.READ);
      const all = new Float32Array(target.getMappedRange().slice(0));
      return sources.map((_, index) => all.subarray((index * size) / 4, ((index + 1) * size) / 4));
    } finally {
      target.destroy();
    }
  }
}
