/**
 * One run of a GMN on the CPU: its bands shared out among threads, its nodes on this one, pass by pass. What the bands made is
 * joined in their order, so that results do not depend on the number of threads.
 */
import { EDGE_FACTS } from '../../metanets/facts';
import { incomingKind, KINDS } from '../../metanets/gmn/gmn';
import type { PooledStates } from '../../metanets/gmn/readout';
import type { GmnWeights } from '../../metanets/gmn/weights';
import type { MetanetInput } from '../../metanets/input';
import { linear } from '../../metanets/linear-algebra';
import { type Band, bandValues, cutIntoBands } from '../bands';
import { bandLayout, type Pass, type RunnerBlock, type RunnerInput } from './band-runner';
import type { BandThread } from './band-thread';
import { addSums, BlockPool } from './join-bands';
import { giveBack, NodeStates, takeNodeWeights } from './node-states';

/** Pairs below which a further thread costs more than it saves. */
const MIN_PAIRS_PER_THREAD = 20_000;

/** What a round of nodes did, for its gradient: states before it [nodes, H], and what its step read [nodes, 4·H]. */
export interface NodeRound {
  readonly states: Float32Array;
  readonly read: Float32Array;
}

export interface ForwardResult {
  /** States pooled before the first round and after the last. */
  readonly before: PooledStates;
  readonly after: PooledStates;
}

/** Watches a run. What it is given is its own to keep, but for the states of pairs: those it copies. */
export interface ForwardWatcher {
  onRound?(round: NodeRound): void;
  /** The states of pairs from `firstPair` on, [·, H], after so many rounds. */
  onStates?(rounds: number, firstPair: number, states: Float32Array): void;
}

export class CpuRun {
  /** Bands of each thread. */
  readonly shares: readonly (readonly Band[])[];

  private constructor(
    readonly weights: GmnWeights,
    readonly input: MetanetInput,
    readonly threads: readonly BandThread[],
    readonly nodes: NodeStates,
  ) {
    this.shares = shareOut(cutIntoBands(input.graph), threads.length);
  }

  /** Loads a network onto as many of the threads as it is worth, does the work, and lets go of everything. */
  static async with<Result>(
    weights: GmnWeights,
    input: MetanetInput,
    threads: readonly BandThread[],
    budgetBytes: number,
    work: (run: CpuRun) => Promise<Result>,
  ): Promise<Result> {
    const used = threads.slice(0, Math.max(1, Math.floor(input.graph.pairCount / MIN_PAIRS_PER_THREAD)));
    return await inTurn(used[0], async () => {
      try {
        const nodeWeights = await takeNodeWeights(weights);
        const run = new CpuRun(weights, input, used, new NodeStates(nodeWeights, input));
        await run.#load(budgetBytes / used.length);
        const result = await work(run);
        giveBack(nodeWeights);
        return result;
      } finally {
        await Promise.all(used.map((thread) => thread.release()));
      }
    });
  }

  async #load(stateBytes: number): Promise<void> {
    await Promise.all(
      this.threads.map((thread, index) =>
        thread.load(this.weights, runnerInput(this.weights, this.input, this.shares[index], stateBytes)),
      ),
    );
  }

  /** All rounds. `onBand` hears of the pairs of every band of every pass; may throw to stop. */
  async forward(
    onBand: (pairs: number) => void,
    signal: AbortSignal | undefined,
    { onRound, onStates }: ForwardWatcher = {},
  ): Promise<ForwardResult> {
    const { graph } = this.input;
    const { nodes, threads, weights } = this;
    const { width } = weights;
    const rounds = weights.rounds.length;
    const passes = Math.max(1, rounds);
    const groupsBefore = nodes.pool();
    const [before, after] = [new BlockPool(graph, width), new BlockPool(graph, width)];
    for (let index = 0; index < passes; index++) {
      signal?.throwIfAborted();
      const pass: Pass = {
        round: rounds === 0 ? -1 : index,
        poolsBefore: index === 0,
        poolsAfter: index === passes - 1,
        keepsStates: onStates !== undefined,
      };
      const projections = rounds === 0 ? undefined : nodes.project(index);
      const results = await Promise.all(threads.map((thread) => thread.run(pass, projections, onBand)));
      this.#forEachBand(results, pass, (band, layout, part) => {
        if (pass.poolsBefore) before.join(band, part(layout.before, layout.after));
        if (pass.poolsAfter) after.join(band, part(layout.after, layout.states));
        if (pass.round >= 0) onStates?.(index, band.firstPair, part(layout.states, layout.lastStates));
        if (pass.poolsAfter) onStates?.(rounds, band.firstPair, part(layout.lastStates, layout.length));
      });
      if (pass.round < 0) continue;
      const states = onRound && nodes.copyStates();
      nodes.update(index, this.joinSums(results, pass));
      if (states) onRound({ states, read: nodes.copyRead() });
    }
    return {
      before: { blocks: before.finish(), groups: groupsBefore },
      after: { blocks: after.finish(), groups: nodes.pool() },
    };
  }

  /** The sums that a pass made of every band, by node and kind of edge: [nodes, KINDS, H]. */
  joinSums(results: readonly Float32Array[], pass: Pass): Float64Array {
    const { graph } = this.input;
    const { width } = this.weights;
    const sums = new Float64Array(graph.nodeCount * KINDS * width);
    this.#forEachBand(results, pass, (band, layout, part) => {
      const targetSums = part(layout.targetSums, layout.sourceSums);
      addSums(sums, band, graph, width, targetSums, part(layout.sourceSums, layout.before));
    });
    return sums;
  }

  /** What a pass made of every band, in the order of the bands, whoever made it. */
  #forEachBand(
    results: readonly Float32Array[],
    pass: Pass,
    visit: (
      band: Band,
      layout: ReturnType<typeof bandLayout>,
      part: (from: number, to: number) => Float32Array,
    ) => void,
  ): void {
    results.forEach((numbers, thread) => {
      let offset = 0;
      for (const band of this.shares[thread]) {
        const layout = bandLayout(band, this.weights.width, pass);
        const first = offset;
        visit(band, layout, (from, to) => numbers.subarray(first + from, first + to));
        offset += layout.length;
      }
    });
  }
}

/** By a list's first thread, which every run on it uses: the last run that was asked for. */
const lastTurns = new WeakMap<BandThread, Promise<unknown>>();

/** Threads hold the bands of one run: another waits until it has ended, well or badly. */
function inTurn<Result>(first: BandThread, act: () => Promise<Result>): Promise<Result> {
  const result = (lastTurns.get(first) ?? Promise.resolve()).then(act);
  lastTurns.set(
    first,
    result.catch(() => undefined),
  );
  return result;
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
    blocks.set(block, {
      taps,
      tapShape,
      scale: scales[block],
      kind: incomingKind(graph.blocks[block]),
      shared,
    });
  }
  return {
    bands,
    blocks,
    blockCount: graph.blocks.length,
    nodeCount: graph.nodeCount,
    stateBytes,
    values: bands.map((band) => bandValues(band, graph, values)),
  };
}
