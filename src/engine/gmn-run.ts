/**
 * One run of the GMN on one graph: its buffers, its steps as dispatches, and the one read-back.
 */
import { DEVIATION_EPSILON } from '../metanets/gmn/gmn';
import { type MetanetOutput, readOut } from '../metanets/gmn/readout';
import type { GmnWeights } from '../metanets/gmn/weights';
import type { MetanetInput } from '../metanets/input';
import { LAYER_NORM_EPSILON, type LinearWeights, linear } from '../metanets/linear-algebra';
import { GpuBuffers } from './gpu-buffers';
import type { KernelName, Kernels } from './kernels';
import { type ChunkTable, chunkTable, graphTables } from './tables';

/** Edge inputs padded to whole vectors. */
const INPUT_VECTORS = 7;
/** Order features padded likewise. */
const ORDER_VECTORS = 2;
const MAX_WORKGROUPS = 65535;
/** Beyond this many pairs the work is submitted step by step, so that it can report and be stopped. */
const PAIRS_PER_SUBMISSION = 40_000;

export interface RunOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (share: number) => void;
}

export interface GpuLinear {
  readonly weights: GPUBuffer;
  readonly bias: GPUBuffer;
  readonly inputs4: number;
  readonly outputs4: number;
}

export interface GpuRound {
  readonly nodeNorm: GPUBuffer;
  readonly edgeNorm: GPUBuffer;
  /** Source and target projections side by side: [H, 2·H]. */
  readonly projections: GpuLinear;
  readonly edge: GpuLinear;
  readonly edgeStep: GpuLinear;
  readonly nodeHidden: GpuLinear;
  readonly nodeStep: GpuLinear;
}

/** A GMN whose weights lie on the device. */
export interface GpuGmn {
  readonly device: GPUDevice;
  readonly kernels: Kernels;
  readonly weights: GmnWeights;
  readonly edgeInput: GpuLinear;
  readonly edgeOutput: GpuLinear;
  readonly nodeInput: GpuLinear;
  readonly nodeOutput: GpuLinear;
  readonly rounds: readonly GpuRound[];
}

type Step = (pass: GPUComputePassEncoder) => void;

interface LinearCall {
  readonly layer: GpuLinear;
  readonly rows: { table: ChunkTable; buffer: GPUBuffer };
  readonly x: { buffer: GPUBuffer; stride4: number; first4?: number };
  readonly y: { buffer: GPUBuffer; stride4: number; first4?: number };
  readonly activates?: boolean;
  readonly accumulates?: boolean;
  readonly shared?: GPUBuffer;
}

/** The buffers and steps of one run. */
export class GmnRun {
  readonly #buffers: GpuBuffers;
  readonly #width4: number;

  constructor(
    readonly gmn: GpuGmn,
    readonly input: MetanetInput,
  ) {
    this.#buffers = new GpuBuffers(gmn.device);
    this.#width4 = gmn.weights.width / 4;
  }

  destroy(): void {
    this.#buffers.destroy();
  }

  #dispatch(name: KernelName, entries: readonly GPUBuffer[], groups: number, blocksOfColumns = 1): Step {
    const pipeline = this.gmn.kernels[name];
    const bindGroup = this.gmn.device.createBindGroup({
      label: name,
      layout: pipeline.getBindGroupLayout(0),
      entries: entries.map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    const x = Math.min(groups, MAX_WORKGROUPS);
    const y = Math.ceil(groups / x);
    return (pass) => {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindGroup);
      pass.dispatchWorkgroups(x, y, blocksOfColumns);
    };
  }

  #linear({ layer, rows, x, y, activates, accumulates, shared }: LinearCall): Step {
    const sizes = this.#buffers.uniform('linear sizes', [
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
    const buffers = [sizes, rows.buffer, layer.weights, layer.bias, shared ?? layer.bias, x.buffer, y.buffer];
    return this.#dispatch('linear', buffers, rows.table.count, Math.ceil((layer.outputs4 * 4) / 64));
  }

  async execute({ signal, onProgress }: RunOptions): Promise<MetanetOutput> {
    const { device, weights, rounds } = this.gmn;
    const { graph } = this.input;
    const width4 = this.#width4;
    const { width } = weights;
    const buffers = this.#buffers;
    const tables = graphTables(graph, this.input.scales);

    // The large ones first: they are what may not fit.
    const e = {
      buffer: buffers.allocate('edge states', graph.pairCount * Math.max(width, 4 * INPUT_VECTORS)),
      stride4: width4,
    };
    const hidden = {
      buffer: buffers.allocate('edge hidden states', graph.pairCount * width),
      stride4: width4,
    };
    const values = buffers.allocate('edge values', graph.edgeCount);
    graph.blocks.forEach(({ firstEdge }, index) => {
      const blockValues = this.input.values[index];
      device.queue.writeBuffer(
        values,
        firstEdge * 4,
        blockValues.buffer,
        blockValues.byteOffset,
        blockValues.byteLength,
      );
    });
    const v = { buffer: buffers.allocate('node states', graph.nodeCount * width), stride4: width4 };
    const gathered = {
      buffer: buffers.allocate('node inputs', graph.nodeCount * 4 * width),
      stride4: 4 * width4,
    };
    const nodeHidden = {
      buffer: buffers.allocate('node hidden states', graph.nodeCount * width),
      stride4: width4,
    };
    const projected = {
      buffer: buffers.allocate('projections', graph.nodeCount * 2 * width),
      stride4: 2 * width4,
    };

    const blocks = buffers.upload('blocks', tables.blocks);
    const groups = buffers.upload('groups', tables.groups);
    const links = buffers.upload('links', tables.links);
    const basis = buffers.upload('tap basis', tables.basis);
    const pairs = {
      table: tables.pairChunks,
      buffer: buffers.upload('pair chunks', tables.pairChunks.chunks),
    };
    const nodes = {
      table: tables.nodeChunks,
      buffer: buffers.upload('node chunks', tables.nodeChunks.chunks),
    };
    const allNodes = chunkTable([{ first: 0, count: graph.nodeCount }]);
    const plainNodes = { table: allNodes, buffer: buffers.upload('nodes by 64', allNodes.chunks) };
    const edgeShared = buffers.upload(
      'edge facts',
      sharedRows(this.input.edgeFacts, weights.edgeEncoder.facts),
    );
    const nodeShared = buffers.upload(
      'node facts',
      sharedRows(this.input.nodeFacts, weights.nodeEncoder.facts),
    );
    const order = {
      buffer: buffers.upload('order features', padRows(this.input.order, graph.nodeCount, ORDER_VECTORS)),
      stride4: ORDER_VECTORS,
    };

    const segments = tables.pairChunks.segments.length / 2 + tables.nodeChunks.segments.length / 2;
    const pooledNumbers = segments * 2 * width;
    const pooled = [0, 1].map((side) =>
      buffers.allocate(`pooled ${side}`, pooledNumbers, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC),
    );
    const pool = (side: number) => [
      ...this.#pool(pairs, e.buffer, pooled[side], 0),
      ...this.#pool(nodes, v.buffer, pooled[side], graph.blocks.length),
    ];

    // Raw inputs lie in the edge states' own buffer until the states replace them.
    const inputs = { buffer: e.buffer, stride4: INPUT_VECTORS };
    const encode: Step[] = [
      this.#dispatch('edge-inputs', [blocks, pairs.buffer, values, basis, e.buffer], pairs.table.count),
      this.#linear({
        layer: this.gmn.edgeInput,
        rows: pairs,
        x: inputs,
        y: hidden,
        activates: true,
        shared: edgeShared,
      }),
      this.#linear({ layer: this.gmn.edgeOutput, rows: pairs, x: hidden, y: e }),
      this.#linear({
        layer: this.gmn.nodeInput,
        rows: nodes,
        x: order,
        y: nodeHidden,
        activates: true,
        shared: nodeShared,
      }),
      this.#linear({ layer: this.gmn.nodeOutput, rows: plainNodes, x: nodeHidden, y: v }),
      ...pool(0),
    ];
    const sizes = {
      norm: buffers.uniform('node norm sizes', [width4, graph.nodeCount, { f32: LAYER_NORM_EPSILON }]),
      edge: buffers.uniform('edge sizes', [width4, { f32: LAYER_NORM_EPSILON }]),
      gather: buffers.uniform('gather sizes', [width4]),
    };
    const roundSteps = rounds.map((round): Step[] => [
      this.#dispatch(
        'node-norm',
        [sizes.norm, round.nodeNorm, v.buffer, gathered.buffer],
        Math.ceil(graph.nodeCount / 64),
      ),
      this.#linear({ layer: round.projections, rows: plainNodes, x: gathered, y: projected }),
      this.#dispatch(
        'edge-hidden',
        [
          sizes.edge,
          blocks,
          pairs.buffer,
          round.edge.weights,
          round.edge.bias,
          round.edgeNorm,
          projected.buffer,
          e.buffer,
          hidden.buffer,
        ],
        pairs.table.count,
      ),
      this.#linear({ layer: round.edgeStep, rows: pairs, x: hidden, y: e, accumulates: true }),
      this.#dispatch(
        'gather-means',
        [sizes.gather, blocks, groups, links, nodes.buffer, hidden.buffer, gathered.buffer],
        nodes.table.count,
      ),
      this.#linear({
        layer: round.nodeHidden,
        rows: plainNodes,
        x: gathered,
        y: nodeHidden,
        activates: true,
      }),
      this.#linear({ layer: round.nodeStep, rows: plainNodes, x: nodeHidden, y: v, accumulates: true }),
    ]);
    await this.#submit([encode, ...roundSteps, pool(1)], graph.pairCount, signal, onProgress);

    const [before, after] = await this.#readBack(pooled, pooledNumbers);
    const split = (numbers: Float32Array) => ({
      blocks: numbers.subarray(0, graph.blocks.length * 2 * width),
      groups: numbers.subarray(graph.blocks.length * 2 * width),
    });
    return readOut(weights, graph, split(before), split(after));
  }

  #pool(rows: LinearCall['rows'], states: GPUBuffer, pooled: GPUBuffer, firstRow: number): Step[] {
    const width4 = this.#width4;
    const buffers = this.#buffers;
    const chunks = rows.table.count;
    const segments = rows.table.segments.length / 2;
    const partial = buffers.allocate('pooled chunks', chunks * 8 * width4);
    const chunkSizes = buffers.uniform('pool sizes', [width4, chunks * width4]);
    const segmentSizes = buffers.uniform('pool sizes', [
      width4,
      segments * width4,
      { f32: DEVIATION_EPSILON },
      firstRow,
    ]);
    const table = buffers.upload('segments', rows.table.segments);
    return [
      this.#dispatch(
        'pool-chunks',
        [chunkSizes, rows.buffer, states, partial],
        Math.ceil((chunks * width4) / 64),
      ),
      this.#dispatch(
        'pool-segments',
        [segmentSizes, rows.buffer, table, partial, pooled],
        Math.ceil((segments * width4) / 64),
      ),
    ];
  }

  /** Small graphs in one submission; large ones stage by stage, waiting for each. */
  async #submit(
    stages: readonly Step[][],
    pairCount: number,
    signal: AbortSignal | undefined,
    onProgress: ((share: number) => void) | undefined,
  ): Promise<void> {
    const { queue } = this.gmn.device;
    const submit = (steps: readonly Step[]) => {
      const encoder = this.gmn.device.createCommandEncoder({ label: 'gmn' });
      const pass = encoder.beginComputePass({ label: 'gmn' });
      for (const step of steps) step(pass);
      pass.end();
      queue.submit([encoder.finish()]);
    };
    if (pairCount <= PAIRS_PER_SUBMISSION) {
      submit(stages.flat());
      return;
    }
    const steps = stages.flat();
    for (const [index, step] of steps.entries()) {
      signal?.throwIfAborted();
      submit([step]);
      await queue.onSubmittedWorkDone();
      onProgress?.((index + 1) / steps.length);
    }
  }

  /** Both pooled buffers in one copy. */
  async #readBack(sources: readonly GPUBuffer[], numbers: number): Promise<Float32Array[]> {
    const { device } = this.gmn;
    const bytes = numbers * 4;
    const target = device.createBuffer({
      label: 'read back',
      size: bytes * sources.length,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    const encoder = device.createCommandEncoder({ label: 'read back' });
    sources.forEach((source, index) => {
      encoder.copyBufferToBuffer(source, 0, target, index * bytes, bytes);
    });
    device.queue.submit([encoder.finish()]);
    try {
      await target.mapAsync(GPUMapMode.READ);
      const all = new Float32Array(target.getMappedRange().slice(0));
      return sources.map((_, index) => all.subarray(index * numbers, (index + 1) * numbers));
    } finally {
      target.destroy();
    }
  }
}

/** The facts' share of an encoder's first layer, one row per segment, including its bias: [segments, H]. */
function sharedRows(facts: Float32Array, layer: LinearWeights): Float32Array {
  return Float32Array.from(linear(facts, layer, 'float64'));
}

/** Rows padded with zeros to whole vectors. */
function padRows(rows: Float32Array, count: number, vectors: number): Float32Array {
  const length = rows.length / count;
  const padded = new Float32Array(count * vectors * 4);
  for (let row = 0; row < count; row++)
    padded.set(rows.subarray(row * length, (row + 1) * length), row * vectors * 4);
  return padded;
}
