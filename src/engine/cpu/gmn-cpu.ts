/**
 * The GMN on the CPU: the steps of src/metanets/gmn/gmn.ts, edges in the WebAssembly kernels of this folder, on as many
 * threads as it is given; nodes here. Results are the same bits for any number of threads and any budget.
 */
import { readOutEach } from '../../metanets/gmn/readout';
import type { GmnWeights } from '../../metanets/gmn/weights';
import { joinInputs, type MetanetInput } from '../../metanets/input';
import type { MetanetOutput } from '../../metanets/output';
import type { RunOptions } from '../run-options';
import type { BandThread } from './band-thread';
import { CpuRun } from './cpu-run';

/** Runs a GMN on input networks, together. Of the threads, as many are used as the networks are worth. */
export async function runGmnOnCpu(
  weights: GmnWeights,
  inputs: readonly MetanetInput[],
  threads: readonly BandThread[],
  { budgetBytes, signal, onProgress }: RunOptions,
): Promise<MetanetOutput[]> {
  const input = joinInputs(inputs);
  const total = Math.max(1, weights.rounds.length) * input.graph.pairCount;
  let done = 0;
  const onBand = (pairs: number) => {
    done += pairs;
    onProgress?.(done / total);
  };
  return await CpuRun.with(weights, input, threads, budgetBytes, async (run) => {
    const { before, after } = await run.forward(onBand, signal);
    return readOutEach(weights, inputs, before, after);
  });
}
