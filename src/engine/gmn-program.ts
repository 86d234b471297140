/**
 * The GMN on the GPU: the steps of src/metanets/gmn/gmn.ts as kernels over edge blocks. Node and edge states stay on the
 * device; what comes back, once, is the mean and deviation of every block and group, from which the readout is formed.
 */
import type { GmnGradient } from '../metanets/gmn/gradient';
import { readOutEach } from '../metanets/gmn/readout';
import type { GmnTrace } from '../metanets/gmn/trace';
import type { GmnWeights, RoundWeights } from '../metanets/gmn/weights';
import { joinInputs, type MetanetInput } from '../metanets/input';
import type { LinearWeights } from '../metanets/linear-algebra';
import type { MetanetOutput } from '../metanets/output';
import type { Gpu } from './device';
import type { GpuLinear } from './dispatcher';
import { edgeEncoder } from './edge-encoder';
import { GmnRun } from './gmn-run';
import { GpuBuffers } from './gpu-buffers';
import { GradientRun } from './gradient/gradient-run';
import { BASIC_KERNELS, FUSED_KERNELS, GRADIENT_KERNELS, Kernels } from './kernels';
import { refuseOutOfMemory } from './out-of-memory';
import type { RunOptions } from './run-options';
import { probeInput } from './synthetic-graphs';
import type { EdgeVariant } from './tables';
import { TraceReadback } from './trace/trace-readback';
import { padded, uploadLinear } from './upload-linear';

export interface GpuRound {
  readonly nodeNorm: GPUBuffer;
  readonly edgeNorm: GPUBuffer;
  /** Source and target projections side by side: [H, 2·H]. */
  readonly projections: GpuLinear;
  readonly edge: GpuLinear;
  readonly edgeStep: GpuLinear;
  /** C and E one under the other; biases of both and the edges' norm. */
  readonly fused: { readonly weights: GPUBuffer; readonly vectors: GPUBuffer };
  readonly nodeHidden: GpuLinear;
  readonly nodeStep: GpuLinear;
}

/** The edge encoder's first layer for one kernel shape. */
export interface GpuEdgeEncoder {
  readonly coefficients: number;
  /** Columns of the encoder's weights that the inputs meet, in their order. */
  readonly columns: readonly number[];
  readonly stride4: number;
  readonly basis: GPUBuffer;
  readonly layer: GpuLinear;
}

/** A GMN whose weights lie on the device. */
export interface GpuGmn {
  readonly device: GPUDevice;
  readonly kernels: Kernels;
  readonly weights: GmnWeights;
  /** Pairs of one round that the device does in well under a tenth of a second. */
  readonly pairsPerSubmission: number;
  /** The first layer of the edge encoder for a kernel shape; made when it is first asked for. */
  edgeEncoder(tapShape: readonly number[]): GpuEdgeEncoder;
  readonly edgeOutput: GpuLinear;
  readonly nodeInput: GpuLinear;
  readonly nodeOutput: GpuLinear;
  readonly rounds: readonly GpuRound[];
}

/** About 20 µs a pair on a software adapter, a few hundred times less on a graphics card. */
const PAIRS_PER_SUBMISSION = { software: 2 ** 14, hardware: 2 ** 19 };

const MIN_MEASURED_PAIRS = 30_000;
/** The fused kernel's workgroup memory holds states up to this width. */
const MAX_FUSED_WIDTH = 64;

/** Makes buffers that only count: same limits, no memory. */
function countingDevice({ limits }: GPUDevice): GPUDevice {
  const nothing = { destroy: () => undefined } as unknown as GPUBuffer;
  const queue = { writeBuffer: () => undefined } as unknown as GPUQueue;
  return { limits, queue, createBuffer: () => nothing } as unknown as GPUDevice;
}

/** A GMN whose weights lie on the device; runs on any number of graphs, one at a time. */
export class GmnProgram {
  readonly #buffers: GpuBuffers;
  readonly #gmn: GpuGmn;
  readonly #encoders = new Map<string, GpuEdgeEncoder>();
  #measured: Promise<EdgeVariant> | undefined;

  static async create({ device, isSoftware }: Gpu, weights: GmnWeights): Promise<GmnProgram> {
    const pairs = isSoftware ? PAIRS_PER_SUBMISSION.software : PAIRS_PER_SUBMISSION.hardware;
    await Kernels.of(device).compile(BASIC_KERNELS);
    return new GmnProgram(device, weights, pairs);
  }

  private constructor(
    readonly device: GPUDevice,
    weights: GmnWeights,
    pairsPerSubmission: number,
  ) {
    this.#buffers = new GpuBuffers(device);
    const { edgeEncoder: edges, nodeEncoder } = weights;
    this.#gmn = {
      device,
      kernels: Kernels.of(device),
      weights,
      pairsPerSubmission,
      edgeEncoder: (tapShape) => this.#edgeEncoder(tapShape, edges.input),
      edgeOutput: uploadLinear(this.#buffers, 'edge encoder output', edges.output),
      nodeInput: uploadLinear(this.#buffers, 'node encoder input', nodeEncoder.input),
      nodeOutput: uploadLinear(this.#buffers, 'node encoder output', nodeEncoder.output),
      rounds: weights.rounds.map((round) => this.#round(round)),
    };
  }

  #edgeEncoder(tapShape: readonly number[], { weight, inputs, outputs }: LinearWeights): GpuEdgeEncoder {
    const key = tapShape.join();
    const known = this.#encoders.get(key);
    if (known) return known;
    const { coefficients, columns, stride, basis } = edgeEncoder(tapShape);
    const kept = new Float32Array(outputs * columns.length);
    for (let output = 0; output < outputs; output++) {
      columns.forEach((column, index) => {
        kept[output * columns.length + index] = weight[output * inputs + column];
      });
    }
    const layer = { weight: kept, inputs: columns.length, outputs };
    const encoder: GpuEdgeEncoder = {
      coefficients,
      columns,
      stride4: stride / 4,
      basis: this.#buffers.upload('tap basis', basis),
      layer: uploadLinear(this.#buffers, `edge encoder input ${key}`, layer),
    };
    this.#encoders.set(key, encoder);
    return encoder;
  }

  #round(round: RoundWeights): GpuRound {
    const { inputs, outputs } = round.source;
    const both = Float32Array.from([...round.source.weight, ...round.target.weight]);
    const [edge, edgeStep] = [padded(round.edge), padded(round.edgeStep)];
    return {
      nodeNorm: this.#buffers.upload('node norm', round.nodeNorm),
      edgeNorm: this.#buffers.upload('edge norm', round.edgeNorm),
      projections: uploadLinear(this.#buffers, 'projections', { weight: both, inputs, outputs: 2 * outputs }),
      edge: uploadLinear(this.#buffers, 'edge', round.edge),
      edgeStep: uploadLinear(this.#buffers, 'edge step', round.edgeStep),
      fused: {
        weights: this.#buffers.upload(
          'fused weights',
          Float32Array.from([...edge.weights, ...edgeStep.weights]),
        ),
        vectors: this.#buffers.upload(
          'fused vectors',
          Float32Array.from([...edge.bias, ...edgeStep.bias, ...round.edgeNorm]),
        ),
      },
      nodeHidden: uploadLinear(this.#buffers, 'node hidden', round.nodeHidden),
      nodeStep: uploadLinear(this.#buffers, 'node step', round.nodeStep),
    };
  }

  /**
   * Runs the metanet on input networks, together. Throws GraphTooLargeError, or the signal's reason.
   * `variant`: which of the two edge kernels; the faster one here if it is not given. Both give the same bits.
   */
  async run(
    inputs: readonly MetanetInput[],
    options: RunOptions,
    variant?: EdgeVariant,
  ): Promise<MetanetOutput[]> {
    const input = joinInputs(inputs);
    const chosen = variant ?? (await this.#fasterVariant(input, options));
    if (chosen === 'fused') await this.#gmn.kernels.compile(FUSED_KERNELS);
    const run = new GmnRun(this.#gmn, input, options, chosen);
    try {
      const { before, after } = await refuseOutOfMemory(this.device, () => run.execute());
      return readOutEach(this.#gmn.weights, inputs, before, after);
    } finally {
      run.destroy();
    }
  }

  /**
   * The gradient of the prediction for one network: ∂logit/∂value of every edge. Throws GraphTooLargeError, or the signal's reason.
   * Edge states are never kept between passes: half of the budget is for the way forward, half for the way back.
   */
  async gradient(input: MetanetInput, options: RunOptions): Promise<GmnGradient> {
    await this.#gmn.kernels.compile(GRADIENT_KERNELS);
    const run = new GradientRun(this.#gmn, input, options);
    try {
      return await refuseOutOfMemory(this.device, () => run.execute());
    } finally {
      run.destroy();
    }
  }

  /**
   * What the metanet computes on one network, round by round. `keepsPairs`: the states of pairs too, [pairs, H] for each round.
   * Throws GraphTooLargeError, or the signal's reason.
   */
  async trace(input: MetanetInput, options: RunOptions, keepsPairs: boolean): Promise<GmnTrace> {
    const run = new GmnRun(this.#gmn, input, options, 'split');
    const readback = new TraceReadback(this.device, run, keepsPairs);
    try {
      return await refuseOutOfMemory(this.device, () => readback.execute());
    } finally {
      readback.destroy();
      run.destroy();
    }
  }

  /** Bytes that a run on this network takes on the device at most; nothing is computed, and no values are needed. */
  account(input: MetanetInput, options: RunOptions): number {
    const device = countingDevice(this.device);
    const run = new GmnRun({ ...this.#gmn, device }, input, options, 'split');
    try {
      return run.account();
    } finally {
      run.destroy();
    }
  }

  /** Measured once, on the first network that is worth it; small ones are over before it matters. */
  async #fasterVariant({ graph }: MetanetInput, { budgetBytes }: RunOptions): Promise<EdgeVariant> {
    if (graph.pairCount < MIN_MEASURED_PAIRS) return 'split';
    // Where there is no room to measure, the network itself may yet fit, or says why not.
    this.#measured ??= this.#measureVariants(budgetBytes).catch(() => 'split');
    return await this.#measured;
  }

  async #measureVariants(budgetBytes: number): Promise<EdgeVariant> {
    if (this.#gmn.weights.width > MAX_FUSED_WIDTH) return 'split';
    const times: Record<EdgeVariant, number> = {
      split: Number.POSITIVE_INFINITY,
      fused: Number.POSITIVE_INFINITY,
    };
    const probe = probeInput(this.#gmn.pairsPerSubmission);
    // The first of each also pays for what is compiled late: the shortest counts.
    for (let repeat = 0; repeat < 3; repeat++) {
      for (const variant of ['split', 'fused'] as const) {
        const start = performance.now();
        await this.run([probe], { budgetBytes }, variant);
        times[variant] = Math.min(times[variant], performance.now() - start);
      }
    }
    return times.fused < times.split ? 'fused' : 'split';
  }

  destroy(): void {
    this.#buffers.destroy();
  }
}
