/**
 * The GMN on the GPU: the steps of src/metanets/gmn/gmn.ts as kernels over edge blocks. Node and edge states stay on the
 * device; what comes back, once, is the mean and deviation of every block and group, from which the readout is formed.
 */
import type { MetanetOutput } from '../metanets/gmn/readout';
import type { GmnWeights, RoundWeights } from '../metanets/gmn/weights';
import type { MetanetInput } from '../metanets/input';
import type { LinearWeights } from '../metanets/linear-algebra';
import { GmnRun, type GpuGmn, type GpuLinear, type GpuRound, type RunOptions } from './gmn-run';
import { GpuBuffers } from './gpu-buffers';
import { GraphTooLargeError } from './gpu-error';
import { compileKernels, type Kernels } from './kernels';

const OUT_OF_MEMORY =
  'The graphics device ran out of memory on this network. Close other tabs that use it, or open a smaller network.';

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

  static async create(device: GPUDevice, weights: GmnWeights): Promise<GmnProgram> {
    return new GmnProgram(device, weights, await compileKernels(device));
  }

  private constructor(
    readonly device: GPUDevice,
    weights: GmnWeights,
    kernels: Kernels,
  ) {
    this.#buffers = new GpuBuffers(device);
    const { edgeEncoder, nodeEncoder } = weights;
    this.#gmn = {
      device,
      kernels,
      weights,
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

  /** Runs the metanet on one input network. Throws GraphTooLargeError, or the signal's reason. */
  async run(input: MetanetInput, options: RunOptions = {}): Promise<MetanetOutput> {
    const run = new GmnRun(this.#gmn, input);
    this.device.pushErrorScope('out-of-memory');
    let isScopeOpen = true;
    try {
      const result = await run.execute(options);
      isScopeOpen = false;
      if (await this.device.popErrorScope()) throw new GraphTooLargeError(OUT_OF_MEMORY);
      return result;
    } finally {
      if (isScopeOpen) void this.device.popErrorScope();
      run.destroy();
    }
  }

  destroy(): void {
    this.#buffers.destroy();
  }
}
