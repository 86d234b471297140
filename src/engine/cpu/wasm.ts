/**
 * The WebAssembly kernels and the memory that they work in. One instance a thread; memory is handed out once, in a row, and
 * only grows: an instance belongs to one run, and goes with it.
 */
import kernels from './kernels.as.ts?wasm';

interface Kernels {
  readonly memory: WebAssembly.Memory;
  edgeInputs(
    values: number,
    rows: number,
    taps: number,
    scale: number,
    basis: number,
    coefficients: number,
    inputs: number,
    columns: number,
  ): void;
  linear(
    x: number,
    xStride: number,
    rows: number,
    inputs: number,
    panels: number,
    bias: number,
    y: number,
    yStride: number,
    outputs: number,
    mode: number,
  ): void;
  layerNorm(
    x: number,
    rows: number,
    width: number,
    scale: number,
    epsilon: number,
    y: number,
    yStride: number,
  ): void;
  messages(
    h: number,
    targets: number,
    sources: number,
    isDiagonal: number,
    width: number,
    p: number,
    q: number,
    stride: number,
    targetSums: number,
    sourceSums: number,
  ): void;
  pool(x: number, rows: number, width: number, count: number, state: number): void;
}

export const ACTIVATES = 1;
export const ACCUMULATES = 2;

const PAGE = 65536;
/** WebAssembly's 32-bit pointers end here. */
const MAX_BYTES = 2 ** 32 - PAGE;

let compiled: Promise<WebAssembly.Module> | undefined;

function compile(): Promise<WebAssembly.Module> {
  compiled ??= WebAssembly.compile(Uint8Array.from(atob(kernels), (letter) => letter.charCodeAt(0)));
  return compiled;
}

/** What the CPU cannot hold. */
export class OutOfMemoryError extends Error {
  override readonly name = 'OutOfMemoryError';
}

export class WasmInstance {
  #used = 16;

  private constructor(readonly kernels: Kernels) {}

  static async create(): Promise<WasmInstance> {
    const { exports } = await WebAssembly.instantiate(await compile());
    return new WasmInstance(exports as unknown as Kernels);
  }

  get usedBytes(): number {
    return this.#used;
  }

  /** Room for `count` numbers, as a byte offset; filled with zeros. */
  allocate(count: number): number {
    const offset = this.#used;
    const end = offset + Math.ceil((count * 4) / 16) * 16;
    const { memory } = this.kernels;
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) {
      try {
        if (end > MAX_BYTES) throw new RangeError();
        memory.grow(Math.ceil(missing / PAGE));
      } catch {
        throw new OutOfMemoryError(
          `This network needs ${Math.ceil(end / 2 ** 20).toLocaleString('en')} MiB to be judged on the CPU, more than this browser gives. Close other tabs, or open the page in a browser with WebGPU.`,
        );
      }
    }
    this.#used = end;
    return offset;
  }

  /** The numbers at an offset. Valid until the next allocation. */
  floats(offset: number, count: number): Float32Array {
    return new Float32Array(this.kernels.memory.buffer, offset, count);
  }

  upload(numbers: ArrayLike<number>): number {
    const offset = this.allocate(numbers.length);
    this.floats(offset, numbers.length).set(numbers);
    return offset;
  }
}
