/**
 * The WGSL kernels as compute pipelines: compiled asynchronously, once per device, all sizes being uniforms.
 */
import bandSums from '../../shaders/band-sums.wgsl?raw';
import edgeHidden from '../../shaders/edge-hidden.wgsl?raw';
import edgeInputs from '../../shaders/edge-inputs.wgsl?raw';
import gatherMeans from '../../shaders/gather-means.wgsl?raw';
import bands from '../../shaders/lib/bands.wgsl?raw';
import silu from '../../shaders/lib/silu.wgsl?raw';
import tile from '../../shaders/lib/tile.wgsl?raw';
import linear from '../../shaders/linear.wgsl?raw';
import nodeNorm from '../../shaders/node-norm.wgsl?raw';
import poolChunks from '../../shaders/pool-chunks.wgsl?raw';
import poolJoin from '../../shaders/pool-join.wgsl?raw';
import { GpuError } from './gpu-error';

/** Library parts come before the kernel that uses them. */
const SOURCES = {
  'edge-inputs': [bands, edgeInputs],
  linear: [bands, silu, tile, linear],
  'edge-hidden': [bands, silu, tile, edgeHidden],
  'node-norm': [nodeNorm],
  'band-sums': [bands, bandSums],
  'gather-means': [bands, gatherMeans],
  'pool-chunks': [bands, poolChunks],
  'pool-join': [poolJoin],
} as const;

export type KernelName = keyof typeof SOURCES;
export type Kernels = Readonly<Record<KernelName, GPUComputePipeline>>;

async function compile(device: GPUDevice, name: KernelName): Promise<GPUComputePipeline> {
  const module = device.createShaderModule({ label: name, code: SOURCES[name].join('\n') });
  try {
    return await device.createComputePipelineAsync({ label: name, layout: 'auto', compute: { module } });
  } catch (error) {
    const { messages } = await module.getCompilationInfo();
    const details = messages.map(({ lineNum, message }) => `line ${lineNum}: ${message}`).join('; ');
    throw new GpuError(`The kernel ${name} does not compile here. ${details || String(error)}`);
  }
}

export async function compileKernels(device: GPUDevice): Promise<Kernels> {
  const names = Object.keys(SOURCES) as KernelName[];
  const pipelines = await Promise.all(
    names.map(async (name) => [name, await compile(device, name)] as const),
  );
  return Object.fromEntries(pipelines) as Record<KernelName, GPUComputePipeline>;
}
