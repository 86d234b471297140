/**
 * The WebAssembly kernels and the memory that they work in, handed out in a row: first what is kept from run to run (a
 * metanet's weights), then what belongs to one run and is let go all at once.
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
  copy(from: number, to: number, count: number): void;
  sendMessages(
    z: number,
    targets: number,
    sources: number,
    isDiagonal: number,
    width: number,
    p: number,
    q: number,
    stride: number,
    hidden: number,
  ): void;
  messageGradient(
    d: number,
    z: number,
    targets: number,
    sources: number,
    isDiagonal: number,
    width: number,
    ofSource: number,
    ofTarget: number,
    stride: number,
    targetSums: number,
    sourceSums: number,
  ): void;
  siluGradient(d: number, x: number, count: number): void;
  layerNormGradient(
    dy: number,
    x: number,
    rows: number,
    width: number,
    scale: number,
    epsilon: number,
    dx: number,
  ): void;
  addPoolGradient(x: number, rows: number, width: number, pool: number, dx: number): void;
  valueGradient(
    values: number,
    rows: number,
    taps: number,
    scale: number,
    basis: number,
    coefficients: number,
    inputs: number,
    columns: number,
    d: number,
    stride: number,
  ): void;
}

export const ACTIVATES = 1;
export const ACCUMULATES = 2;

/** WebAssembly's memory never shrinks: beyond this, an instance is not worth keeping. */
const MAX_IDLE_BYTES = 2 ** 26;

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
  #kept = 16;

  private constructor(readonly kernels: Kernels) {}

  static async create(): Promise<WasmInstance> {
    const { exports } = await WebAssembly.instantiate(await compile());
    return new WasmInstance(exports as unknown as Kernels);
  }

  /** All that has been handed out so far is kept. */
  keep(): void {
    this.#kept = this.#used;
  }

  /** Lets go of everything that is not kept. False where so much memory has been taken that the instance should go too. */
  release(): boolean {
    this.#used = this.#kept;
    return this.kernels.memory.buffer.byteLength <= MAX_IDLE_BYTES;
  }

  /** Room for `count` numbers, as a byte offset. What stands there is not defined. */
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
