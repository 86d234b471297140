/**
 * One gradient of a GMN's prediction on the device: a run forward, whose pooled states come back once for the readout; then
 * passes back over the strips, round by round; then, all together, the gradients of the values.
 */
import { incomingKind } from '../../metanets/gmn/gmn';
import type { GmnGradient } from '../../metanets/gmn/gradient';
import { addGlobalGradient } from '../../metanets/gmn/gradient-global';
import { type PoolGradient, readOutGradient } from '../../metanets/gmn/gradient-readout';
import { readOut } from '../../metanets/gmn/readout';
import type { MetanetInput } from '../../metanets/input';
import { cutIntoBands } from '../bands';
import { Dispatcher } from '../dispatcher';
import type { GpuGmn } from '../gmn-program';
import { GmnRun } from '../gmn-run';
import { GpuBuffers } from '../gpu-buffers';
import type { RunOptions } from '../run-options';
import { StripRun, stateNumbers } from '../strip-run';
import { Submissions } from '../submissions';
import { cutIntoStrips, type Strip } from '../tables';
import { GradientReadback } from './gradient-readback';
import { NodeGradient } from './node-gradient';
import { backwardPasses, wholeProgress } from './passes';
import { type GradientContext, StripGradient } from './strip-gradient';
import { MAX_INPUT_COLUMNS, WeightsBack } from './weights-back';

/** A pass back is so many times the work of a round forward: strips are as much shorter, so that none holds the device for long. */
const WORK = 4;

export class GradientRun {
  readonly #buffers: GpuBuffers;
  readonly #forward: GmnRun;
  readonly #options: RunOptions;

  constructor(
    readonly gmn: GpuGmn,
    readonly input: MetanetInput,
    { budgetBytes, signal, onProgress }: RunOptions,
  ) {
    const progress = wholeProgress(onProgress);
    const half = { budgetBytes: budgetBytes / 2, signal };
    this.#buffers = new GpuBuffers(gmn.device);
    this.#forward = new GmnRun(gmn, input, { ...half, onProgress: progress.forward }, 'split');
    this.#options = { ...half, onProgress: progress.back };
  }

  destroy(): void {
    this.#buffers.destroy();
    this.#forward.destroy();
  }

  async execute(): Promise<GmnGradient> {
    const { gmn, input } = this;
    const { weights } = gmn;
    const dispatcher = new Dispatcher(gmn.device, gmn.kernels, this.#buffers);
    const weightsBack = new WeightsBack(this.#buffers, weights);
    const { nodes, context } = this.#forward.prepared;
    const nodeGradient = new NodeGradient(nodes, weightsBack, dispatcher, context.groups);
    const { before, after } = await this.#forward.execute({
      beforeUpdate: (round) => nodeGradient.keep(round),
    });
    const pools = readOutGradient(weights, input.graph, before, after);
    const [logit] = readOut(weights, input, before, after).outputs;
    const strips = this.#cutIntoStrips();
    const back: GradientContext = {
      ...context,
      ...this.#scratch(strips, context.scratch),
      dispatcher,
      variant: 'split',
      weightsBack,
      nodeGradient,
      kinds: this.#buffers.upload('kinds of blocks', Uint32Array.from(input.graph.blocks, incomingKind)),
      pools: {
        before: this.#upload(pools.before.blocks),
        after: this.#upload((pools.after ?? pools.before).blocks),
      },
    };
    const values = await this.#back(back, strips, pools.after);
    addGlobalGradient(weights, input, values);
    return { logit, values };
  }

  #upload(rows: Float64Array): GPUBuffer {
    return this.#buffers.upload('gradients of pooled states', Float32Array.from(rows));
  }

  /** The way back: per block the gradients of its values. */
  async #back(context: GradientContext, strips: readonly Strip[], pools: PoolGradient | undefined) {
    const { nodeGradient } = context;
    const queue = new Submissions(this.gmn.device, this.#options);
    const readback = new GradientReadback(this.gmn.device, this.input.graph);
    const passes = backwardPasses(this.gmn.rounds.length);
    const open = new Set<GpuBuffers>();
    try {
      if (pools) queue.add([nodeGradient.begin(this.#upload(pools.groups))]);
      for (const [pass, round] of passes.entries()) {
        if (round >= 0) queue.add(nodeGradient.toRead(round));
        for (const [index, strip] of strips.entries()) {
          const place = { isFirst: index === 0, isLast: index === strips.length - 1 };
          const tables = new GpuBuffers(this.gmn.device);
          open.add(tables);
          const run = new StripRun(context, strip, place, undefined, tables);
          queue.add(new StripGradient(context, run).pass(round));
          const share = (pass * strips.length + index + 1) / (passes.length * strips.length);
          const { values } = context.scratch;
          await queue.submit(
            share,
            round > 0 ? undefined : (encoder) => readback.copy(encoder, values, strip),
          );
          tables.destroy();
          open.delete(tables);
        }
        if (round > 0) queue.add(nodeGradient.toStates(round));
      }
      return await readback.read();
    } finally {
      for (const tables of open) tables.destroy();
      readback.destroy();
    }
  }

  #cutIntoStrips(): Strip[] {
    const { graph } = this.input;
    const { device, weights, pairsPerSubmission } = this.gmn;
    const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
    const binding = Math.min(maxStorageBufferBindingSize, maxBufferSize);
    const { width, rounds } = weights;
    const largestRow = Math.max(stateNumbers(width), MAX_INPUT_COLUMNS);
    const pairBytes = 4 * (2 * largestRow + (2 + rounds.length) * width + 1);
    const { budgetBytes } = this.#options;
    return cutIntoStrips(cutIntoBands(graph), graph, {
      pairs: Math.min(pairsPerSubmission / WORK, binding / (4 * largestRow), budgetBytes / pairBytes),
      edges: Math.min(binding, budgetBytes) / 4,
    });
  }

  /** Room for the largest strip. */
  #scratch(
    strips: readonly Strip[],
    forward: GradientContext['scratch'],
  ): Pick<GradientContext, 'scratch' | 'back'> {
    const { width, rounds } = this.gmn.weights;
    const buffers = this.#buffers;
    const largest = (size: (strip: Strip) => number) =>
      strips.reduce((most, strip) => Math.max(most, size(strip)), 0);
    const pairs = largest(({ pairCount }) => pairCount);
    const edges = largest(({ edgeCount }) => edgeCount);
    return {
      scratch: {
        ...forward,
        states: buffers.allocate('edge states', pairs * stateNumbers(width)),
        hidden: buffers.allocate('edge hidden states', pairs * width),
        values: buffers.allocate('edge values', edges, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC),
        sums: buffers.allocate('sums', largest(({ sumRows }) => sumRows) * width),
      },
      back: {
        states: rounds.map(() => buffers.allocate('edge states of a round', pairs * width)),
        d: buffers.allocate('gradients of edge states', pairs * Math.max(width, MAX_INPUT_COLUMNS)),
        messages: buffers.allocate('gradients of messages', pairs * width),
      },
    };
  }
}
