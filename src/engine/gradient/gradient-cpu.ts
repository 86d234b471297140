/**
 * The gradient of a GMN's prediction on the CPU: what src/metanets/gmn/gradient.ts says, edges in WebAssembly on as many threads
 * as it is given, nodes here. The same bits for any number of threads and any budget.
 */
import type { GmnGradient } from '../../metanets/gmn/gradient';
import { addGlobalGradient } from '../../metanets/gmn/gradient-global';
import { addPoolGradient, readOutGradient } from '../../metanets/gmn/gradient-readout';
import { addNodeGradient, readGradient } from '../../metanets/gmn/gradient-round';
import { readOut } from '../../metanets/gmn/readout';
import type { GmnWeights } from '../../metanets/gmn/weights';
import type { MetanetInput } from '../../metanets/input';
import type { BandThread } from '../cpu/band-thread';
import { CpuRun, type NodeRound } from '../cpu/cpu-run';
import type { RunOptions } from '../run-options';
import { backwardPasses, wholeProgress } from './passes';

/** ∂logit/∂value of every edge, as gmnGradient gives it. Throws OutOfMemoryError, or the signal's reason. */
export async function gradientOnCpu(
  weights: GmnWeights,
  input: MetanetInput,
  threads: readonly BandThread[],
  { budgetBytes, signal, onProgress }: RunOptions,
): Promise<GmnGradient> {
  return await CpuRun.with(weights, input, threads, budgetBytes, async (run) => {
    const { graph } = input;
    const { width, rounds } = weights;
    const progress = wholeProgress(onProgress);
    const passes = backwardPasses(rounds.length);
    const counter = (report: (share: number) => void) => {
      let done = 0;
      return (pairs: number) => {
        done += pairs;
        report(done / (passes.length * graph.pairCount));
      };
    };
    const [forward, back] = [counter(progress.forward), counter(progress.back)];
    const nodeRounds: NodeRound[] = [];
    const { before, after } = await run.forward(forward, signal, {
      onRound: (round) => nodeRounds.push(round),
    });
    const pools = readOutGradient(weights, graph, before, after);
    const dv = new Float32Array(graph.nodeCount * width);
    if (pools.after) addPoolGradient(dv, run.nodes.copyStates(), graph.groups, pools.after.groups, width);
    const blocks = {
      before: Float32Array.from(pools.before.blocks),
      after: pools.after && Float32Array.from(pools.after.blocks),
    };
    let results: Float32Array[] = [];
    for (const round of passes) {
      signal?.throwIfAborted();
      const { states, read } = nodeRounds[round] ?? {};
      const ofRead =
        read && Float32Array.from(readGradient(dv, read, run.nodes.counts, width, rounds[round], 'float32'));
      const pass = { round, ofRead, ...blocks };
      results = await Promise.all(run.threads.map((thread) => thread.gradient(pass, back)));
      if (round <= 0 || !ofRead) continue;
      const sums = run.joinSums(results, { round, poolsBefore: false, poolsAfter: false });
      addNodeGradient(dv, states, ofRead, sums, rounds[round], 'float32');
    }
    const values = gradientsByBlock(run, results);
    addGlobalGradient(weights, input, values);
    return { logit: readOut(weights, input, before, after).outputs[0], values };
  });
}

/** Gradients of the values of every thread's bands, put together block by block. */
function gradientsByBlock({ input, shares }: CpuRun, results: readonly Float32Array[]): Float32Array[] {
  const { blocks } = input.graph;
  const values = blocks.map(({ edgeCount }) => new Float32Array(edgeCount));
  results.forEach((numbers, thread) => {
    let offset = 0;
    for (const { block, firstPair, pairCount } of shares[thread]) {
      const { taps, firstPair: first } = blocks[block];
      const count = pairCount * taps;
      values[block].set(numbers.subarray(offset, offset + count), (firstPair - first) * taps);
      offset += count;
    }
  });
  return values;
}
