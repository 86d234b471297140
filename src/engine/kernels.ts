/**
 * The WGSL kernels as compute pipelines: compiled asynchronously, once per device, all sizes being uniforms.
 */
import bandSums from '../../shaders/band-sums.wgsl?raw';
import activate from '../../shaders/comparison/activate.wgsl?raw';
import attentionScores from '../../shaders/comparison/attention-scores.wgsl?raw';
import attentionValues from '../../shaders/comparison/attention-values.wgsl?raw';
import gatherLinear from '../../shaders/comparison/gather-linear.wgsl?raw';
import listMeans from '../../shaders/comparison/list-means.wgsl?raw';
import normAndPool from '../../shaders/comparison/norm-and-pool.wgsl?raw';
import normRows from '../../shaders/comparison/norm-rows.wgsl?raw';
import pnaMessages from '../../shaders/comparison/pna-messages.wgsl?raw';
import edgeHidden from '../../shaders/edge-hidden.wgsl?raw';
import edgeInputs from '../../shaders/edge-inputs.wgsl?raw';
import edgeRound from '../../shaders/edge-round.wgsl?raw';
import gatherMeans from '../../shaders/gather-means.wgsl?raw';
import copyRows from '../../shaders/gradient/copy-rows.wgsl?raw';
import meanGradient from '../../shaders/gradient/mean-gradient.wgsl?raw';
import messageGradient from '../../shaders/gradient/message-gradient.wgsl?raw';
import normGradient from '../../shaders/gradient/norm-gradient.wgsl?raw';
import poolGradient from '../../shaders/gradient/pool-gradient.wgsl?raw';
import siluGradient from '../../shaders/gradient/silu-gradient.wgsl?raw';
import valueGradient from '../../shaders/gradient/value-gradient.wgsl?raw';
import joinTiles from '../../shaders/join-tiles.wgsl?raw';
import bands from '../../shaders/lib/bands.wgsl?raw';
import groups from '../../shaders/lib/groups.wgsl?raw';
import silu from '../../shaders/lib/silu.wgsl?raw';
import siluSlope from '../../shaders/lib/silu-slope.wgsl?raw';
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
  'edge-round': [bands, silu, edgeRound],
  'join-tiles': [joinTiles],
  'node-norm': [nodeNorm],
  'band-sums': [bands, bandSums],
  'gather-means': [bands, groups, gatherMeans],
  'pool-chunks': [bands, poolChunks],
  'pool-join': [poolJoin],
  'copy-rows': [copyRows],
  'pool-gradient': [bands, poolGradient],
  'message-gradient': [bands, siluSlope, messageGradient],
  'mean-gradient': [bands, groups, meanGradient],
  'norm-gradient': [normGradient],
  'silu-gradient': [siluSlope, siluGradient],
  'value-gradient': [bands, valueGradient],
  'gather-linear': [silu, activate, tile, gatherLinear],
  'norm-rows': [silu, activate, normRows],
  'list-means': [listMeans],
  'pna-messages': [pnaMessages],
  'attention-scores': [attentionScores],
  'attention-values': [attentionValues],
  'norm-and-pool': [normAndPool],
} as const;

export type KernelName = keyof typeof SOURCES;

/** What every run of the GMN needs. */
export const BASIC_KERNELS = [
  'edge-inputs',
  'linear',
  'edge-hidden',
  'node-norm',
  'band-sums',
  'gather-means',
  'pool-chunks',
  'pool-join',
] satisfies readonly KernelName[];
/** What the way back adds. */
export const GRADIENT_KERNELS = [
  'copy-rows',
  'pool-gradient',
  'message-gradient',
  'mean-gradient',
  'norm-gradient',
  'silu-gradient',
  'value-gradient',
] as const satisfies readonly KernelName[];
/** What the fused kernel adds; compiled when it is first wanted, for it takes as long as all others together. */
export const FUSED_KERNELS = ['edge-round', 'join-tiles'] as const satisfies readonly KernelName[];

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

export class Kernels {
  static readonly #ofDevice = new WeakMap<GPUDevice, Kernels>();
  readonly #pipelines = new Map<KernelName, GPUComputePipeline>();

  /** Those of a device, which all programs on it share. */
  static of(device: GPUDevice): Kernels {
    const kernels = Kernels.#ofDevice.get(device) ?? new Kernels(device);
    Kernels.#ofDevice.set(device, kernels);
    return kernels;
  }

  private constructor(readonly device: GPUDevice) {}

  /** Makes kernels ready for `get`. */
  async compile(names: readonly KernelName[]): Promise<void> {
    const missing = names.filter((name) => !this.#pipelines.has(name));
    await Promise.all(
      missing.map(async (name) => {
        this.#pipelines.set(name, await compile(this.device, name));
      }),
    );
  }

  get(name: KernelName): GPUComputePipeline {
    const pipeline = this.#pipelines.get(name);
    if (!pipeline) throw new Error(`The kernel ${name} has not been compiled.`);
    return pipeline;
  }
}
