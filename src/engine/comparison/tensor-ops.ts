/**
 * Tables of rows on the device, and the few operations that the comparison metanets are composed of. Operations are recorded as
 * they are called, and run when a table is read back. Meant for one question: everything is released together.
 */
import { LAYER_NORM_EPSILON, type LinearWeights, transposed } from '../../metanets/linear-algebra';
import type { Gpu } from '../device';
import { Dispatcher, type Step } from '../dispatcher';
import { GpuBuffers } from '../gpu-buffers';
import { type KernelName, Kernels } from '../kernels';
import { Submissions } from '../submissions';
import type { RowLists } from './row-lists';

/** Float32 rows in vectors of four: row r begins at vector first4 + r · stride4. */
export interface Table {
  readonly buffer: GPUBuffer;
  readonly rows: number;
  readonly stride4: number;
  readonly first4: number;
}

/** Lists of rows on the device (./row-lists). */
export interface GpuLists {
  readonly starts: GPUBuffer;
  readonly rows: GPUBuffer;
  readonly count: number;
  /** Rows in all lists together. */
  readonly length: number;
}

/** As shaders/comparison/activate.wgsl numbers them. */
const ACTIVATIONS = ['none', 'silu', 'relu', 'gelu'] as const;
type Activation = (typeof ACTIVATIONS)[number];

/** What the operations below are made of; metanets name the kernels that they need beside these. */
export const TENSOR_KERNELS = ['gather-linear', 'norm-rows', 'list-means'] as const satisfies KernelName[];

export interface LinearOptions {
  readonly activation?: Activation;
  /** Rows of up to three tables, added before the activation; indices are [rows, tables], interleaved. */
  readonly gather?: { readonly indices: GPUBuffer; readonly tables: readonly Table[] };
  /** Where the result goes; a new table if it is not given. */
  readonly into?: Table;
}

/** Multiply-adds of one submission: well under a tenth of a second. */
const WORK_PER_SUBMISSION = { software: 2 ** 26, hardware: 2 ** 33 };

/** Columns that one thread of gather-linear makes. */
const TILE_COLUMNS = 16;
const ROWS_PER_WORKGROUP = 64;
const COLUMNS_PER_WORKGROUP = 64;

const vectors = (width: number) => Math.ceil(width / 4);

/** Part of every row: `width` numbers from `first` on. */
export const columnsOf = (table: Table, first: number): Table => ({
  ...table,
  first4: table.first4 + first / 4,
});

/** Some consecutive rows. */
export const rowsOf = (table: Table, first: number, rows: number): Table => ({
  ...table,
  rows,
  first4: table.first4 + first * table.stride4,
});

/** Consecutive rows taken together, `count` at a time. */
export const joinedRows = (table: Table, count: number): Table => ({
  ...table,
  rows: table.rows / count,
  stride4: table.stride4 * count,
});

/** Layers that read the same rows, as one whose outputs stand side by side. */
export function sideBySide(...layers: readonly LinearWeights[]): LinearWeights {
  const outputs = layers.reduce((total, layer) => total + layer.outputs, 0);
  const { inputs } = layers[0];
  const weight = new Float32Array(outputs * inputs);
  const bias = new Float32Array(outputs);
  let first = 0;
  for (const layer of layers) {
    weight.set(layer.weight, first * inputs);
    if (layer.bias) bias.set(layer.bias, first);
    first += layer.outputs;
  }
  return { weight, bias, inputs, outputs };
}

/** Any table may be read back. */
const tableUsage = () => GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC;

export class TensorOps {
  readonly #buffers: GpuBuffers;
  readonly #dispatcher: Dispatcher;
  readonly #workPerSubmission: number;
  readonly #steps: { readonly step: Step; readonly work: number }[] = [];
  /** Released buffers by their size: what is recorded later may write over what was read before. */
  readonly #free = new Map<number, GPUBuffer[]>();

  constructor({ device, isSoftware }: Gpu) {
    this.#buffers = new GpuBuffers(device);
    this.#dispatcher = new Dispatcher(device, Kernels.of(device), this.#buffers);
    this.#workPerSubmission = isSoftware ? WORK_PER_SUBMISSION.software : WORK_PER_SUBMISSION.hardware;
  }

  /** A table whose numbers are yet to be written. Throws GraphTooLargeError. */
  table(label: string, rows: number, width: number): Table {
    const stride4 = vectors(width);
    const count = rows * stride4 * 4;
    const free = this.#free.get(Math.max(16, count * 4))?.pop();
    return { buffer: free ?? this.#buffers.allocate(label, count, tableUsage()), rows, stride4, first4: 0 };
  }

  /** Gives back tables that nothing recorded from now on reads. */
  release(...tables: readonly Table[]): void {
    for (const { buffer } of tables) {
      const free = this.#free.get(buffer.size);
      if (free) free.push(buffer);
      else this.#free.set(buffer.size, [buffer]);
    }
  }

  /** Rows of `width` numbers, padded with zeros to whole vectors. */
  upload(label: string, values: Float32Array, width: number): Table {
    const [rows, stride] = [values.length / width, vectors(width) * 4];
    let padded = values;
    if (stride !== width) {
      padded = new Float32Array(rows * stride);
      for (let row = 0; row < rows; row++)
        padded.set(values.subarray(row * width, (row + 1) * width), row * stride);
    }
    const buffer = this.#buffers.upload(label, padded, tableUsage());
    return { buffer, rows, stride4: stride / 4, first4: 0 };
  }

  uploadIndices(label: string, indices: Uint32Array): GPUBuffer {
    return this.#buffers.upload(label, indices);
  }

  uploadLists({ starts, rows }: RowLists): GpuLists {
    return {
      starts: this.#buffers.upload('starts of lists', starts),
      rows: this.#buffers.upload('lists of rows', rows),
      count: starts.length - 1,
      length: rows.length,
    };
  }

  /** σ(x·W + bias + gathered rows): [rows, inputs] to [rows, outputs]. */
  linear(x: Table, layer: LinearWeights, { activation = 'none', gather, into }: LinearOptions = {}): Table {
    const { inputs, outputs } = layer;
    const columns = Math.ceil(outputs / TILE_COLUMNS) * TILE_COLUMNS;
    const y = into ?? this.table('states', x.rows, outputs);
    const tables = gather?.tables ?? [];
    const bias = this.#buffers.upload('bias', layer.bias ?? new Float32Array(columns));
    const weights = this.#buffers.upload('weights', paddedWeights(layer, columns));
    const places = (of: (table: Table) => number) => [0, 1, 2, 3].map((t) => (tables[t] ? of(tables[t]) : 0));
    const perRow = Math.max(1, inputs) * columns;
    const rowsPerStep =
      Math.max(1, Math.floor(this.#workPerSubmission / perRow / ROWS_PER_WORKGROUP)) * ROWS_PER_WORKGROUP;
    for (let first = 0; first < x.rows; first += rowsPerStep) {
      const end = Math.min(first + rowsPerStep, x.rows);
      const sizes = this.#buffers.uniform([
        ...[vectors(inputs), vectors(outputs), columns / 4, ACTIVATIONS.indexOf(activation)],
        ...[first, end, x.stride4, x.first4, y.stride4, y.first4, tables.length, 0],
        ...places(({ stride4 }) => stride4),
        ...places(({ first4 }) => first4),
      ]);
      const read = [0, 1, 2].map((t) => tables[t]?.buffer ?? bias);
      const entries = [sizes, gather?.indices ?? bias, weights, bias, x.buffer, ...read, y.buffer];
      const groups = Math.ceil((end - first) / ROWS_PER_WORKGROUP);
      const blocks = Math.ceil(columns / COLUMNS_PER_WORKGROUP);
      this.#record(
        this.#dispatcher.dispatch('gather-linear', entries, groups, blocks),
        (end - first) * perRow,
      );
    }
    return y;
  }

  /** In place: x = σ(LN(x [+ step]) · scale + shift). */
  normalise(
    x: Table,
    { scale, shift }: { readonly scale: Float32Array; readonly shift: Float32Array },
    { step, activation = 'none' }: { readonly step?: Table; readonly activation?: Activation } = {},
  ): void {
    const norm = this.upload('norm', Float32Array.from([...scale, ...shift]), scale.length).buffer;
    const sizes = [
      ...[x.stride4, x.rows, Number(step !== undefined), ACTIVATIONS.indexOf(activation)],
      { f32: LAYER_NORM_EPSILON },
    ];
    const work = x.rows * scale.length * 8;
    this.dispatch('norm-rows', sizes, [norm, step?.buffer ?? norm, x.buffer], x.rows, work);
  }

  /** The mean of the rows of each list: [lists, width]. */
  means(x: Table, width: number, { starts, rows, count, length }: GpuLists): Table {
    const y = this.table('means', count, width);
    const items = count * y.stride4;
    const sizes = [y.stride4, items, x.stride4, x.first4];
    this.dispatch('list-means', sizes, [starts, rows, x.buffer, y.buffer], items, length * width * 4);
    return y;
  }

  /** Any kernel with a thread an item, whose first binding is its sizes. `work`: its multiply-adds, roughly. */
  dispatch(
    kernel: KernelName,
    sizes: readonly (number | { f32: number })[],
    buffers: readonly GPUBuffer[],
    items: number,
    work: number,
  ): void {
    if (items === 0) return;
    const entries = [this.#buffers.uniform(sizes), ...buffers];
    this.#record(this.#dispatcher.dispatchItems(kernel, entries, items), work);
  }

  #record(step: Step, work: number): void {
    this.#steps.push({ step, work });
  }

  /** Runs what was recorded, and reads a table that begins at its buffer's start: [rows, stride]. */
  async read({ buffer, rows, stride4 }: Table): Promise<Float32Array> {
    const queue = new Submissions(this.#dispatcher.device, {});
    const steps = this.#steps.splice(0);
    let submitted = 0;
    let waiting = 0;
    for (const { step, work } of steps) {
      if (waiting + work > this.#workPerSubmission && waiting > 0) {
        await queue.submit(submitted / steps.length);
        waiting = 0;
      }
      queue.add([step]);
      waiting += work;
      submitted++;
    }
    const [numbers] = await queue.readBack([buffer]);
    return numbers.subarray(0, rows * stride4 * 4);
  }

  destroy(): void {
    this.#buffers.destroy();
  }
}

/** As the kernel reads them: [inputs, columns], both padded with zeros. */
function paddedWeights(layer: LinearWeights, columns: number): Float32Array {
  const { inputs, outputs } = layer;
  const rows = transposed(layer);
  const padded = new Float32Array(Math.max(1, vectors(inputs)) * 4 * columns);
  for (let input = 0; input < inputs; input++)
    padded.set(rows.subarray(input * outputs, (input + 1) * outputs), input * columns);
  return padded;
}
