/** The thread in which constructed metanets run the open network, and add up its statistics. It ends to be stopped. */
import * as Comlink from 'comlink';
import { memorySource, openModel } from '../formats';
import type { GraphShape } from '../graph';
import { type OnRound, unrollNetwork } from '../metanets/constructed';
import {
  type ComparedStatistics,
  compareStatistics,
  type FollowedPass,
  followForwardPass,
  followGmnForwardPass,
} from '../tasks';
import type { NetworkValue } from './network-runner';

export interface NamedPass extends FollowedPass {
  /** The output's name in the file. */
  readonly outputName: string;
}

/** What a network computes, as ONNX, and what it is given. */
export interface NetworkRun {
  readonly onnx: Uint8Array<ArrayBuffer>;
  readonly fileName: string;
  /** Of its first input. */
  readonly input: NetworkValue;
}

async function unroll({ onnx, fileName, input }: NetworkRun) {
  const model = await openModel([memorySource(onnx, fileName)]);
  return { model, unrolled: await unrollNetwork(model, input) };
}

export class TheoremWorker {
  /**
   * Runs a network as message passing. Throws FormatError, and UnsupportedModelError where it is too large or has operators
   * that are not simulated.
   */
  async forwardPass(run: NetworkRun, onRound: OnRound): Promise<NamedPass> {
    const { model, unrolled } = await unroll(run);
    const pass = followForwardPass(unrolled, onRound);
    return { ...pass, outputName: model.program?.outputs[0]?.name ?? '' };
  }

  /** The same by the checkpoints' own GMN, outputs alone: [depth + 1][outputs]. Throws as `forwardPass` does. */
  async gmnForwardPass(run: NetworkRun, onRound: OnRound): Promise<Float64Array[]> {
    const { unrolled } = await unroll(run);
    return followGmnForwardPass(unrolled, run.fileName, onRound);
  }

  /** `values`: [edgeCount] per block. */
  statistics(
    graph: GraphShape,
    values: readonly Float32Array[],
    onProgress: (share: number) => void,
  ): ComparedStatistics[] {
    return compareStatistics({ graph, values }, onProgress);
  }
}

Comlink.expose(new TheoremWorker());
