/**
 * The metanets that can be run on the GPU, beside those that src/metanets/open-metanet.ts runs by their plain references. Each is
 * held to its reference within 1e-5 by comparison.gpu.test.ts.
 */
import type { Checkpoint } from '../../metanets/checkpoint';
import { dmcWeights } from '../../metanets/dmc';
import { gmnWeights } from '../../metanets/gmn';
import type { MetanetInput } from '../../metanets/input';
import { ngGnnWeights, ngTWeights } from '../../metanets/neural-graphs';
import { npNfnWeights } from '../../metanets/np-nfn';
import type { MetanetOutput } from '../../metanets/output';
import type { Gpu } from '../device';
import { GmnProgram } from '../gmn-program';
import { type KernelName, Kernels } from '../kernels';
import { refuseOutOfMemory } from '../out-of-memory';
import { DMC_KERNELS, runDmcOnGpu } from './dmc-on-gpu';
import { NG_GNN_KERNELS, runNgGnnOnGpu } from './ng-gnn-on-gpu';
import { NG_T_KERNELS, runNgTOnGpu } from './ng-t-on-gpu';
import { runNpNfnOnGpu } from './np-nfn-on-gpu';
import { TENSOR_KERNELS, TensorOps } from './tensor-ops';

/** Throws GraphTooLargeError where the device has no room for the network. Runs of one device follow each other. */
export type GpuRun = (input: MetanetInput) => Promise<MetanetOutput>;

type Open = (gpu: Gpu, checkpoint: Checkpoint) => Promise<GpuRun>;

/** Memory for the states of a GMN's edges; what does not fit is computed again. */
const GMN_BUDGET_BYTES = 2 ** 28;

const openGmn: Open = async (gpu, checkpoint) => {
  const weights = gmnWeights(checkpoint);
  return async (input) => {
    const program = await GmnProgram.create(gpu, weights);
    try {
      const [output] = await program.run([input], { budgetBytes: GMN_BUDGET_BYTES });
      return output;
    } finally {
      program.destroy();
    }
  };
};

function bind<Weights>(
  read: (checkpoint: Checkpoint) => Weights,
  run: (ops: TensorOps, weights: Weights, input: MetanetInput) => Promise<MetanetOutput>,
  ownKernels: readonly KernelName[],
): Open {
  return async (gpu, checkpoint) => {
    const weights = read(checkpoint);
    await Kernels.of(gpu.device).compile([...TENSOR_KERNELS, ...ownKernels]);
    return async (input) => {
      const ops = new TensorOps(gpu);
      try {
        return await refuseOutOfMemory(gpu.device, () => run(ops, weights, input));
      } finally {
        ops.destroy();
      }
    };
  };
}

const ON_GPU: ReadonlyMap<string, Open> = new Map([
  ['gmn', openGmn],
  ['no-message', openGmn],
  ['ng-gnn', bind(ngGnnWeights, runNgGnnOnGpu, NG_GNN_KERNELS)],
  ['ng-t', bind(ngTWeights, runNgTOnGpu, NG_T_KERNELS)],
  ['np-nfn', bind(npNfnWeights, runNpNfnOnGpu, [])],
  ['dmc', bind(dmcWeights, runDmcOnGpu, DMC_KERNELS)],
]);

/** The kernels' vectors hold four channels of one head. */
function fitsVectors({ width = 0, heads = 1 }: Checkpoint['card']['config']): boolean {
  return width % (4 * heads) === 0;
}

/** Opens a metanet on the GPU: undefined where only its reference runs it; throws where the checkpoint's weights do not fit its card. */
export async function openOnGpu(gpu: Gpu, checkpoint: Checkpoint): Promise<GpuRun | undefined> {
  const { metanet, config } = checkpoint.card;
  return fitsVectors(config) ? await ON_GPU.get(metanet)?.(gpu, checkpoint) : undefined;
}
