/** Kernels with their buffers bound, ready to be recorded. */
import type { GpuBuffers } from './gpu-buffers';
import type { KernelName, Kernels } from './kernels';
import type { ChunkTable } from './tables';

export type Step = (pass: GPUComputePassEncoder) => void;

/** Bytes to be copied from one buffer to the beginning of another, when all before is done. */
export interface Copy {
  readonly from: GPUBuffer;
  readonly to: GPUBuffer;
  readonly size: number;
}

export type Work = Step | Copy;

/** A linear layer's weights on the device: [inputs, outputs], both in vectors of four. */
export interface GpuLinear {
  readonly weights: GPUBuffer;
  readonly bias: GPUBuffer;
  readonly inputs4: number;
  readonly outputs4: number;
}

/** A chunk table and its copy on the device. */
export interface GpuChunks {
  readonly table: ChunkTable;
  readonly buffer: GPUBuffer;
  /** First chunk and number of chunks of every segment. */
  readonly segments: GPUBuffer;
}

/** Rows of vectors of four: where they begin in each row of the buffer. */
export interface Rows {
  readonly buffer: GPUBuffer;
  readonly stride4: number;
  readonly first4?: number;
}

interface LinearCall {
  readonly layer: GpuLinear;
  readonly chunks: GpuChunks;
  readonly x: Rows;
  readonly y: Rows;
  readonly activates?: boolean;
  readonly accumulates?: boolean;
  /** One row of facts per block or group, added before the activation. */
  readonly shared?: GPUBuffer;
}

const THREADS = 64;

export function uploadChunks(buffers: GpuBuffers, label: string, table: ChunkTable): GpuChunks {
  return {
    table,
    buffer: buffers.upload(label, table.chunks),
    segments: buffers.upload(`segments of ${label}`, table.segments),
  };
}

export class Dispatcher {
  constructor(
    readonly device: GPUDevice,
    readonly kernels: Kernels,
    readonly buffers: GpuBuffers,
  ) {}

  dispatch(name: KernelName, entries: readonly GPUBuffer[], groups: number, blocksOfColumns = 1): Step {
    const pipeline = this.kernels.get(name);
    const bindGroup = this.device.createBindGroup({
      label: name,
      layout: pipeline.getBindGroupLayout(0),
      entries: entries.map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    const x = Math.min(groups, this.device.limits.maxComputeWorkgroupsPerDimension);
    const y = Math.ceil(groups / x);
    return (pass) => {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindGroup);
      pass.dispatchWorkgroups(x, y, blocksOfColumns);
    };
  }

  /** One thread an item. */
  dispatchItems(name: KernelName, entries: readonly GPUBuffer[], items: number): Step {
    return this.dispatch(name, entries, Math.ceil(items / THREADS));
  }

  linear({ layer, chunks, x, y, activates, accumulates, shared }: LinearCall): Step {
    const sizes = this.buffers.uniform([
      layer.inputs4,
      layer.outputs4,
      x.stride4,
      x.first4 ?? 0,
      y.stride4,
      y.first4 ?? 0,
      Number(activates ?? false),
      Number(accumulates ?? false),
      Number(shared !== undefined),
    ]);
    const entries = [
      sizes,
      chunks.buffer,
      layer.weights,
      layer.bias,
      shared ?? layer.bias,
      x.buffer,
      y.buffer,
    ];
    return this.dispatch('linear', entries, chunks.table.count, Math.ceil((layer.outputs4 * 4) / 64));
  }

  /**
   * Mean, sum of squared distances and number of the rows of each segment of a chunk table: [segments, 3·H] from row
   * `firstRow` of `pooled` on.
   */
  pool(
    rows: GpuChunks,
    states: GPUBuffer,
    partial: GPUBuffer,
    pooled: GPUBuffer,
    width4: number,
    firstRow = 0,
  ): Step[] {
    const { count, segments } = rows.table;
    const items = (segments.length / 2) * width4;
    return [
      this.dispatchItems(
        'pool-chunks',
        [this.buffers.uniform([width4, count * width4]), rows.buffer, states, partial],
        count * width4,
      ),
      this.dispatchItems(
        'pool-join',
        [this.buffers.uniform([width4, items, firstRow, 0]), rows.segments, partial, pooled],
        items,
      ),
    ];
  }
}
