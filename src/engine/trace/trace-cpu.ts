/** A trace of the GMN on the CPU: the states that the WebAssembly kernels of ../cpu make, on as many threads as it is given. */
import { type GmnTrace, tracedReadout } from '../../metanets/gmn/trace';
import type { GmnWeights } from '../../metanets/gmn/weights';
import type { MetanetInput } from '../../metanets/input';
import type { BandThread } from '../cpu/band-thread';
import { CpuRun } from '../cpu/cpu-run';
import type { RunOptions } from '../run-options';

/** `keepsPairs`: the states of pairs too, [pairs, H] for each round. Throws OutOfMemoryError, or the signal's reason. */
export async function traceOnCpu(
  weights: GmnWeights,
  input: MetanetInput,
  threads: readonly BandThread[],
  { budgetBytes, signal, onProgress }: RunOptions,
  keepsPairs: boolean,
): Promise<GmnTrace> {
  const { graph } = input;
  const { width, rounds } = weights;
  const total = Math.max(1, rounds.length) * graph.pairCount;
  const [nodes, read]: [Float32Array[], Float32Array[]] = [[], []];
  const pairs = keepsPairs
    ? Array.from({ length: rounds.length + 1 }, () => new Float32Array(graph.pairCount * width))
    : undefined;
  let done = 0;
  const onBand = (count: number) => {
    done += count;
    onProgress?.(done / total);
  };
  return await CpuRun.with(weights, input, threads, budgetBytes, async (run) => {
    const { before, after } = await run.forward(onBand, signal, {
      onRound: (round) => {
        nodes.push(round.states);
        read.push(round.read);
      },
      onStates: pairs && ((after, firstPair, states) => void pairs[after].set(states, firstPair * width)),
    });
    nodes.push(run.nodes.copyStates());
    return { nodes, pairs, read, readout: tracedReadout(weights, input, before, after) };
  });
}
