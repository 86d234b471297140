/**
 * One run of the GMN on one graph on the device: its plan (what is kept, what is computed again), its passes over the strips,
 * and the one read-back.
 */
import { DEVIATION_EPSILON } from '../metanets/gmn/gmn';
import type { PooledStates } from '../metanets/gmn/readout';
import type { MetanetInput } from '../metanets/input';
import { cutIntoBands } from './bands';
import { Dispatcher, uploadChunks, type Work } from './dispatcher';
import type { GpuGmn } from './gmn-program';
import { GpuBuffers, readable } from './gpu-buffers';
import { NodeRun, sharedRows } from './node-run';
import type { RunOptions } from './run-options';
import { type EdgeContext, StripRun, stateNumbers } from './strip-run';
import { Submissions } from './submissions';
import { cutIntoStrips, type EdgeVariant, groupTables, type Strip } from './tables';

/** What a run keeps on the device until it is destroyed. */
export interface Prepared {
  readonly strips: readonly Strip[];
  readonly nodes: NodeRun;
  readonly context: EdgeContext;
  /** Per strip the buffer that keeps its states from pass to pass, if there is one. */
  readonly kept: readonly (GPUBuffer | undefined)[];
}

/** Watches a run: further work, asked for when the buffers hold what is said here. */
export interface RunWatcher {
  /** Nodes' states are still those before `round`, and all that they read in it has been gathered. */
  beforeUpdate?(round: number): readonly Work[];
  /** Nodes' states are those after all rounds. */
  afterLast?(): readonly Work[];
  /** A strip's states, [pairs, H], are those after so many rounds. */
  onStates?(strip: Strip, states: GPUBuffer, rounds: number): readonly Work[];
}

/** Share of the budget that one strip's scratch may take; the rest keeps states. */
const SCRATCH_SHARE = 0.5;

export class GmnRun {
  readonly #buffers: GpuBuffers;
  readonly #dispatcher: Dispatcher;
  readonly #width: number;

  constructor(
    readonly gmn: GpuGmn,
    readonly input: MetanetInput,
    readonly options: RunOptions,
    readonly variant: EdgeVariant,
  ) {
    this.#buffers = new GpuBuffers(gmn.device);
    this.#dispatcher = new Dispatcher(gmn.device, gmn.kernels, this.#buffers);
    this.#width = gmn.weights.width;
  }

  destroy(): void {
    this.#buffers.destroy();
  }

  /** Bytes per pair of a strip's scratch: states, hidden states, values of one tap. */
  get #pairBytes(): number {
    return 4 * (stateNumbers(this.#width) + this.#width + 1);
  }

  #cutIntoStrips(): Strip[] {
    const { graph } = this.input;
    const { maxStorageBufferBindingSize, maxBufferSize } = this.gmn.device.limits;
    const binding = Math.min(maxStorageBufferBindingSize, maxBufferSize);
    const scratch = SCRATCH_SHARE * this.options.budgetBytes;
    return cutIntoStrips(cutIntoBands(graph), graph, {
      pairs: Math.min(
        this.gmn.pairsPerSubmission,
        binding / (4 * stateNumbers(this.#width)),
        scratch / this.#pairBytes,
      ),
      edges: Math.min(binding, scratch) / 4,
    });
  }

  #prepared: Prepared | undefined;

  /** The memory that the whole run needs, taken when it is first asked for. */
  get prepared(): Prepared {
    this.#prepared ??= this.#prepare();
    return this.#prepared;
  }

  #prepare(): Prepared {
    const { gmn, input } = this;
    const { graph } = input;
    const strips = this.#cutIntoStrips();
    const groups = groupTables(graph);
    const nodeChunks = uploadChunks(this.#buffers, 'node chunks', groups.nodeChunks);
    const nodes = new NodeRun(gmn, this.#dispatcher, input, nodeChunks);
    const rows = graph.blocks.length + graph.groups.length;
    const pooled = (label: string) => this.#buffers.allocate(label, rows * 3 * this.#width, readable());
    const context: EdgeContext = {
      gmn,
      dispatcher: this.#dispatcher,
      graph,
      values: input.values,
      scales: input.scales,
      edgeFacts: this.#buffers.upload(
        'edge facts',
        sharedRows(input.edgeFacts, gmn.weights.edgeEncoder.facts),
      ),
      projections: nodes.projections.map(({ buffer }) => buffer),
      groups: this.#buffers.upload('groups', groups.groups),
      links: this.#buffers.upload('links', groups.links),
      nodeChunks,
      gathered: nodes.gathered.buffer,
      pooled: { before: pooled('pooled before'), after: pooled('pooled after') },
      scratch: this.#scratch(strips),
      variant: this.variant,
    };
    return { strips, nodes, context, kept: this.#keepStates(strips, context.scratch.states) };
  }

  /** A strip's tables on the device, for one pass. */
  #openStrip({ context, strips, kept }: Prepared, index: number): { run: StripRun; tables: GpuBuffers } {
    const place = { isFirst: index === 0, isLast: index === strips.length - 1 };
    const tables = new GpuBuffers(this.gmn.device);
    return { run: new StripRun(context, strips[index], place, kept[index], tables), tables };
  }

  /** Bytes on the device at once that the run will take at most, by its own accounting. Nothing is computed. */
  account(): number {
    const { prepared } = this;
    const tables = prepared.strips.map((_, index) => {
      const { tables } = this.#openStrip(prepared, index);
      const { byteLength } = tables;
      tables.destroy();
      return byteLength;
    });
    // One strip is prepared while the one before it runs.
    return this.#buffers.byteLength + 2 * tables.reduce((most, bytes) => Math.max(most, bytes), 0);
  }

  /** States pooled before the first round and after the last. */
  async execute(watcher: RunWatcher = {}): Promise<{ before: PooledStates; after: PooledStates }> {
    const { gmn, prepared } = this;
    const { strips, nodes, context } = prepared;
    const firstGroup = this.input.graph.blocks.length;
    const rounds = gmn.rounds.length;
    const passes = Math.max(1, rounds);
    const queue = new Submissions(gmn.device, this.options);
    const open = new Set<GpuBuffers>();
    try {
      queue.add([...nodes.encode(), ...nodes.pool(context.pooled.before, firstGroup)]);
      for (let pass = 0; pass < passes; pass++) {
        const round = rounds === 0 ? -1 : pass;
        if (round >= 0) queue.add(nodes.project(round));
        for (let index = 0; index < strips.length; index++) {
          const { run, tables } = this.#openStrip(prepared, index);
          open.add(tables);
          const onStates = (done: number) => watcher.onStates?.(strips[index], run.states, done) ?? [];
          queue.add(run.pass(round, pass === passes - 1, onStates));
          if (strips.length === 1) continue;
          await queue.submit((pass * strips.length + index + 1) / (passes * strips.length));
          // What has been submitted is let finish; the memory goes when it has.
          tables.destroy();
          open.delete(tables);
        }
        if (round >= 0) queue.add([...(watcher.beforeUpdate?.(round) ?? []), ...nodes.update(round)]);
      }
      queue.add([...(watcher.afterLast?.() ?? []), ...nodes.pool(context.pooled.after, firstGroup)]);
      const [before, after] = await queue.readBack([context.pooled.before, context.pooled.after]);
      return { before: this.#statistics(before), after: this.#statistics(after) };
    } finally {
      for (const tables of open) tables.destroy();
    }
  }

  #scratch(strips: readonly Strip[]): EdgeContext['scratch'] {
    const largest = (size: (strip: Strip) => number) =>
      strips.reduce((most, strip) => Math.max(most, size(strip)), 0);
    const width = this.#width;
    const pairs = largest(({ pairCount }) => pairCount);
    // A band ends its last chunk early: at most one more than its pairs fill.
    const chunks = largest(({ pairCount, bands }) => Math.ceil(pairCount / 64) + bands.length);
    return {
      states: this.#buffers.allocate('edge states', pairs * stateNumbers(width), readable()),
      hidden: this.#buffers.allocate('edge hidden states', pairs * width),
      values: this.#buffers.allocate(
        'edge values',
        largest(({ edgeCount }) => edgeCount),
      ),
      sums: this.#buffers.allocate('sums', largest(({ sumRows }) => sumRows) * width),
      chunkPool: this.#buffers.allocate('pooled chunks', chunks * 3 * width),
      bandPool: this.#buffers.allocate('pooled bands', largest(({ bands }) => bands.length) * 3 * width),
    };
  }

  /** Room for the states of as many strips as the budget holds beside everything else. */
  #keepStates(strips: readonly Strip[], scratch: GPUBuffer): (GPUBuffer | undefined)[] {
    // A single strip needs no copy: nothing else will use the scratch.
    if (strips.length === 1) return [scratch];
    let free = this.options.budgetBytes - this.#buffers.byteLength;
    return strips.map(({ pairCount }) => {
      const numbers = pairCount * stateNumbers(this.#width);
      if (4 * numbers > free) return undefined;
      free -= 4 * numbers;
      return this.#buffers.allocate('kept edge states', numbers, readable());
    });
  }

  /** Rows of means, sums of squared distances and numbers to means and deviations: [blocks, 2·H] and [groups, 2·H]. */
  #statistics(pooled: Float32Array): PooledStates {
    const width = this.#width;
    const rows = pooled.length / (3 * width);
    const numbers = new Float64Array(rows * 2 * width);
    for (let row = 0; row < rows; row++) {
      for (let k = 0; k < width; k++) {
        const from = row * 3 * width + k;
        numbers[row * 2 * width + k] = pooled[from];
        numbers[(row * 2 + 1) * width + k] = Math.sqrt(
          pooled[from + width] / Math.max(1, pooled[from + 2 * width]) + DEVIATION_EPSILON,
        );
      }
    }
    const split = this.input.graph.blocks.length * 2 * width;
    return { blocks: numbers.subarray(0, split), groups: numbers.subarray(split) };
  }
}
