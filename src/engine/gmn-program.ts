/**
 * The GMN on the GPU: the steps of src/metanets/gmn/gmn.ts as kernels over edge blocks. Node and edge states stay on the
 * device; what comes back, once, is the mean and deviation of every block and group, from which the readout is formed.
 */
import { type MetanetOutput, readOutEach } from '../metanets/gmn/readout';
import type { GmnWeights, RoundWeights } from '../metanets/gmn/weights';
import { joinInputs, type MetanetInput } from '../metanets/input';
import type { LinearWeights } from '../metanets/linear-algebra';
import type { Gpu } from './device';
import type { GpuLinear } from './dispatcher';
import { GmnRun } from './gmn-run';
import { GpuBuffers } from './gpu-buffers';
import { GraphTooLargeError } from './gpu-error';
import { compileKernels, type Kernels } from './kernels';
import type { RunOptions } from './run-options';

const OUT_OF_MEMORY =
  'The graphics device ran out of memory on this network. Close other tabs that use it, or open a smaller network.';

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
  /** Pairs of one round that the device does in well under a tenth of a second. */
  readonly pairsPerSubmission: number;
  readonly edgeInput: GpuLinear;
  readonly edgeOutput: GpuLinear;
  readonly nodeInput: GpuLinear;
  readonly nodeOutput: GpuLinear;
  readonly rounds: readonly GpuRound[];
}

/** About 20 µs a pair on a software adapter, a few hundred times less on a graphics card. */
const PAIRS_PER_SUBMISSION = { software: 2 ** 14, hardware: 2 ** 19 };

/** Weights of a linear layer as the kernels read them: [inputs, outputs], both padded to multiples of four. */
function transposed({ weight, bias, inputs, outputs }: LinearWeights): {
  weights: Float32Array;
  bias: Float32Array;
} {
  const rows = Math.ceil(inputs / 4) * 4;
  const weights = new Float32Array(rows * outputs);
  for (let output = 0; output < outputs; output++) {
    for (let input = 0; input < inputs; input++)
      weights[input * outputs + output] = weight[output * inputs + input];
  }
  return { weights, bias: bias ?? new Float32Array(outputs) };
}

/** A GMN whose weights lie on the device; runs on any number of graphs, one at a time. */
export class GmnProgram {
  readonly #buffers: GpuBuffers;
  readonly #gmn: GpuGmn;

  static async create({ device, isSoftware }: Gpu, weights: GmnWeights): Promise<GmnProgram> {
    const pairs = isSoftware ? PAIRS_PER_SUBMISSION.software : PAIRS_PER_SUBMISSION.hardware;
    return new GmnProgram(device, weights, await compileKernels(device), pairs);
  }

  private constructor(
    readonly device: GPUDevice,
    weights: GmnWeights,
    kernels: Kernels,
    pairsPerSubmission: number,
  ) {
    this.#buffers = new GpuBuffers(device);
    const { edgeEncoder, nodeEncoder } = weights;
    this.#gmn = {
      device,
      kernels,
      weights,
      pairsPerSubmission,
      edgeInput: this.#linear('edge encoder input', edgeEncoder.input),
      edgeOutput: this.#linear('edge encoder output', edgeEncoder.output),
      nodeInput: this.#linear('node encoder input', nodeEncoder.input),
      nodeOutput: this.#linear('node encoder output', nodeEncoder.output),
      rounds: weights.rounds.map((round) => this.#round(round)),
    };
  }

  #linear(label: string, layer: LinearWeights): GpuLinear {
    const { weights, bias } = transposed(layer);
    return {
      weights: this.#buffers.upload(`${label} weights`, weights),
      bias: this.#buffers.upload(`${label} bias`, bias),
      inputs4: Math.ceil(layer.inputs / 4),
      outputs4: layer.outputs / 4,
    };
  }

  #round(round: RoundWeights): GpuRound {
    const { inputs, outputs } = round.source;
    const both = Float32Array.from([...round.source.weight, ...round.target.weight]);
    return {
      nodeNorm: this.#buffers.upload('node norm', round.nodeNorm),
      edgeNorm: this.#buffers.upload('edge norm', round.edgeNorm),
      projections: this.#linear('projections', { weight: both, inputs, outputs: 2 * outputs }),
      edge: this.#linear('edge', round.edge),
      edgeStep: this.#linear('edge step', round.edgeStep),
      nodeHidden: this.#linear('node hidden', round.nodeHidden),
      nodeStep: this.#linear('node step', round.nodeStep),
    };
  }

  /** Runs the metanet on input networks, together. Throws GraphTooLargeError, or the signal's reason. */
  async run(inputs: readonly MetanetInput[], options: RunOptions): Promise<MetanetOutput[]> {
    const run = new GmnRun(this.#gmn, joinInputs(inputs), options);
    this.device.pushErrorScope('out-of-memory');
    let isScopeOpen = true;
    try {
      const { before, after } = await run.execute();
      isScopeOpen = false;
      if (await this.device.popErrorScope()) throw new GraphTooLargeError(OUT_OF_MEMORY);
      const graphs = inputs.map(({ graph }) => graph);
      return readOutEach(this.#gmn.weights, graphs, before, after);
    } finally {
      if (isScopeOpen) void this.device.popErrorScope();
      run.destroy();
    }
  }

  destroy(): void {
    this.#buffers.destroy();
  }
}
