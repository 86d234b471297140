/**
 * The GMN on the CPU: the steps of src/metanets/gmn/gmn.ts, edges in the WebAssembly kernels of this folder, on as many
 * threads as it is given; nodes here. Results are the same bits for any number of threads and any budget.
 */
import { EDGE_FACTS } from '../../metanets/facts';
import { type PooledStates, readOutEach } from '../../metanets/gmn/readout';
import type { GmnWeights } from '../../metanets/gmn/weights';
import { joinInputs, type MetanetInput } from '../../metanets/input';
import { linear } from '../../metanets/linear-algebra';
import type { MetanetOutput } from '../../metanets/output';
import { type Band, bandValues, cutIntoBands } from '../bands';
import type { RunOptions } from '../run-options';
import {
  BandRunner,
  bandLayout,
  EdgeWeights,
  type Pass,
  type RunnerBlock,
  type RunnerInput,
} from './band-runner';
import { addSums, BlockPool, KINDS } from './join-bands';
import { giveBack, NodeStates, takeNodeWeights } from './node-states';
import { WasmInstance } from './wasm';

/** Where bands are run: this thread, or another. */
export interface BandThread {
  load(weights: GmnWeights, input: RunnerInput): Promise<void>;
  run(
    pass: Pass,
    projections: Float32Array | undefined,
    onBand: (pairs: number) => void,
  ): Promise<Float32Array>;
  /** Lets go of the bands. */
  release(): Promise<void>;
}

/** Bands on the thread that asks. */
export class OwnThread implements BandThread {
  #weights: EdgeWeights | undefined;
  #runner: BandRunner | undefined;

  async load(weights: GmnWeights, input: RunnerInput): Promise<void> {
    const kept = this.#weights?.of === weights && !this.#runner ? this.#weights : undefined;
    this.#weights = kept ?? new EdgeWeights(await WasmInstance.create(), weights);
    this.#runner = new BandRunner(this.#weights, input);
  }

  async run(pass: Pass, projections: Float32Array | undefined, onBand: (pairs: number) => void) {
    if (!this.#runner) throw new Error('No bands have been loaded.');
    await undefined; // other threads are asked before this one is busy
    return this.#runner.run(pass, projections, onBand);
  }

  async release(): Promise<void> {
    this.#runner = undefined;
    if (!this.#weights?.instance.release()) this.#weights = undefined;
  }
}

/** Pairs below which a further thread costs more than it saves. */
const MIN_PAIRS_PER_THREAD = 20_000;

/** Runs a GMN on input networks, together. Of the threads, as many are used as the networks are worth. */
export async function runGmnOnCpu(
  weights: GmnWeights,
  inputs: readonly MetanetInput[],
  threads: readonly BandThread[],
  options: RunOptions,
): Promise<MetanetOutput[]> {
  const input = joinInputs(inputs);
  const { graph } = input;
  const used = threads.slice(0, Math.max(1, Math.floor(graph.pairCount / MIN_PAIRS_PER_THREAD)));
  try {
    const { before, after } = await runBands(weights, input, used, options);
    return readOutEach(
      weights,
      inputs.map((one) => one.graph),
      before,
      after,
    );
  } finally {
    await Promise.all(used.map((thread) => thread.release()));
  }
}

/** States pooled before the first round and after the last. */
async function runBands(
  weights: GmnWeights,
  input: MetanetInput,
  used: readonly BandThread[],
  { signal, onProgress, budgetBytes }: RunOptions,
): Promise<{ before: PooledStates; after: PooledStates }> {
  const { graph } = input;
  const { width } = weights;
  const bands = cutIntoBands(graph);
  const shares = shareOut(bands, used.length);
  await Promise.all(
    used.map((thread, index) =>
      thread.load(weights, runnerInput(weights, input, shares[index], budgetBytes / used.length)),
    ),
  );
  const nodeWeights = await takeNodeWeights(weights);
  const nodes = new NodeStates(nodeWeights, input);
  const rounds = weights.rounds.length;
  const passes = Math.max(1, rounds);
  const total = passes * graph.pairCount;
  let done = 0;
  const onBand = (pairs: number) => {
    done += pairs;
    onProgress?.(done / total);
  };

  const groupsBefore = nodes.pool();
  const [before, after] = [new BlockPool(graph, width), new BlockPool(graph, width)];
  for (let index = 0; index < passes; index++) {
    signal?.throwIfAborted();
    const pass: Pass = {
      round: rounds === 0 ? -1 : index,
      poolsBefore: index === 0,
      poolsAfter: index === passes - 1,
    };
    const projections = rounds === 0 ? undefined : nodes.project(index);
    const results = await Promise.all(used.map((thread) => thread.run(pass, projections, onBand)));
    const sums = new Float64Array(graph.nodeCount * KINDS * width);
    // In the order of the bands, whoever made them.
    results.forEach((numbers, thread) => {
      let offset = 0;
      for (const band of shares[thread]) {
        const layout = bandLayout(band, width, pass);
        const part = (from: number, to: number) => numbers.subarray(offset + from, offset + to);
        if (pass.round >= 0) {
          const targetSums = part(layout.targetSums, layout.sourceSums);
          addSums(sums, band, graph, width, targetSums, part(layout.sourceSums, layout.before));
        }
        if (pass.poolsBefore) before.join(band, part(layout.before, layout.after));
        if (pass.poolsAfter) after.join(band, part(layout.after, layout.length));
        offset += layout.length;
      }
    });
    if (pass.round >= 0) nodes.update(index, sums);
  }
  const groupsAfter = nodes.pool();
  giveBack(nodeWeights);
  return {
    before: { blocks: before.finish(), groups: groupsBefore },
    after: { blocks: after.finish(), groups: groupsAfter },
  };
}

/** Runs of consecutive bands with about as many pairs each. */
function shareOut(bands: readonly Band[], count: number): Band[][] {
  const total = bands.reduce((sum, { pairCount }) => sum + pairCount, 0);
  const shares = Array.from({ length: count }, (): Band[] => []);
  let done = 0;
  for (const band of bands) {
    shares[Math.min(count - 1, Math.floor((done / total) * count))].push(band);
    done += band.pairCount;
  }
  return shares;
}

function runnerInput(
  weights: GmnWeights,
  { graph, values, scales, edgeFacts }: MetanetInput,
  bands: readonly Band[],
  stateBytes: number,
): RunnerInput {
  const blocks = new Map<number, RunnerBlock>();
  for (const { block } of bands) {
    if (blocks.has(block)) continue;
    const { taps, tapShape } = graph.blocks[block];
    const facts = edgeFacts.subarray(block * EDGE_FACTS, (block + 1) * EDGE_FACTS);
    const shared = Float32Array.from(linear(facts, weights.edgeEncoder.facts, 'float64'));
    blocks.set(block, { taps, tapShape, scale: scales[block], shared });
  }
  return {
    bands,
    blocks,
    nodeCount: graph.nodeCount,
    stateBytes,
    values: bands.map((band) => bandValues(band, graph, values)),
  };
}
